"""Waits for tools, and the calls and completions that end them. Checks no actor: who calls back brings a secret."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from intents.engine.lifecycle import EventType, WaitReason
from intents.engine.models import Callback, Intent, IntentEvent, Signal, Wait, WaitState
from intents.kernel import canonical, secrets


def callback(token: str) -> Callback | None:
    """The keyless address that ends in a token."""
    return Callback.objects.filter(fingerprint=secrets.fingerprint(token)).first()


def wait(wait_id: UUID) -> Wait:
    """A wait, over or not."""
    return Wait.objects.get(id=wait_id)


def is_open(wait_id: UUID) -> bool:
    """Whether a wait still is."""
    return Wait.objects.filter(id=wait_id, state=WaitState.OPEN).exists()


def open_waits(ids: Iterable[UUID]) -> dict[UUID, Wait]:
    """Those of these waits that are open, by their intents."""
    return {found.intent_id: found for found in Wait.objects.filter(id__in=list(ids), state=WaitState.OPEN)}


def waiting_for(workspace_id: UUID, *, tool: str, external_id: str) -> UUID | None:
    """The intent that waits for a tool's job."""
    found = Wait.objects.filter(workspace_id=workspace_id, tool=tool, external_id=external_id, state=WaitState.OPEN)
    return found.values_list("intent_id", flat=True).first()


def completion(workspace_id: UUID, *, tool: str, external_id: str) -> Signal | None:
    """What a tool told of its job."""
    return Signal.objects.filter(workspace_id=workspace_id, tool=tool, external_id=external_id).first()


def asked_people(intent: Intent) -> bool:
    """Whether people were ever asked something about an intent."""
    return Wait.objects.filter(intent_id=intent.id, reason=WaitReason.HUMAN).exists()


def comments_by(intent: Intent, label: str) -> list[dict[str, Any]]:
    """What somebody, by label, added to an intent's history."""
    found = IntentEvent.objects.filter(intent_id=intent.id, event_type=EventType.COMMENT, actor=label)
    return [canonical.loads(details or "{}") for details in found.values_list("details", flat=True)]
