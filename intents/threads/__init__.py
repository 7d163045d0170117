"""Inboxes of addresses: intents as threads, who sees them, and what is hidden from a view."""
