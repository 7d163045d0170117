"""The tables of this room."""

from intents.sending.models.attempt import Attempt
from intents.sending.models.email import Letter
from intents.sending.models.sending import Sending, SendState

__all__ = ["Attempt", "Letter", "SendState", "Sending"]
