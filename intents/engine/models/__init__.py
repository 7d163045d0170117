"""The tables of this room."""

from intents.engine.models.delivery import Delivery, DeliveryState
from intents.engine.models.intent import ENDED, OPEN, THIS_TRANSACTION, IdempotencyRecord, Intent, IntentBody, IntentEvent
from intents.engine.models.signal import Callback, Signal, StoredStep
from intents.engine.models.timer import Instance, Pulse, Timer
from intents.engine.models.viewer import ThreadViewer
from intents.engine.models.wait import Wait, WaitState

__all__ = [
    "Callback",
    "Delivery",
    "DeliveryState",
    "ENDED",
    "IdempotencyRecord",
    "Instance",
    "Intent",
    "IntentBody",
    "IntentEvent",
    "OPEN",
    "Pulse",
    "Signal",
    "StoredStep",
    "THIS_TRANSACTION",
    "ThreadViewer",
    "Timer",
    "Wait",
    "WaitState",
]
