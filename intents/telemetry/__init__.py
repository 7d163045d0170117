"""Traces for OpenTelemetry, an extra: made of the histories of intents that ended, and sent to a collector."""
