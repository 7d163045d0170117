"""Durable intents for programs of asyncio: what a program waits for outlives it.

@agent("order-service")
async def handle(intent):
    order = await intent.step("reserve", lambda: reserve(intent.payload))
    decision = await intent.wait_for_human("Ship the order?", risk="low")
    return {"shipped": decision.approved}
"""

from axme_inbox.client import Client, Refused
from axme_inbox.running import Agent, agent, intent
from axme_inbox.submitting import Submitted, submit
from axme_inbox.waits import Decision, Expired, Intent, Parked
from axme_inbox.work import Failed, LeaseLost, Over

__all__ = [
    "Agent",
    "Client",
    "Decision",
    "Expired",
    "Failed",
    "Intent",
    "LeaseLost",
    "Over",
    "Parked",
    "Refused",
    "Submitted",
    "agent",
    "intent",
    "submit",
]
