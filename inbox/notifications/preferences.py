"""How a person wants to be told of what waits for them, and by which channels and when they are told of one thing then.

Pure data and rules. Quiet hours, the hours of a channel and the time of a digest are read in the person's zone.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from inbox.notifications import personal
from inbox.vocabulary.kinds import RISKS, Risk
from intents.kernel import canonical

KINDS = {
    "assigned": _("A task is assigned to you"),
    "delegated": _("A task is delegated to you"),
    "escalated": _("A task is escalated to you"),
    "reminder": _("A task still waits for you"),
    "mentioned": _("Somebody mentioned you in a comment"),
    "commented": _("Somebody commented on a task you watch"),
    "concluded": _("A task you watch was decided or is over"),
    "answered": _("The agent answered your question"),
    "unreached": _("Escalation failed: the next person can't decide"),
    "unroutable": _("A task has no eligible approver, and you can assign it"),
    "too_few": _("A task has too few approvers, and you can assign more"),
    "policy_broken": _("A policy can't be read and was skipped"),
    "overridden": _("An owner or admin overrode the assignees"),
    "granted": _("A standing grant of yours decided a task"),
}
"""What people are told of, and how a person's settings call it."""
ASKING = ("delegated", "escalated", "reminder", "assigned")
"""Kinds that ask for a decision: only who may decide is told. Of several of them at the same time, the first alone."""
LISTED = "assigned"
"""The kind that says nothing that the inbox's list does not show: the bell leaves it out."""
GATHERED = "granted"
"""The kind that comes in a digest, each day where the person has none."""
OPTIONAL = tuple(kind for kind in KINDS if kind != GATHERED)
"""Kinds that people can turn off: what is decided in their name is always told."""
LASTING = ("overridden", "policy_broken", "mentioned", "commented", "concluded", GATHERED)
"""Kinds that are told though the task is over."""
PRESSING = frozenset(KINDS) - {"assigned", "commented", "concluded", GATHERED}
"""Kinds that are told as if the risk were high at least."""

