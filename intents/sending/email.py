"""Mail to an address: owed by a row in the transaction that gives the reason for it, so that no request waits for a mail
server, and sent by a worker.

A letter is claimed under a lease, sent outside of any transaction, and settled. A process that dies in between leaves the
lease to run out, and the letter is sent again, with the same id.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string

from intents.kernel import clock, secrets, statements
from intents.sending.models import Letter, SendState

LEASE_SECONDS = 60
BACKOFF_SECONDS = (20, 120, 600, 3600, 4 * 3600)
"""Before the second try and on; the sixth is the last."""
LONGEST_ANSWER = 500
KEPT_DAYS = 30

log = structlog.get_logger()

P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[P]):
    """What became of a try to send a `parcel`. `answer` is what the provider said; `lasting` is a failure that trying again
    does not mend."""

    parcel: P
    sent: bool
    answer: str
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Claimed:
    """A letter to be sent. `sealed` is its encrypted text."""

    id: UUID
    attempt: int
    to: str
    subject: str
    sealed: bytes
    address_id: None = None


def unencoded(text: str) -> str:
    """A text for a header: on one line, and without "=?", by which programs of mail would find an encoded word in it and
    show another text than the one that was looked at."""
    return " ".join(text.split()).replace("=?", "=\u200b?")


def owe(to: str, template: str, context: dict[str, Any], *, invitation_id: UUID | None = None) -> None:
    """Owe the mail of the templates `<template>_subject.txt` and `<template>_message.txt`."""
    known = {"base_url": settings.BASE_URL} | context
    subject = " ".join(render_to_string(f"{template}_subject.txt", known).split())
    text = render_to_string(f"{template}_message.txt", known).strip() + "\n"
    owe_text(to, subject=subject, text=text, invitation_id=invitation_id)


def owe_text(to: str, *, subject: str, text: str, invitation_id: UUID | None = None) -> None:
    now = clock.now()
    Letter.objects.create(
        to=to, subject=subject, sealed=secrets.encrypt(text), invitation_id=invitation_id, due_at=now, created_at=now
    )


def owed_lately(to: str) -> int:
    """How many letters to an address were owed in the last 24 hours, whatever for."""
    return Letter.objects.filter(to=to, created_at__gt=clock.now() - timedelta(days=1)).count()


_CLAIM = f"""
WITH due AS MATERIALIZED (
    SELECT id FROM intents_letter WHERE state IN ('ready', 'leased') AND due_at <= {clock.START}
    ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE intents_letter l
SET state = 'leased', attempt = l.attempt + 1, due_at = {clock.NOW} + make_interval(secs => {LEASE_SECONDS})
WHERE id = ANY(ARRAY(SELECT id FROM due))
RETURNING id, attempt, "to", subject, sealed, EXISTS (
    SELECT FROM intents_invitation i
    WHERE i.id = l.invitation_id AND (i.revoked_at IS NOT NULL OR i.accepted_at IS NOT NULL)
)
"""


def claim(*, limit: int) -> list[Claimed]:
    """Lease up to `limit` letters that are due. Those whose invitation is over are skipped."""
    with transaction.atomic():
        found = [(Claimed(*row), over) for *row, over in statements.rows(_CLAIM, {"limit": limit, "now": clock.override()})]
        _end(Letter.objects.filter(id__in=[one.id for one, over in found if over]), SendState.SKIPPED, "it was over")
    return [one for one, over in found if not over]


def settle(outcomes: Sequence[Outcome[Claimed]]) -> None:
    """Write down what became of claimed letters. One that failed is tried again, six times in all."""
    for one in outcomes:
        answer = one.answer.replace("\0", "")[:LONGEST_ANSWER]
        mine = _mine(one.parcel)
        if one.sent:
            _end(mine, SendState.SENT, answer)
        elif one.lasting or one.parcel.attempt > len(BACKOFF_SECONDS):
            # No answer in the log: mail servers quote addresses.
            log.error("mail_failed", letter_id=str(one.parcel.id), attempts=one.parcel.attempt)
            _end(mine, SendState.FAILED, answer)
        else:
            later = clock.now() + timedelta(seconds=BACKOFF_SECONDS[one.parcel.attempt - 1])
            mine.update(state=SendState.READY, answer=answer, due_at=later)


def give_back(claimed: Sequence[Claimed]) -> None:
    """End the leases of letters that were not sent."""
    for one in claimed:
        _mine(one).update(state=SendState.READY, due_at=clock.now())


def _mine(one: Claimed) -> QuerySet[Letter]:
    """The letter, if it is still leased by the same try."""
    return Letter.objects.filter(id=one.id, state=SendState.LEASED, attempt=one.attempt)


def _end(letters: QuerySet[Letter], state: SendState, answer: str) -> None:
    letters.update(state=state, answer=answer, ended_at=clock.now(), sealed=None)


def prune() -> None:
    """Forget the letters that are long over."""
    Letter.objects.filter(ended_at__lt=clock.now() - timedelta(days=KEPT_DAYS)).delete()
