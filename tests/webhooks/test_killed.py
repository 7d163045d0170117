"""A process that posts is killed while a message is on its way."""

from datetime import timedelta

import pytest

from intents.kernel import clock
from intents.sending import outbox
from intents.webhooks.models import WebhookMessage
from tests.callers import KeyCaller
from tests.intents.receivers import Receiver
from tests.webhooks.dying import post_and_die
from tests.webhooks.endpoints import feed_out, post_due, posted, subscribe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inside")]


def test_what_a_killed_process_was_posting_is_posted_again_with_the_same_id(
    machine: KeyCaller, shop: KeyCaller, outside: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(machine, outside, "/takes", "intent.created")
    shop.submit()
    feed_out()
    post_and_die(outside, monkeypatch)
    assert WebhookMessage.objects.get().state == "leased"
    with clock.frozen_at(clock.now() + timedelta(seconds=outbox.LEASE_SECONDS + 1)):
        post_due()
    first, second = [headers["webhook-id"] for headers, _ in posted(outside)]
    assert first == second
    assert WebhookMessage.objects.get().state == "sent"
