"""An agent of Pydantic AI that asks for a refund and a question, which people approve, change or answer:

    env $(cat var/demo.env) PYTHONPATH=adapters python adapters/examples/pydantic_refunds.py RUN-1

The model is a fake that asks for both at once and then says what came of them.
"""

import asyncio
import os
import sys

import axme_inbox
from axme_inbox.pydantic_ai import run
from pydantic_ai import Agent, CallDeferred, DeferredToolRequests, RunContext
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

WITHIN = float(os.environ.get("WITHIN_SECONDS", "86400"))


def model(messages: list[ModelMessage], _: AgentInfo) -> ModelResponse:
    told = [part.content for part in messages[-1].parts if isinstance(part, ToolReturnPart)]
    if told:
        return ModelResponse([TextPart(" / ".join(map(str, told)))])
    refund = ToolCallPart("refund", {"order": "A", "euros": 40}, "call-refund")
    return ModelResponse([refund, ToolCallPart("ask", {"question": "Which account?"}, "call-ask")])


async def main(name: str) -> None:
    async with axme_inbox.intent("refunds.settle.v1", {"run": name}, to="pydantic", key=f"pydantic-{name}") as work:
        agent = Agent(FunctionModel(model), output_type=[str, DeferredToolRequests])

        @agent.tool(requires_approval=True)
        async def refund(_: RunContext[None], order: str, euros: int) -> str:
            def pay() -> str:
                print(f"paying {euros} for {order}", flush=True)
                return f"paid {euros}"

            return str(await work.step(f"refund-{order}", pay))

        @agent.tool_plain
        async def ask(question: str) -> str:
            raise CallDeferred

        said = await run(work, agent, "Settle the complaints", within=WITHIN)
        work.result = {"said": said}
    print(f"done {said}", flush=True)


asyncio.run(main(sys.argv[1]))
