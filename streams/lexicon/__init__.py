"""A trainer's YAML files and the packaged ones: read with their lines, merged, checked."""
