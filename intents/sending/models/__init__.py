"""The tables of this room."""

from intents.sending.models.attempt import Attempt
from intents.sending.models.email import Email
from intents.sending.models.health import DisabledReason, EndpointHealth
from intents.sending.models.sending import Sending, SendState

__all__ = ["Attempt", "DisabledReason", "Email", "EndpointHealth", "SendState", "Sending"]
