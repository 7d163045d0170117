"""Holding a payload against a type's schema without submitting it."""

from typing import Any, NamedTuple

from intents.kernel.actors import Tenant
from intents.kernel.errors import Missing
from intents.kernel.jsonschema import validator
from intents.kernel.jsonschema.explain import Problem
from intents.semantics import checking, selectors
from intents.semantics.models import Mode


class TriedPayload(NamedTuple):
    """What is wrong with a payload by the schema of a type and version."""

    semantic_type: str
    mode: Mode
    wrong: list[Problem]

    @property
    def accepted(self) -> bool:
        """Whether an intent with the payload would be accepted, be it with a warning."""
        return not self.wrong or self.mode is Mode.WARN


def tried(actor: Tenant, intent_type: str, payload: dict[str, Any]) -> TriedPayload:
    """Raises Missing where no active schema is about the type."""
    chain = selectors.in_force(actor.workspace_id, [intent_type]).get(intent_type)
    if not chain:
        raise Missing(f"no active schema is registered for {intent_type[:80]}", semantic_type=intent_type[:255])
    budget = validator.Budget(checking.MAX_STEPS)
    found = checking.problems(payload, selectors.versions(chain), budget)
    return TriedPayload(chain[0].semantic_type, Mode(chain[0].mode), found)
