"""Deployment files; the package ships `clickhouse/migrations`, the only DDL."""
