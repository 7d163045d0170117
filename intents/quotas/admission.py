"""Counting intents where a workspace limits them, in the transaction that submits them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from intents.engine.admission import Wanted
from intents.kernel.errors import DomainError
from intents.quotas import metering, selectors
from intents.quotas.dimensions import INTENTS
from intents.quotas.selectors import Quota


@dataclass(slots=True)
class MeteredIntents:
    """An `engine.admission.Admission`."""

    workspace_id: UUID
    quota: Quota
    refused: dict[UUID, DomainError] = field(default_factory=dict)
    warnings: dict[UUID, dict[str, Any]] = field(default_factory=dict)

    def settle(self, ids: Collection[UUID]) -> None:
        if ids:
            metering.add(self.workspace_id, INTENTS, len(ids), self.quota)


class Quotas:
    """An `engine.admission.Admits`."""

    def governed(self, workspace_id: UUID, wanted: Sequence[Wanted]) -> bool:
        return selectors.limit_of(workspace_id, INTENTS) is not None

    def admit(self, workspace_id: UUID, wanted: Sequence[Wanted]) -> MeteredIntents:
        counted = MeteredIntents(workspace_id, selectors.quota_of(workspace_id))
        used, now = metering.add(workspace_id, INTENTS, 0, counted.quota)
        for place in range(len(wanted)):
            try:
                metering.ensure_within(INTENTS, used=used + place, amount=1, quota=counted.quota, now=now)
            except metering.QuotaExceeded as refusal:
                counted.refused |= {left.id: refusal for left in wanted[place:]}
                break
        return counted

    def ensure_handed_over(self, workspace_id: UUID, wanted: Wanted) -> None:
        """It was counted when it was submitted."""

    def ensure_tool(self, workspace_id: UUID, name: str, tool: str) -> None:
        """Tools are not counted."""

    def note(self, workspace_id: UUID, refusals: Collection[DomainError]) -> None:
        """People were told before."""
