"""Those who are named by an address that nobody in the workspace has: they get an email, and others are asked as well."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from inbox.tasks import selectors
from inbox.tasks.models import Task
from inbox.vocabulary import principals
from intents.engine.models import Intent
from intents.sending import email

MOST_A_DAY = 20
"""Emails to one address in 24 hours, after which it is not written to: nobody with a key floods a stranger."""
_UNKNOWN = ("email:", "name:")
"""What principals begin with that mean no member, group or role."""


def also_asked(*, spec: Mapping[str, Any], named: Sequence[str]) -> list[str]:
    """Who is asked beside the principals that a human task names: the workspace's approvers where `notify_email` is nobody's
    and the rest names nobody either, for then no one could decide."""
    if "notify_email" in spec and all(one.startswith(_UNKNOWN) for one in named):
        return [principals.role(role) for role in principals.BY_DEFAULT]
    return []


def write(*, task: Task, intent: Intent, spec: Mapping[str, Any], named: Sequence[str]) -> None:
    """Enqueue an email to a `notify_email` that is nobody's. It has a link that lets nobody in, and no word of the agent's.
    An address that got many lately gets none; those who are asked beside it know of the task all the same."""
    address = principals.email(spec["notify_email"]) if "notify_email" in spec else ""
    if address in named:
        context = {
            "to": spec["notify_email"].strip().lower(),
            "workspace": selectors.workspace_of(intent),
            "link": f"{settings.BASE_URL}/inbox/{task.id}",
        }
        if email.enqueued_lately(context["to"]) < MOST_A_DAY:
            spoken = context["workspace"].language
            email.enqueue(context["to"], "account/email/stranger", context, language=spoken)
