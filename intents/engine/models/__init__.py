"""The tables of this room."""

from intents.engine.models.delivery import Delivery, DeliveryState
from intents.engine.models.erasure import Erasure, Redaction, RemovedEvent
from intents.engine.models.intent import ENDED, OPEN, THIS_TRANSACTION, IdempotencyRecord, Intent, IntentBody, IntentEvent
from intents.engine.models.signal import Callback, Signal, StoredStep
from intents.engine.models.timer import Instance, Pulse, Timer
from intents.engine.models.tool import RefusedCall, RefusedIncoming, Tool, UsedSignature
from intents.engine.models.viewer import ThreadViewer
from intents.engine.models.wait import Wait, WaitState

__all__ = [
    "ENDED",
    "OPEN",
    "THIS_TRANSACTION",
    "Callback",
    "Delivery",
    "DeliveryState",
    "Erasure",
    "IdempotencyRecord",
    "Instance",
    "Intent",
    "IntentBody",
    "IntentEvent",
    "Pulse",
    "Redaction",
    "RefusedCall",
    "RefusedIncoming",
    "RemovedEvent",
    "Signal",
    "StoredStep",
    "ThreadViewer",
    "Timer",
    "Tool",
    "UsedSignature",
    "Wait",
    "WaitState",
]
