"""Quotas: how much of what a workspace may use, and what it has used."""
