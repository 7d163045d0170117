"""Semantic schemas: what payloads of a type of intent hold, by JSON Schemas that a workspace registers."""
