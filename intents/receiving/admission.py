"""Holding what is sent against the rules of who may send to whom, on every door that submits or hands over."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from intents.engine.admission import Wanted
from intents.kernel.addresses import RUNS
from intents.kernel.errors import Denied, DomainError
from intents.receiving import selectors
from intents.receiving.models import RulePart, SendMode
from intents.receiving.patterns import SendingAgent, passes
from intents.receiving.selectors import RuleInForce

OPEN = RuleInForce(SendMode.OPEN)


@dataclass(slots=True)
class Held:
    """An `engine.admission.Admission`."""

    refused: dict[UUID, DomainError] = field(default_factory=dict)
    warnings: dict[UUID, dict[str, Any]] = field(default_factory=dict)

    def settle(self, ids: Collection[UUID]) -> None:
        """Nothing is counted."""


class WhoMaySend:
    """An `engine.admission.Admits`."""

    def governed(self, workspace_id: UUID, wanted: Sequence[Wanted]) -> bool:
        return selectors.governed(workspace_id, {one.mailbox for one in wanted})

    def admit(self, workspace_id: UUID, wanted: Sequence[Wanted]) -> Held:
        return Held(_refusals(workspace_id, wanted))

    def ensure_handed_over(self, workspace_id: UUID, wanted: Wanted) -> None:
        """Whom it is from counts, and who hands it over. Raises Denied."""
        for refusal in _refusals(workspace_id, [wanted]).values():
            raise refusal

    def ensure_tool(self, workspace_id: UUID, name: str, tool: str) -> None:
        """Nobody sends to a tool."""

    def note(self, workspace_id: UUID, refusals: Collection[DomainError]) -> None:
        """Who was refused knows."""


def _refusals(workspace_id: UUID, wanted: Sequence[Wanted]) -> dict[UUID, DomainError]:
    rules = selectors.in_force(workspace_id, {one.mailbox for one in wanted})
    workspace = selectors.workspace(workspace_id)
    of = (workspace.organization.slug, workspace.slug)
    found = {one.id: _refusal(one, rules, of) for one in wanted}
    return {intent_id: refusal for intent_id, refusal in found.items() if refusal is not None}


def _refusal(one: Wanted, rules: Mapping[tuple[str, str], RuleInForce], of: tuple[str, str]) -> Denied | None:
    # Runs of scenarios are nobody that one sends to, and nobody is kept from sending to themselves.
    if one.mailbox == one.sender == one.speaker or one.mailbox.startswith(RUNS):
        return None
    sender, speaker = SendingAgent(*of, one.sender), SendingAgent(*of, one.speaker)
    policy = rules.get((one.mailbox, RulePart.POLICY), OPEN)
    receive, set_by = rules.get((one.mailbox, RulePart.RECEIVE)), one.mailbox
    if receive is None or receive.mode == SendMode.DEFAULT:
        receive, set_by = rules.get(("", RulePart.RECEIVE), OPEN), "the organization"
    for rule, whose, policy_name in ((policy, one.mailbox, "policy"), (receive, set_by, "receive")):
        if not passes(rule.mode, rule.patterns, sender=sender, speaker=speaker):
            return Denied(
                f"{one.sender} may not send to {one.mailbox}: {whose} {_words(rule.mode)}",
                agent=one.mailbox,
                sender=one.sender,
                policy=policy_name,
                policy_type=rule.mode,
            )
    return None


def _words(mode: str) -> str:
    match mode:
        case SendMode.CLOSED:
            return "takes nothing"
        case SendMode.ALLOWLIST:
            return "takes what those on its allowlist send alone"
    return "takes nothing from those on its denylist"
