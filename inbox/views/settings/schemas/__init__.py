"""The schemas of payloads: the registry, and trying a payload."""
