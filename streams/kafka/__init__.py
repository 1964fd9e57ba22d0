"""The client's and the administrator's side of Kafka: topics, sending, lag; the only user of kafka-python."""
