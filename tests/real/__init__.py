"""Tests against the real services: Apache Kafka itself, not a stand-in for it."""
