"""Policies in words, for who reads them."""

from collections.abc import Iterator, Mapping, Sequence

from inbox.calendars import amount
from inbox.escalation import Condition, Escalation, Match
from inbox.forecast import Next, What
from inbox.views import words
from intents import canonical

ENDS = (
    ("expire", "It expires: neither a yes nor a no"),
    ("fail", "The request fails"),
    ("owner", "The owners are asked, for as long again; then it fails"),
    ("complete", "It counts as an answer (for low risk only)"),
)
Names = Mapping[str, str]


def asked(to: str, names: Names) -> str:
    """Whom a level asks. `names` are those of members, by their addresses."""
    return names.get(to.strip().lower()) or words.asked(to)


def for_what(match: Match) -> str:
    """Which tasks a policy is for: "Tasks of type refund.*, of high risk, where amount.eur is at least 1,000"."""
    parts = []
    if match.intent_types:
        parts.append(f"of type {_or(match.intent_types)}")
    if match.agents:
        parts.append(f"from {_or(match.agents)}")
    if match.risks:
        parts.append(f"of {_or(match.risks)} risk")
    parts += [f"where {_condition(one)}" for one in match.payload or ()]
    return f"Tasks {', '.join(parts)}." if parts else "Every task."


def _condition(one: Condition) -> str:
    if one.at_least is not None:
        return f"{one.field} is at least {one.at_least:,.12g}"
    if one.at_most is not None:
        return f"{one.field} is at most {one.at_most:,.12g}"
    return f"{one.field} is {one.is_ if isinstance(one.is_, str) else canonical.dumps(one.is_)}"


def happens(escalation: Escalation, names: Names, *, working: bool) -> list[str]:
    """What a policy does, a sentence for each of its parts. `working` means that it counts in working hours."""
    return list(_happens(escalation, names, working))


def _happens(escalation: Escalation, names: Names, working: bool) -> Iterator[str]:
    reminders, end = escalation.reminders, escalation.end
    if reminders is not None:
        every = amount(reminders.interval_seconds or reminders.after_seconds, working=working)
        more = f", then every {every}, {reminders.at_most} times in all" if reminders.at_most > 1 else ""
        yield f"Reminds after {amount(reminders.after_seconds, working=working)}{more}."
    if escalation.levels:
        later = [f"{asked(one.to, names)} after {amount(one.after_seconds, working=working)}" for one in escalation.levels]
        again = f" All of this {escalation.repeat + 1} times." if escalation.repeat else ""
        yield f"Asks {', then '.join(later)}.{again}"
    how = {"fail": "the request fails", "expire": "it expires", "owner": "all owners are asked, for as long again"}
    then = how.get(end.then) or f"it counts as: {words.done(end.outcome or '')}"
    yield f"After {amount(end.after_seconds, working=working)}, {then}."


def step(one: Next, names: Names) -> str:
    """A step of a plan."""
    if one.what is What.REMINDER:
        return "Reminds everybody who is asked"
    if one.what is What.ESCALATION:
        who, more = asked(one.to or "", names), ""
        if one.name is not None:
            who, more = words.reached(one.to or "", who=one.name, why=one.why)
        return f"Asks {who} as well{more}"
    return {"fail": "It fails", "expire": "It expires, neither a yes nor a no"}.get(one.then or "") or (
        f"It counts as: {words.done(one.outcome or '')}"
    )


def _or(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last


def short(one: Next, names: Names) -> str:
    """A step in a word or two, to stand before its time."""
    if one.what is What.ESCALATION:
        return one.name if one.name is not None and one.why is None else asked(one.to or "", names)
    return {"fail": "fails", "expire": "expires"}.get(one.then or "") or words.done(one.outcome or "").lower()
