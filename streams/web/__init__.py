"""The web side: ingest, page, health and metrics."""
