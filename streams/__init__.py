"""The edges: sources, sinks, runtimes, the warehouse, the page and the command line."""
