"""Bulk operations: one action on many intents, chosen by a search or picked, carried out by workers."""
