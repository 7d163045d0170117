"""Agents that are called: each delivery is posted, signed, to the agent's URL under a lease, and again until it is taken.

Success is a status of 2xx alone, and means that the agent has the intent; it goes on by the API, or says at once what is to
become of it: a JSON answer with `action` does what the same body does as a `resume`. Anything else in an answer is shown
with the attempt and changes nothing.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.db import transaction

from intents.accounts.bindings import Binding
from intents.accounts.selectors import active_named
from intents.dispatch import endpoints, posted
from intents.dispatch.bindings.internal import acting_as
from intents.dispatch.models import Push
from intents.dispatch.posted import LEASE_SLACK_SECONDS, LEASE_SPARE_SECONDS, PUSHER, OutgoingPush
from intents.engine import leases, leasing
from intents.engine.models import Delivery
from intents.engine.selectors import lock_many
from intents.engine.services.deliveries import dispatch_each
from intents.kernel import clock, failpoints, statements
from intents.kernel.batches import Batches
from intents.kernel.unit_of_work import unit
from intents.sending import keeping, posting, sender, signing
from intents.sending.channels import Channel, NotSent, Sent
from intents.sending.outbox import SendResult, Target
from intents.sending.posting import PostOutbox

NAME = "http"
BATCH, LITTLE = 100, 10
SLOTS = 32
KEPT_DAYS = 30


def run_ready() -> int:
    """Dispatch what is ready for agents that are called, and enqueue it to be posted. Returns how much that was."""
    leased = leasing.lease_to_agents(binding=NAME, limit=BATCH)
    failpoints.hit("after_lease")
    # Whom little comes for does not wait while much is enqueued for another.
    counts = Counter((one.workspace_id, one.target) for one in leased)
    little = [one for one in leased if counts[one.workspace_id, one.target] <= LITTLE]
    _batches.run(little)
    _batches.run([one for one in leased if counts[one.workspace_id, one.target] > LITTLE])
    return len(leased)


BINDING = Binding(name=NAME, modes=(NAME,), run=run_ready)


@unit
def _enqueue(deliveries: Sequence[Delivery]) -> None:
    """Dispatch leased deliveries to their agents, and enqueue their posting, in one transaction."""
    agents = active_named({(delivery.workspace_id, delivery.target) for delivery in deliveries})
    taken = [(agent, one) for one in deliveries if (agent := agents.get((one.workspace_id, one.target)))]
    actors = {agent.id: acting_as(agent) for agent in agents.values()}
    to = {delivery.id: actors[agent.id] for agent, delivery in taken}
    dispatched = dispatch_each(actor=PUSHER, to=to, leased=[delivery for _, delivery in taken])
    given = leases.of(one.delivery for one in dispatched)
    tokens = {lease.delivery_id: lease.token for lease in given}
    now = clock.now()
    leases.extend(dict.fromkeys(given, LEASE_SLACK_SECONDS), spare=LEASE_SPARE_SECONDS)
    pushes = [
        Push(
            delivery_id=one.delivery.id,
            lease_token=tokens[one.delivery.id],
            agent_id=to[one.delivery.id].agent_id,
            body=one.text(),
            due_at=now,
            created_at=now,
        )
        for one in dispatched
    ]
    statements.insert(pushes)
    transaction.on_commit(sender.nudge)


_batches = Batches("push.enqueue", _enqueue, lambda delivery: delivery.id)


READ = ("id", "attempt", "delivery_id", "lease_token", "intent_id", "agent_id", "url", "signing", "body", "at")


class PushOutbox(PostOutbox[OutgoingPush]):
    """A push whose lease is over is skipped; one to an agent that may not work waits. What the answers say is done in the
    transaction that writes them down."""

    model = Push
    skipped_as = "the delivery is over"
    wiped = ("body",)
    columns = (
        "m.delivery_id",
        "m.lease_token",
        "(SELECT d.intent_id FROM intents_delivery d WHERE d.id = m.delivery_id)",
        "m.agent_id",
        "(SELECT a.callback_url FROM intents_agent a WHERE a.id = m.agent_id)",
        "(SELECT a.signing FROM intents_agent a WHERE a.id = m.agent_id)",
        "m.body",
        clock.NOW,
    )
    target = "agent_id"
    targets = "SELECT id FROM intents_agent WHERE status = 'active'"

    def target_of(self, message: OutgoingPush) -> Target:
        return Target(message.agent_id, posting.IN_FLIGHT)

    def prepare(self, rows: Sequence[tuple[Any, ...]]) -> Iterator[OutgoingPush]:
        found = [OutgoingPush(**dict(zip(READ, row, strict=True))) for row in rows]
        in_force = leases.extend({one.lease: LEASE_SLACK_SECONDS for one in found}, spare=LEASE_SPARE_SECONDS)
        return (one for one in found if one.lease_token in in_force)

    @unit
    def settle(self, results: Sequence[SendResult[OutgoingPush]]) -> None:
        # All intents first and in one order, then the rows of this outbox.
        locked = lock_many([result.message.intent_id for result in results])
        tries = self.written(results, now=locked.now)
        posted.settle(tries, locked)
        endpoints.count(tries, locked)


def send(message: OutgoingPush) -> Sent:
    """Post a delivery. Raises NotSent for what is no 2xx."""
    try:
        secrets = keeping.in_force(message.signing, now=message.at)
    except ValueError:
        raise NotSent("its signing secret cannot be read any more", permanent=True) from None
    signed = signing.headers(message_id=f"msg_{message.id.hex}", body=message.body, secrets=secrets, at=message.at)
    return posting.deliver(message.url, headers=signed, body=message.body, keep=settings.PAYLOAD_MAX_BYTES)


CHANNEL = Channel(
    "push", PushOutbox(), send, slots=SLOTS, waiting=posting.WAITING, seconds=posting.SECONDS, overdue=posting.OVERDUE
)


def prune() -> None:
    """Forget pushes that are long over, and their attempts."""
    statements.rows(
        f"""
WITH over AS (
    DELETE FROM intents_push WHERE ended_at < {clock.START} - make_interval(days => {KEPT_DAYS}) RETURNING id
)
DELETE FROM intents_attempt a USING over WHERE a.message_id = over.id RETURNING a.id
""",
        {"now": clock.override()},
    )
