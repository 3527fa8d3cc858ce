"""Much at once, against the whole bot."""
