"""Agents that are called at URLs that answer as badly as the network does: what each attempt says, when the next one is, and
that nothing is lost."""

from collections import Counter
from typing import Any

import pytest

from intents.dispatch.bindings import http
from intents.dispatch.models import Push
from intents.engine import invariants
from intents.sending.models import Attempt
from tests.conftest import KeyCaller, SettableClock, make_machine
from tests.intents.badly import FAILED, send_all
from tests.intents.waiting import look
from tests.load import chaos
from tests.load.chaos import Chaos
from tests.load.receiver import FAILS, TAKES, UNTRUSTED

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inside")]

TAKEN = {
    "page": ("ACKNOWLEDGED", 204, None),
    "no-json": ("ACKNOWLEDGED", 200, "was not read"),
    "zipped": ("ACKNOWLEDGED", 200, "was not read"),
    "huge": ("ACKNOWLEDGED", 200, None),
    "endless": ("ACKNOWLEDGED", 200, "too long"),
    "late": ("ACKNOWLEDGED", 200, None),
    "continues": ("COMPLETED", 200, None),
}


@pytest.fixture
def called(workspace: Any, machine: KeyCaller, shop: KeyCaller, badly: Chaos) -> dict[str, str]:
    """An intent for an agent at each kind of URL, by kind."""
    kinds = (*FAILS, *TAKES, UNTRUSTED)
    for kind in kinds:
        make_machine(workspace, f"is-{kind}")
        url = badly.url(kind, f"is-{kind}")
        machine.patch(f"/agents/is-{kind}", {"delivery_mode": "http", "callback_url": url}).ok()
    return {kind: shop.submit(f"is-{kind}") for kind in kinds}


def attempts(number: int) -> dict[str, Attempt]:
    """The attempts of this number, by the kind of URL."""
    kinds = {push.id: push.agent.name.removeprefix("is-") for push in Push.objects.select_related("agent")}
    return {kinds[one.message_id]: one for one in Attempt.objects.filter(number=number)}


def test_whatever_a_url_answers_the_attempt_says_so_and_nothing_is_lost(
    now: SettableClock, shop: KeyCaller, called: dict[str, str], badly: Chaos
) -> None:
    assert set(called) == {*FAILED, *TAKEN}
    look()
    send_all(http.CHANNEL)
    first = attempts(1)
    assert {kind: (first[kind].status, first[kind].fault) for kind in FAILED} == FAILED
    pauses = {kind: (first[kind].retry_at - first[kind].ended_at).total_seconds() for kind in FAILED}  # type: ignore[operator]
    assert pauses.pop("busy") == 8
    assert all(4 <= seconds <= 6 for seconds in pauses.values()), pauses
    for kind, (status, answered, warned) in TAKEN.items():
        assert (shop.intent(called[kind])["status"], first[kind].status, first[kind].retry_at) == (status, answered, None), (
            kind
        )
        assert (warned in (first[kind].warning or "")) if warned else first[kind].warning is None, kind
    now.advance(seconds=9)
    look()
    send_all(http.CHANNEL)
    assert {kind: (one.status, one.retry_at) for kind, one in attempts(2).items()} == dict.fromkeys(FAILED, (200, None))
    assert {shop.intent(called[kind])["status"] for kind in FAILED} == {"COMPLETED"}
    took = Counter(line["intent_id"] for line in badly.lines("took"))
    ids = {(line["intent_id"], line["id"]) for line in badly.lines("came")}
    assert took == Counter(called.values())
    assert len(ids) == len(called)
    assert invariants.findings() == []


def test_the_table_knows_every_kind() -> None:
    agents = chaos.endpoints(well=1, hanging=1)
    assert set(agents.values()) == {chaos.WELL, *FAILED, *TAKEN}
