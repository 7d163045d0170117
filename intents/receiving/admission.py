"""Holding what is sent against the rules of who may send to whom, on every door that submits or hands over."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from intents.engine.admission import Wanted
from intents.kernel.addresses import RUNS, is_opaque
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
        return selectors.governed(workspace_id, _meant(wanted))

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


def _meant(wanted: Sequence[Wanted]) -> set[str]:
    return {name for one in wanted for name in (one.mailbox, one.reply_mailbox) if name}


def _refusals(workspace_id: UUID, wanted: Sequence[Wanted]) -> dict[UUID, DomainError]:
    rules = selectors.in_force(workspace_id, _meant(wanted))
    workspace = selectors.workspace(workspace_id)
    of = (workspace.organization.slug, workspace.slug)
    found = {one.id: _refusal(one, rules, of) for one in wanted}
    return {intent_id: refusal for intent_id, refusal in found.items() if refusal is not None}


def _refusal(one: Wanted, rules: Mapping[tuple[str, str], RuleInForce], of: tuple[str, str]) -> Denied | None:
    # Nobody is kept from sending to themselves, or from being answered.
    refusal = None if one.mailbox == one.sender == one.speaker else _refused_at(one.mailbox, one, rules, of)
    if refusal is None and one.reply_mailbox not in (None, one.mailbox, one.sender):
        refusal = _refused_at(one.reply_mailbox or "", one, rules, of)
    return refusal


def _refused_at(
    mailbox: str, one: Wanted, rules: Mapping[tuple[str, str], RuleInForce], of: tuple[str, str]
) -> Denied | None:
    if mailbox.startswith(RUNS) or is_opaque(mailbox):
        # Runs of scenarios are nobody that one sends to, and an address of another scheme is no agent's.
        return None
    sender, speaker = SendingAgent(*of, one.sender), SendingAgent(*of, one.speaker)
    policy = rules.get((mailbox, RulePart.POLICY), OPEN)
    receive, set_by = rules.get((mailbox, RulePart.RECEIVE)), mailbox
    if receive is None or receive.mode == SendMode.DEFAULT:
        receive, set_by = rules.get(("", RulePart.RECEIVE), OPEN), "the organization"
    for rule, whose, policy_name in ((policy, mailbox, "policy"), (receive, set_by, "receive")):
        if not passes(rule.mode, rule.patterns, sender=sender, speaker=speaker):
            return Denied(
                f"{one.sender} may not send to {mailbox}: {whose} {_words(rule.mode)}",
                agent=mailbox,
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
