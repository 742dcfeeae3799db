"""Reads and changes the XML of Word files that others made: text, numbers, tracked changes."""
