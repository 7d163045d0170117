"""How far an agent has come, and what its first request is made of."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from inbox.tasks import selectors as tasks
from inbox.tasks.models import Task
from inbox.views.kit import words
from inbox.views.kit.acting import Request
from intents.accounts import selectors as roster
from intents.accounts.models import Agent

TYPE, TITLE = "refund.approve.v1", "Refund 129.00 EUR to ACME?"
PAYLOAD = {"customer": "ACME", "amount": "129.00", "currency": "EUR"}


@dataclass(frozen=True, slots=True)
class FirstStep:
    words: str | Promise
    done: bool


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """How far an agent has come: its key, a call with it, a request to a person, and their decision."""

    steps: list[FirstStep]
    task: Task | None
    decided: str

    @property
    def done(self) -> int:
        return sum(step.done for step in self.steps)

    @property
    def all_done(self) -> bool:
        return self.done == len(self.steps)


def first_steps_of(agent: Agent) -> FirstSteps:
    task = tasks.newest_of(agent)
    keys = list(roster.keys(agent))
    outcome = task.outcome if task else None
    steps = [
        FirstStep(_("Key created"), bool(keys)),
        FirstStep(_("First call"), any(key.last_used_at for key in keys) or task is not None),
        FirstStep(_("First request to a person"), task is not None),
        FirstStep(_("First decision"), outcome is not None),
    ]
    return FirstSteps(steps, task, words.done(outcome) if outcome else "")


def address(agent: Agent) -> str:
    return f"agent://{agent.workspace.organization.slug}/{agent.workspace.slug}/{agent.name}"


def example(request: Request, agent: Agent, secret: str) -> dict[str, str]:
    """What the examples are filled in with."""
    return {
        "base_url": settings.BASE_URL,
        "key": secret,
        "address": address(agent),
        "email": request.person.email,
        "type": TYPE,
        "title": TITLE,
    }
