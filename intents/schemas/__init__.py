"""The wire format: what requests may hold, what answers look like, and rows as JSON."""
