"""The pages of standing grants."""
