"""Watching and repairing the intents of a workspace: what operators look for, and what they see of it."""
