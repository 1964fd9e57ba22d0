"""What drives the processors: today one embedded process."""
