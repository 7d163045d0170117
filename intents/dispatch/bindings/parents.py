"""Intents that wait for others: told when one of those has ended. Nothing is put into an agent's hands by this."""

from intents.accounts.bindings import Binding
from intents.engine import outbox
from intents.engine.services import children

BINDING = Binding(name=outbox.PARENT, run=children.relay)
