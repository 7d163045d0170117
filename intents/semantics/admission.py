"""Holding payloads against the schemas of their types, on every door that submits."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from intents.engine.admission import Wanted
from intents.kernel import canonical
from intents.kernel.errors import DomainError, InvalidField
from intents.kernel.jsonschema import judging, validator
from intents.semantics import checking, selectors
from intents.semantics.models import Mode


@dataclass(slots=True)
class Checked:
    """An `engine.admission.Admission`."""

    refused: dict[UUID, DomainError] = field(default_factory=dict)
    warnings: dict[UUID, dict[str, Any]] = field(default_factory=dict)

    def settle(self, ids: Collection[UUID]) -> None:
        """Nothing is counted."""


class Schemas:
    """An `engine.admission.Admits`."""

    def governed(self, workspace_id: UUID, wanted: Sequence[Wanted]) -> bool:
        return bool(selectors.in_force(workspace_id, {one.intent_type for one in wanted}))

    def admit(self, workspace_id: UUID, wanted: Sequence[Wanted]) -> Checked:
        checked = Checked()
        chains = selectors.in_force(workspace_id, {one.intent_type for one in wanted})
        left = checking.MAX_STEPS_AT_ONCE
        compiled: validator.Compiled = {}
        for one in wanted:
            if chain := chains.get(one.intent_type):
                steps = min(checking.MAX_STEPS, left)
                budget = validator.Budget(steps, compiled)
                _check(one, chain, budget, checked)
                left -= steps - max(0, budget.left)
        return checked

    def ensure_handed_over(self, workspace_id: UUID, wanted: Wanted) -> None:
        """It was held against them when it was submitted."""

    def ensure_tool(self, workspace_id: UUID, name: str, tool: str) -> None:
        """Schemas say nothing of tools."""

    def note(self, workspace_id: UUID, refusals: Collection[DomainError]) -> None:
        """A payload that is refused is the sender's alone to mend."""


def _check(one: Wanted, chain: Sequence[selectors.InForce], budget: validator.Budget, checked: Checked) -> None:
    first = chain[0]
    wrong = checking.problems(canonical.loads(one.payload), selectors.versions(chain), budget)
    if not wrong:
        return
    told: dict[str, Any] = {"semantic_type": first.semantic_type, "errors": judging.told(wrong)}
    if first.mode == Mode.WARN:
        place, words = wrong[0]
        checked.warnings[one.id] = {"warning": "schema", "message": f"{place}: {words}"} | told
    else:
        checked.refused[one.id] = InvalidField(*wrong[0], **told)
