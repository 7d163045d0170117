"""Celery's entry points. Each looks whether something is due; a doubled or lost call does no harm."""

import socket
from typing import Any

from celery import Task, shared_task
from celery.signals import worker_shutdown

from intents.access import tasks as access_tasks
from intents.accounts import keyless, sessions, tries
from intents.audit import auditor, checkpoints, heartbeat, sizes, tree
from intents.dispatch import scheduler
from intents.dispatch.bindings import http
from intents.engine import leases, search
from intents.engine.services import idempotency, signals
from intents.feed import pruning as feed
from intents.files.services import uploads
from intents.kernel import instances, pruning
from intents.kernel.models import new_id
from intents.mesh import anomalies, breaches, settling, watching
from intents.mesh import pruning as mesh
from intents.retention import erasing
from intents.retention import runner as retention
from intents.rollups import folding
from intents.sending import email, sender
from intents.telemetry import following
from intents.webhooks import outbox as webhooks

BEAT = new_id()
"""The instance that stands for beat reaching this worker."""


@shared_task(ignore_result=True)
def sweep(seconds: float) -> None:
    """Fire what is due, again and again for `seconds`."""
    scheduler.sweep_for(seconds)


@shared_task(bind=True, ignore_result=True)
def tend(self: Task) -> None:
    """Every few seconds: say that beat lives, end the leases of lost processes, do what is pending of stops, tell how agents
    are, and make new intents quick to find."""
    # Called by a message only: who stands in for beat does not vouch for it.
    if not self.request.called_directly:
        instances.register(BEAT, kind="beat", host=socket.gethostname())
    leases.reap_dead_instances()
    settling.settle()
    breaches.lift_answered()
    access_tasks.carry_out_answered()
    watching.watch()
    search.merge_new()


@shared_task(ignore_result=True)
def send(seconds: float = 0) -> None:
    """Send what is due: emails, chats, and whatever else is registered; for `seconds` also what this process makes."""
    sender.work(seconds)


@shared_task(ignore_result=True)
def audit() -> None:
    """Every minute: whether the invariants hold of what changed and of the next part of all; tell if all is well."""
    auditor.run()
    heartbeat.call()


@shared_task(ignore_result=True)
def seal() -> None:
    """Every minute: append new events to the tree, sign it, and send the checkpoint off."""
    while tree.append() == tree.BATCH:
        pass
    checkpoints.make()
    checkpoints.send()


@shared_task(ignore_result=True)
def trace() -> None:
    """Every minute, where a collector is configured: send it the traces of intents that ended."""
    following.follow()


@worker_shutdown.connect
def drain(**kwargs: Any) -> None:
    """The worker stops: let what is being sent land first."""
    sender.drain()


@shared_task(ignore_result=True)
def fold() -> None:
    """Every minute: count the hours that are over, for the charts, and look for agents that do more than they usually do."""
    folding.fold()
    anomalies.look()


@shared_task(ignore_result=True)
def retain(seconds: float) -> None:
    """Every few seconds: erase what is past its time, and who is to be erased, for some time at most each."""
    retention.work(seconds)
    erasing.work(seconds)


@shared_task(ignore_result=True)
def prune() -> None:
    """Every hour: forget what is past its time, and end what nobody finished."""
    idempotency.prune()
    signals.prune()
    instances.prune()
    sessions.prune()
    keyless.prune()
    tries.prune()
    uploads.prune()
    email.prune()
    http.prune()
    webhooks.prune()
    auditor.prune()
    folding.prune()
    feed.prune()
    mesh.prune()
    pruning.prune()
    sizes.note()
