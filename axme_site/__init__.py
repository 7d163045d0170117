"""The composition root: settings, servers and wiring. It imports everything; nothing imports it."""

__version__ = "0.2.0"
