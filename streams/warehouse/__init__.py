"""The warehouse: embedded ClickHouse or a server, its schema, reads, and its HTTP façade."""
