"""Server-sent events, on the event loop: an intent's history as it grows, and an agent's work as it comes."""

from intents.streams.routes import application, drain, is_stream

__all__ = ["application", "drain", "is_stream"]
