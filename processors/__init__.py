"""Pure processing: events and state in, values out. Nothing here does I/O."""
