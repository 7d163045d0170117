"""An agent of LangChain whose refunds a person approves, changes or refuses, also when it is killed meanwhile:

    env $(cat var/demo.env) PYTHONPATH=adapters python adapters/examples/langgraph_refunds.py RUN-1 refunds.sqlite

The model is a fake that asks for two refunds at once and then says what came of them.
"""

import asyncio
import json
import os
import sys

import axme_inbox
from axme_inbox.langgraph import run
from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

WITHIN = float(os.environ.get("WITHIN_SECONDS", "86400"))
MODE = os.environ.get("INTERRUPT_MODE", "batched")


class Model(BaseChatModel):
    """Asks for two refunds, then repeats what the tools said."""

    _llm_type = "fake"

    def bind_tools(self, tools, **more):
        return self

    def _generate(self, messages: list[BaseMessage], stop=None, run_manager=None, **more) -> ChatResult:
        told = [message.content for message in messages if isinstance(message, ToolMessage)]
        calls = [{"name": "refund", "args": {"order": order, "euros": 40}, "id": f"call-{order}"} for order in ("A", "B")]
        answer = AIMessage(json.dumps(told)) if told else AIMessage("", tool_calls=calls)
        return ChatResult(generations=[ChatGeneration(message=answer)])


async def main(name: str, file: str) -> None:
    async with (
        AsyncSqliteSaver.from_conn_string(file) as saver,
        axme_inbox.intent("refunds.settle.v1", {"run": name}, to="refunds", key=f"refunds-{name}") as work,
    ):

        async def refund(order: str, euros: int) -> str:
            """Pay money back."""

            def pay() -> str:
                print(f"paying {euros} for {order}", flush=True)
                return f"paid {euros} for {order}"

            return await work.step(f"refund-{order}", pay)

        review = HumanInTheLoopMiddleware(interrupt_on={"refund": True}, interrupt_mode=MODE)
        graph = create_agent(Model(), [refund], middleware=[review], checkpointer=saver)
        given = {"messages": [HumanMessage("Settle the complaints")]}
        state = await run(work, graph, given, config={"configurable": {"thread_id": name}}, within=WITHIN)
        work.result = {"told": json.loads(state["messages"][-1].content)}
    print(f"done {work.result['told']}", flush=True)


asyncio.run(main(*sys.argv[1:]))
