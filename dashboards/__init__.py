"""Panels and their SQL: defined once, drawn by the built-in page and by Grafana."""
