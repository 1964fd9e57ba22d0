"""Where records come from: files, tables and the local log of the HTTP ingest."""
