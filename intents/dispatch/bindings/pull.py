"""Agents that come for their work: by stream, poll or claim."""

from intents.accounts.bindings import Binding

BINDING = Binding(name="pull", modes=("stream", "poll", "inbox"))
