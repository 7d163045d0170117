"""Admitting intents under the policies of agents: counted and set aside under one lock, in the transaction that submits.

Each governed agent has one row, its meter. Whoever admits one more holds it; so limits are exact however many send at once.
What was refused, or never got submitted, counts nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from intents.engine.admission import PolicyBreach, Wanted
from intents.kernel import clock, statements
from intents.kernel.errors import Denied, DomainError
from intents.kernel.models import new_id
from intents.mesh import breaches, policies, selectors, spending
from intents.mesh.models import MeshReservation
from intents.mesh.policies import Limits, LimitUse

LONGEST_RETRY = 60
"""Seconds that a refusal asks to wait at most: clients sleep for as long as it says."""

_METERS = f"""
INSERT INTO intents_meshmeter AS m (id, workspace_id, name, hour, hour_count, day, day_count)
SELECT v.id, %(workspace)s::uuid, v.name, date_trunc('hour', at.now, 'UTC'), 0, date_trunc('day', at.now, 'UTC'), 0
FROM unnest(%(ids)s::uuid[], %(names)s::text[]) AS v(id, name), (SELECT {clock.NOW} AS now) at ORDER BY v.name
ON CONFLICT (workspace_id, name) DO UPDATE SET name = excluded.name
RETURNING m.name, m.hour, m.hour_count, m.day, m.day_count, {clock.NOW}
"""
"""Locks the meters in the order of their names, and makes those that are not there."""

_COUNT = """
UPDATE intents_meshmeter m
SET hour = v.hour, hour_count = v.hour_count, day = v.day, day_count = v.day_count
FROM unnest(%(names)s::text[], %(hours)s::timestamptz[], %(hour_counts)s::int[], %(days)s::timestamptz[],
            %(day_counts)s::int[]) AS v(name, hour, hour_count, day, day_count)
