"""JSON Schemas of strangers: which may be run here, and what is wrong with data by one, in a bounded time."""
