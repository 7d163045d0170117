"""The tables of this room."""

from intents.sending.models.email import Letter
from intents.sending.models.sending import Sending, SendState

__all__ = ["Letter", "SendState", "Sending"]
