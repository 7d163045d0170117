"""A graph whose one node asks several times, with and without schemas. Prints what people were asked and what it made of
their answers. Run by the test beside it."""

import asyncio
import json
from typing import TypedDict

from axme_inbox.langgraph import run
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import StateGraph
from langgraph.types import interrupt
from pydantic import BaseModel

SAY = (
    {"outcome": "submitted", "data": {"euros": 25}},
    {"outcome": "approved"},
    {"outcome": "rejected"},
    {"outcome": "provided", "data": {"answer": "broken"}},
)


class Amount(BaseModel):
    euros: int


class State(TypedDict, total=False):
    said: list[object]


class People:
    """An intent whose people say one thing after the other."""

    delivery = {"to_agent": "agent://myorg/production/clerk"}

    def __init__(self) -> None:
        self.asked, self.stored, self.client = [], {}, self

    async def get(self, *_, **__):
        return {"tasks": []}

    async def step(self, key, work):
        if key not in self.stored:
            self.stored[key] = await work()
        return self.stored[key]

    async def wait_for_agent(self, intent, *, name):
        if name not in self.stored:
            self.stored[name] = [{"intent_id": name, "status": "COMPLETED", "result": SAY[len(self.asked)]}]
            self.asked.append([intent["human_task"]["title"], intent["human_task"].get("form_schema")])
        return self.stored[name]


def ask(_: State) -> State:
    amount = interrupt({"question": "How much?"}, response_schema=Amount)
    pay = interrupt("Pay?", response_schema={"type": "boolean"})
    really = interrupt("Really?", response_schema={"type": "boolean"})
    why = interrupt({"question": "Why?"})
    return {"said": [amount.euros, pay, really, why]}


async def main() -> None:
    builder = StateGraph(State)
    builder.add_node("ask", ask)
    builder.set_entry_point("ask")
    people, graph = People(), builder.compile(checkpointer=InMemorySaver())
    ended = await run(people, graph, {}, config={"configurable": {"thread_id": "1"}})
    print(json.dumps({"asked": people.asked, "said": ended["said"]}))


asyncio.run(main())
