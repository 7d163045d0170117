"""What an agent may be called, and what settings it may have."""

from django.conf import settings

from intents.accounts import bindings
from intents.kernel import addresses
from intents.kernel.errors import InvalidField
from intents.kernel.unseen import ensure_seen
from intents.sending import connector

CALLED = "http"
"""The delivery mode of agents that are called at their URL."""


def ensure_sound(*, local: str, display_name: str, delivery_mode: str, callback_url: str) -> None:
    """Whether a new agent may have this local name and these settings, whoever else is there. Raises InvalidField,
    InvalidAddress."""
    addresses.ensure_no_person(local)
    addresses.ensure_no_run(local)
    ensure_seen(display_name, field="display_name")
    if len(local) < 2:
        raise InvalidField("name", "at least 2 characters")
    ensure_mode(delivery_mode)
    if callback_url:
        scheme_of(callback_url)
    if delivery_mode == CALLED:
        ensure_reached(callback_url)


def ensure_mode(mode: str) -> None:
    """Raises InvalidField."""
    if mode not in bindings.modes():
        raise InvalidField("delivery_mode", f"one of {', '.join(bindings.modes())}")


def scheme_of(url: str) -> str:
    """The scheme of a URL; where that leads is checked at each call. Raises InvalidField."""
    try:
        return connector.target(url).scheme
    except connector.Unanswered as refusal:
        raise InvalidField("callback_url", refusal.text) from None


def ensure_reached(callback_url: str) -> None:
    """Whether an agent may be called at a URL. Raises InvalidField."""
    if not callback_url:
        raise InvalidField("callback_url", "is required for an agent that is called")
    if scheme_of(callback_url) != "https" and not settings.OUTGOING_ALLOWED_NETWORKS:
        raise InvalidField(
            "callback_url",
            "the URL has to begin with https://, unless whoever runs the server allows networks inside"
            " (OUTGOING_ALLOWED_NETWORKS)",
        )
