"""An agent of the Microsoft Agent Framework whose refunds a person approves or refuses, and a workflow that asks:

    env $(cat var/demo.env) PYTHONPATH=adapters python adapters/examples/agent_framework_refunds.py RUN-1 checkpoints

The model is a fake that asks for two refunds at once and then says what came of them. The workflow asks how much,
and whether.
"""

import asyncio
import os
import sys
from dataclasses import dataclass
from typing import Any

import axme_inbox
from agent_framework import (
    Agent,
    BaseChatClient,
    ChatResponse,
    Content,
    Executor,
    FileCheckpointStorage,
    FunctionInvocationLayer,
    Message,
    WorkflowBuilder,
    WorkflowContext,
    handler,
    response_handler,
    tool,
)
from axme_inbox.agent_framework import run, run_workflow

WITHIN = float(os.environ.get("WITHIN_SECONDS", "86400"))


class Fake(FunctionInvocationLayer, BaseChatClient):
    async def _inner_get_response(self, *, messages, stream, options, **more) -> ChatResponse:
        contents = [content for message in messages for content in message.contents]
        told = [str(one.result) for one in contents if one.type == "function_result"]
        if told:
            told += [one.text for one in contents if one.type == "text"]
            return ChatResponse(messages=[Message("assistant", [" / ".join(told)])])
        calls = [
            Content.from_function_call(call_id=f"call-{order}", name="refund", arguments={"order": order, "euros": 40})
            for order in ("A", "B")
        ]
        return ChatResponse(messages=[Message("assistant", calls)])


@dataclass
class HowMuch:
    question: str


class Clerk(Executor):
    """Asks how much, then whether."""

    @handler
    async def begin(self, order: str, context: WorkflowContext) -> None:
        await context.request_info(HowMuch(f"How much for {order}?"), int)
        await context.request_info(f"Refund {order}?", bool)

    @response_handler
    async def told(self, asked: HowMuch, euros: int, context: WorkflowContext[Any, str]) -> None:
        await context.yield_output(f"{euros} euros")

    @response_handler
    async def decided(self, asked: str, approved: bool, context: WorkflowContext[Any, str]) -> None:
        await context.yield_output("yes" if approved else "no")


async def main(name: str, folder: str) -> None:
    async with axme_inbox.intent("refunds.settle.v1", {"run": name}, to="microsoft", key=f"microsoft-{name}") as work:

        @tool(approval_mode="always_require")
        async def refund(order: str, euros: int) -> str:
            """Pay money back."""

            def pay() -> str:
                print(f"paying {euros} for {order}", flush=True)
                return f"paid {euros} for {order}"

            return str(await work.step(f"refund-{order}", pay))

        said = await run(work, Agent(Fake(), tools=[refund]), "Settle the complaints", within=WITHIN)
        print(f"said {said}", flush=True)
        workflow = WorkflowBuilder(start_executor=Clerk("clerk")).build()
        storage = FileCheckpointStorage(folder, allowed_checkpoint_types=[f"{__name__}:HowMuch"])
        outputs = await run_workflow(work, workflow, "C", storage=storage, within=WITHIN)
        work.result = {"said": said, "outputs": outputs}
    print(f"done {outputs}", flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
