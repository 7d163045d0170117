"""Scenarios: work of several steps from one document, run durably as an intent with children."""