Risks = Annotated[list[Risk], Field(max_length=len(RISKS))]
Clock = Annotated[str, StringConstraints(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class PreferencePart(BaseModel):
    """A part of notification preferences as the API has it; fields that it does not know are refused."""

    model_config = ConfigDict(extra="forbid")


class Span(PreferencePart):
    """From one time of the day to another, which may be on the next day."""

    start: Clock = Field(examples=["22:00"])
    end: Clock = Field(examples=["07:00"])

    @model_validator(mode="after")
    def _takes_time(self) -> "Span":
        if self.start == self.end:
            raise ValueError("start and end are the same")
        return self

    def holds(self, local: datetime) -> bool:
        """Whether a local time is in it."""
        start, end, now = _time(self.start), _time(self.end), local.time()
        return start <= now < end if start < end else now >= start or now < end


class Quiet(Span):
    """Hours in which nothing is sent but what has one of the risks `through`. The rest is sent at their end."""

    through: Risks = ["critical"]


class Digest(PreferencePart):
    """What has one of `risks` is gathered, and sent in one message each hour, or each day `at` a time."""

    every: Literal["hour", "day"]
    at: Clock = "08:00"
    risks: Risks = ["low"]


class ChannelChoice(PreferencePart):
    """A channel for some risks: `by` is its name, as `email`, or the id of a chat address. With `hours`, only then."""

    by: Annotated[str, StringConstraints(min_length=1, max_length=36)]
    risks: Risks = ["critical", "high"]
    hours: Span | None = None


def _defaults() -> list[ChannelChoice]:
    """The channels of a person who has chosen none."""
    found = ((one.channel.name, one.default) for one in personal.registered() if one.default)
    return [ChannelChoice(by=name, risks=list(risks)) for name, risks in found]


class Preferences(PreferencePart):
    """`channels` in order: the first that fits is used, and when it fails the next. `browser` are the risks at which open
    pages show a notification of the browser; `unsubscribed` the kinds that the person is not told of at all."""

    channels: Annotated[list[ChannelChoice], Field(max_length=12)] = Field(default_factory=_defaults)
    browser: Risks = ["critical", "high", "medium"]
    quiet: Quiet | None = None
    digest: Digest | None = None
    unsubscribed: Annotated[list[Literal[OPTIONAL]], Field(max_length=len(OPTIONAL))] = []  # type: ignore[valid-type]

    @model_validator(mode="after")
    def _names_each_once(self) -> "Preferences":
        named = [choice.by for choice in self.channels]
        if len(set(named)) < len(named):
            raise ValueError("a channel is named twice")
        return self


def loads(text: str) -> Preferences:
    """Preferences from the text of their row. Raises pydantic's ValidationError for what is none."""
    return Preferences.model_validate(canonical.loads(text))


def dumps(preferences: Preferences) -> str:
    """Preferences as the text of their row: canonical JSON with every default in it."""
    return canonical.dumps(preferences.model_dump(mode="json"))


def revision(preferences: Preferences) -> str:
    """A text that is another one after each change."""
    return hashlib.sha256(dumps(preferences).encode()).hexdigest()[:16]


def weight(kind: str, risk: str) -> str:
    """The risk as which something is told."""
    return "high" if kind in PRESSING and risk in ("medium", "low") else risk


@dataclass(frozen=True, slots=True)
class Route:
    """How something is told: by the first of `channels`, when it fails by the next; none is only on the pages. Messages of
    one `slot` (now, held, digest) are one message."""

    channels: tuple[str, ...]
    slot: str
    due_at: datetime


def route(preferences: Preferences, *, kind: str, risk: str, now: datetime, zone: ZoneInfo) -> Route | None:
    """How a person in `zone` is told of something, None when not at all."""
    if kind in preferences.unsubscribed:
        return None
    told_as = weight(kind, risk)
    digest, quiet = preferences.digest, preferences.quiet
    if kind == GATHERED:
        digest = digest or Digest(every="day")
    if digest is not None and (told_as in digest.risks or kind == GATHERED):
        due_at = next_digest(digest, now, zone)
        if quiet is not None:
            due_at = quiet_until(quiet, due_at, zone)
        return Route(tuple(choice.by for choice in preferences.channels), "digest", due_at)
    due_at = now if quiet is None or told_as in quiet.through else quiet_until(quiet, now, zone)
    local = due_at.astimezone(zone)
    fits = tuple(
        choice.by
        for choice in preferences.channels
        if told_as in choice.risks and (choice.hours is None or choice.hours.holds(local))
    )
    return Route(fits, "now" if due_at == now else "held", due_at)


def pops_up(preferences: Preferences, *, kind: str, risk: str, now: datetime, zone: ZoneInfo) -> bool:
    """Whether an open page shows a notification of the browser."""
    told_as = weight(kind, risk)
    quiet = preferences.quiet
    loud = quiet is None or told_as in quiet.through or not quiet.holds(now.astimezone(zone))
    return kind not in (*preferences.unsubscribed, GATHERED) and told_as in preferences.browser and loud


def quiet_until(span: Span, now: datetime, zone: ZoneInfo) -> datetime:
    """When the quiet hours that `now` is in are over; `now` when it is in none."""
    local = now.astimezone(zone)
    if not span.holds(local):
        return now
    ends = (moment for both in _daily(_time(span.end), now, zone) for moment in both)
    return next(moment for moment in ends if moment > now)


def next_digest(digest: Digest, now: datetime, zone: ZoneInfo) -> datetime:
    """When the next digest goes out: after `now`."""
    if digest.every == "hour":
        # Full hours of the zone's own clock, which may be a quarter off those of UTC.
        return now.astimezone(zone).replace(minute=0, second=0, microsecond=0).astimezone(UTC) + timedelta(hours=1)
    return next(first for first, _ in _daily(_time(digest.at), now, zone) if first > now)


def _daily(at: time, now: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """The instants at which the clocks of `zone` show `at` from yesterday on, day by day: the first and the last of the day,
    which differ when the clocks go back. A time that they skip counts as if they had not been moved yet."""
    day = now.astimezone(zone).date() - timedelta(days=1)
    while True:
        first, last = (datetime.combine(day, at.replace(fold=fold), zone).astimezone(UTC) for fold in (0, 1))
        yield first, max(first, last)
        day += timedelta(days=1)


def _time(text: str) -> time:
    return time.fromisoformat(text)
