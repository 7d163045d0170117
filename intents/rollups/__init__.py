"""Counts of what happened, by the hour, so that months of it are read at once."""
