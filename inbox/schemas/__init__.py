"""The wire format of tasks: what requests may hold, what answers look like, and rows as JSON."""
