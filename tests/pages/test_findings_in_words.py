"""The page of the system says what the auditor found in words, and which silent processes are missing."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import translation

from inbox.operations.processes import Process, with_replaced
from inbox.views.operations.rules import WORDS, told
from intents.audit import slices
from intents.audit.models import AuditFinding
from intents.engine import invariants
from intents.kernel import clock, instances
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.pages.browser import Browser

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def test_each_rule_is_told_in_words_in_each_language() -> None:
    assert WORDS.keys() == {*invariants.RULES, *invariants.EVENTUAL, *slices.PROBES}
    for language in ("en", "de", "ar"):
        with translation.override(language):
            names = [str(one.name) for one in WORDS.values()]
            assert len(set(names)) == len(names), "two rules of one name"


def test_a_rule_that_could_not_be_asked_says_so() -> None:
    rule = next(iter(invariants.RULES))
    found = told(f"{slices.UNASKED}{rule}")
    assert found is not None
    assert str(found.name) == f"Couldn't check: {WORDS[rule].name}"
    assert told("a rule of another version") is None


@pytest.mark.django_db
def test_a_finding_says_what_it_means_and_what_to_do(veras: Browser, machine: KeyCaller) -> None:
    broken = AuditFinding(rule="an open wait with a deadline has its timer", workspace=machine.agent.workspace)
    older = AuditFinding(rule="a rule of another version", workspace=machine.agent.workspace)
    for one in (broken, older):
        one.intent_id = uuid4()
        one.first_seen_at = one.last_seen_at = one.counts_at = clock.now()
        one.save()
    shown = veras.get("/operations/system").text
    assert "Deadline without a timer A wait has a deadline, but nothing ends it then." in shown
    assert "What to do: Open the intent: if it does not move on, cancel it or run it again." in shown
    assert "Rule: an open wait with a deadline has its timer" in shown
    assert "Rule: a rule of another version" in shown


def process(kind: str, started: int, silent_since: int | None = None) -> Process:
    """One that began in a minute, and fell silent in another."""
    last = NOON + timedelta(minutes=60 if silent_since is None else silent_since)
    return Process(kind, "one", NOON + timedelta(minutes=started), last, silent_since is None, 0, 0, 0)


@pytest.mark.parametrize(
    ("known", "replaced"),
    [
        ([process("beat", 0, 5), process("beat", 6)], [True, False]),
        # What ran already takes nobody's place, nor does another kind.
        ([process("beat", 0, 5), process("beat", 1), process("web", 6)], [False, False, False]),
        # Two fell silent, one came: one is missing.
        ([process("web", 0, 5), process("web", 0, 6), process("web", 7)], [True, False, False]),
        # Each gives its place on.
        ([process("beat", 0, 5), process("beat", 6, 8), process("beat", 9)], [True, True, False]),
        ([process("beat", 0, 5), process("beat", 6, 8)], [False, False]),
    ],
)
def test_a_process_is_missing_unless_another_took_its_place(known: list[Process], replaced: list[bool]) -> None:
    assert [one.replaced for one in with_replaced(known)] == replaced


def test_one_that_begins_over_and_over_is_replaced_each_time() -> None:
    known = [*(process("beat", 2 * n, 2 * n + 1) for n in range(1100)), process("beat", 2200)]
    assert [one.replaced for one in with_replaced(known)] == [True] * 1100 + [False]


@pytest.mark.django_db
def test_a_replaced_process_is_shown_quietly_for_a_time(now: SettableClock, vera: PersonCaller, veras: Browser) -> None:
    instances.register(uuid4(), kind="beat", host="gone.example", clients={})
    now.advance(minutes=2)
    instances.register(beat := uuid4(), kind="beat", host="come.example", clients={})
    shown = veras.get("/operations/system").text
    assert "beat replaced gone.example" in shown
    assert "beat running come.example" in shown
    now.advance(minutes=9)
    instances.register(beat, kind="beat", host="come.example", clients={})
    beats = [one for one in vera.get("/operations/system").ok()["processes"] if one["kind"] == "beat"]
    assert [(one["host"], one["alive"], one["replaced"]) for one in beats] == [("come.example", True, False)]
