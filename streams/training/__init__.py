"""Commands that train the committed models from text that ships with their sources."""
