"""What is answered on the event loop: an intent's history as it grows, an agent's work as it comes, and files."""

from intents.streams.doors import worded
from intents.streams.routes import application, drain, is_stream

__all__ = ["application", "drain", "is_stream", "worded"]