WHERE m.workspace_id = %(workspace)s::uuid AND m.name = v.name
"""


@dataclass(slots=True)
class _Meter:
    """An agent while it is locked: its limits, and what it uses with what is admitted so far."""

    limits: Limits
    hour: datetime
    day: datetime
    used: LimitUse


@dataclass(slots=True)
class Admitted:
    """An `engine.admission.Admission`."""

    workspace_id: UUID
    now: datetime
    meters: dict[str, _Meter]
    wanted: dict[UUID, Wanted]
    refused: dict[UUID, DomainError] = field(default_factory=dict)
    reservations: dict[UUID, MeshReservation] = field(default_factory=dict)
    warnings: dict[UUID, dict[str, Any]] = field(default_factory=dict)

    def settle(self, ids: Collection[UUID]) -> None:
        """Count those that were submitted, and keep what is set aside for them."""
        done = [self.wanted[one] for one in ids]
        counted = {name: sum(name in one.concerned for one in done) for name in self.meters}
        tried = [one for one in self.wanted.values() if one.id not in self.refused]
        for name, meter in self.meters.items():
            # Of those admitted some were not submitted after all, for another reason.
            missed = sum(name in one.concerned for one in tried) - counted[name]
            meter.used = replace(meter.used, hour=meter.used.hour - missed, day=meter.used.day - missed)
        names = sorted(self.meters)
        statements.rows(
            _COUNT,
            {
                "workspace": self.workspace_id,
                "names": names,
                "hours": [self.meters[name].hour for name in names],
                "hour_counts": [self.meters[name].used.hour for name in names],
                "days": [self.meters[name].day for name in names],
                "day_counts": [self.meters[name].used.day for name in names],
            },
        )
        statements.insert([self.reservations[one] for one in ids if one in self.reservations])


class Policies:
    """An `engine.admission.Admits`."""

    def governed(self, workspace_id: UUID, wanted: Sequence[Wanted]) -> bool:
        return bool(selectors.policies(workspace_id, _names(wanted)))

    def admit(self, workspace_id: UUID, wanted: Sequence[Wanted]) -> Admitted:
        """Decide on each, in the order given: every one that is admitted counts for those after it."""
        names = _names(wanted)
        limits = selectors.limits(workspace_id, names)
        params = {
            "workspace": workspace_id,
            "ids": [new_id() for _ in names],
            "names": names,
            "now": clock.override(),
        }
        locked = statements.rows(_METERS, params)
        now = max(row[-1] for row in locked)
        # After the locks: what others have set aside before is seen now.
        spent = spending.spent(workspace_id, names, now=now)
        hour = now.replace(minute=0, second=0, microsecond=0)
        day = hour.replace(hour=0)
        meters = {}
        for name, of_hour, hour_count, of_day, day_count, _ in locked:
            told, reserved, average = spent[name]
            used = LimitUse(
                hour=hour_count if of_hour == hour else 0,
                day=day_count if of_day == day else 0,
                spent=told,
                reserved=reserved,
                each=policies.reserve(limits[name], average=average),
            )
            meters[name] = _Meter(limits[name], hour, day, used)
        admitted = Admitted(workspace_id, now, meters, {one.id: one for one in wanted})
        for one in wanted:
            if refusal := _refusal(one, meters, now=now):
                admitted.refused[one.id] = refusal
            else:
                _take(one, admitted)
        return admitted

    def ensure_handed_over(self, workspace_id: UUID, wanted: Wanted) -> None:
        """What is under way counts no more; the type must be one that the agent may be sent. Raises Denied."""
        limits = selectors.limits(workspace_id, [wanted.mailbox])[wanted.mailbox]
        if refusal := _type_denied(wanted.mailbox, limits, wanted.intent_type):
            raise refusal

    def ensure_tool(self, workspace_id: UUID, name: str, tool: str) -> None:
        """Raises Denied when an agent may not wait for a tool."""
        limits = selectors.limits(workspace_id, [name])[name]
        if not policies.permits(limits.allowed_tools, limits.denied_tools, tool):
            raise Denied(f"the policy of {name} does not allow the tool {tool}", agent=name, policy="tools", tool=tool)

    def note(self, workspace_id: UUID, refusals: Collection[DomainError]) -> None:
        breaches.note(workspace_id=workspace_id, refusals=[one for one in refusals if isinstance(one, PolicyBreach)])


def _names(wanted: Sequence[Wanted]) -> list[str]:
    return sorted({name for one in wanted for name in one.concerned})


def _take(one: Wanted, admitted: Admitted) -> None:
    for name in one.concerned:
        meter = admitted.meters[name]
        each = meter.used.each if name == one.mailbox and one.works else Decimal(0)
        if each:
            budget = meter.limits.max_cost_per_day_usd
            taken = each if budget is None else meter.used.spent + meter.used.reserved + each
            admitted.reservations[one.id] = MeshReservation(
                intent_id=one.id,
                workspace_id=admitted.workspace_id,
                name=name,
                amount=each,
                told=Decimal(0),
                budget=taken if budget is None else budget,
                taken=taken,
                at=admitted.now,
            )
        meter.used = replace(
            meter.used, hour=meter.used.hour + 1, day=meter.used.day + 1, reserved=meter.used.reserved + each
        )


def _refusal(one: Wanted, meters: Mapping[str, _Meter], *, now: datetime) -> DomainError | None:
    for name in sorted(one.concerned):
        limits, used = meters[name].limits, meters[name].used
        if refusal := _type_denied(name, limits, one.intent_type):
            return refusal
        if limit := policies.broken(limits, used, works=name == one.mailbox and one.works):
            return _breach(name, limit, meters[name], now=now)
    return None


def _type_denied(name: str, limits: Limits, intent_type: str) -> Denied | None:
    if policies.permits(limits.allowed_intent_types, limits.denied_intent_types, intent_type):
        return None
    message = f"the policy of {name} does not allow intents of type {intent_type}"
    return Denied(message, agent=name, policy="intent_types", intent_type=intent_type)


def _breach(name: str, limit: str, meter: _Meter, *, now: datetime) -> PolicyBreach:
    until = meter.hour + timedelta(hours=1) if limit.endswith("hour") else meter.day + timedelta(days=1)
    allowed, used = getattr(meter.limits, limit), meter.used
    details = {
        "agent": name,
        "policy": limit,
        "allowed": policies.plain(allowed),
        "action": str(meter.limits.action),
        "period": until.isoformat(),
    }
    if limit == "max_cost_per_day_usd":
        details["spent_usd"], details["reserved_usd"] = policies.plain(used.spent), policies.plain(used.reserved)
        details["next_usd"] = policies.plain(used.each)
    return PolicyBreach(
        f"the policy of {name} allows no more until {until:%Y-%m-%d %H:%M} UTC: {limit} is {policies.plain(allowed)}",
        retry_after=min(LONGEST_RETRY, max(1, int((until - now).total_seconds()))),
        limit=allowed,
        reset=int(until.timestamp()),
        details=details,
    )
