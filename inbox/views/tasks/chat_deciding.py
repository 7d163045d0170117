"""Deciding from a chat: who acts is the person to whom a member is linked, by a token of theirs, so that every rule holds as
it does for the API."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from inbox.notifications import chat_links
from inbox.notifications.chat_links import Chat, Member
from inbox.tasks import selectors
from inbox.tasks.models import Task
from inbox.tasks.services.decide import Channel, decide
from inbox.views.kit import words
from inbox.views.kit.refusals import in_a_sentence
from inbox.views.tasks import chat_asking
from inbox.views.tasks.chat_asking import SentAnswer
from intents import auth
from intents.api.common import as_id
from intents.kernel import ratelimit
from intents.kernel.actors import Tenant
from intents.kernel.errors import DomainError


@dataclass(frozen=True, slots=True)
class Told:
    """What came of an answer, for a text under `title`; with a `link` it is to be given in the browser."""

    title: str
    words: str
    link: str = ""


MOST_A_MINUTE = 120
"""So often a member is answered, whatever they do."""


def ensure_pace(chat: Chat, member: Member) -> None:
    """Count something that a member does. Raises RateLimited."""
    ratelimit.spend_by(f"{chat.prefix}{member.team}/{member.member}", MOST_A_MINUTE)


def acting(chat: Chat, team: str, member: str, workspace_id: str) -> Tenant:
    """The person that a member is, as their token says. Raises Denied, and what `auth.authenticate` raises."""
    token = chat_links.token_of(chat, team, member, workspace_id)
    return auth.authenticate(auth.Credentials(authorization=f"Bearer {token}"))


def seen(actor: Tenant, task_id: str) -> Task:
    """A task, as `actor` may see it. Raises Missing."""
    return selectors.task(actor, as_id(task_id, "task"))


def decided(actor: Tenant, sent: SentAnswer) -> Told:
    """Decide what was shown, or tell that it is decided in the browser alone: of what a chat brings back nothing is taken on
    trust. Raises what `decide` raises."""
    task = seen(actor, sent.task_id)
    asked = chat_asking.asking(task)
    if asked.why_not:
        return Told(_("Nothing was decided"), asked.why_not, asked.link)
    done = decide(actor=actor, seen=task, answer=sent.answer, channel=Channel.CHAT, payload_digest=sent.digest)
    return Told(asked.headline, _("Recorded: %(outcome)s.") % {"outcome": words.done(done.decision.outcome)})


def sentence(error: DomainError) -> str:
    """A refusal as people read it."""
    return in_a_sentence(error.message)
