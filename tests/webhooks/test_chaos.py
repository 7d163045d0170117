"""Endpoints that answer as badly as the network does: what each attempt says, when the next is, and that nothing is lost."""

from collections import Counter

import pytest

from intents.sending.models import Attempt
from intents.webhooks import outbox
from intents.webhooks.models import WebhookMessage
from tests.conftest import KeyCaller, SettableClock
from tests.intents.badly import FAILED, send_all
from tests.load.chaos import Chaos
from tests.load.receiver import FAILS, TAKES, UNTRUSTED
from tests.webhooks.endpoints import of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inside")]


@pytest.fixture
def tested(machine: KeyCaller, inside: None, badly: Chaos) -> None:
    """A test event for an endpoint of each kind."""
    for kind in (*FAILS, *TAKES, UNTRUSTED):
        asked = {"callback_url": badly.url(kind, f"is-{kind}"), "event_types": ["intent.*"]}
        made = machine.post("/webhooks/subscriptions", asked).ok()
        machine.post(f"/webhooks/subscriptions/{of(made)}/test").ok()


def attempts(number: int) -> dict[str, Attempt]:
    """The attempts of this number, by the kind of endpoint."""
    rows = WebhookMessage.objects.select_related("subscription")
    kinds = {row.id: row.subscription.callback_url.split("/")[-2] for row in rows}
    return {kinds[one.message_id]: one for one in Attempt.objects.filter(number=number)}


@pytest.mark.usefixtures("tested")
def test_whatever_an_endpoint_answers_the_attempt_says_so_and_nothing_is_lost(now: SettableClock, badly: Chaos) -> None:
    send_all(outbox.CHANNEL)
    first = attempts(1)
    assert {kind: (first[kind].status, first[kind].fault) for kind in FAILED} == FAILED
    pauses = {kind: (first[kind].retry_at - first[kind].ended_at).total_seconds() for kind in FAILED}  # type: ignore[operator]
    assert pauses.pop("busy") == 8
    assert all(4 <= seconds <= 6 for seconds in pauses.values()), pauses
    taken = {kind: (first[kind].status, first[kind].retry_at) for kind in TAKES}
    assert taken == {kind: (204 if kind == "page" else 200, None) for kind in TAKES}
    assert all(len(one.answer or "") <= 2048 for one in first.values())
    now.advance(seconds=9)
    send_all(outbox.CHANNEL)
    assert {kind: (one.status, one.retry_at) for kind, one in attempts(2).items()} == dict.fromkeys(FAILED, (200, None))
    assert set(WebhookMessage.objects.values_list("state", flat=True)) == {"sent"}
    took = Counter(line["id"] for line in badly.lines("took"))
    assert set(took.values()) == {1}
    assert set(took) == {line["id"] for line in badly.lines("came")}
    assert len(took) == len(FAILED) + len(TAKES)
