"""An agent of the OpenAI Agents SDK whose refunds a person approves or refuses:

    env $(cat var/demo.env) PYTHONPATH=adapters python adapters/examples/openai_refunds.py RUN-1

The model is a fake that asks for two refunds at once and then says what came of them.
"""

import asyncio
import json
import os
import sys

import axme_inbox
from agents import Agent, Model, ModelResponse, RunConfig, Usage, function_tool
from axme_inbox.openai_agents import run
from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText

WITHIN = float(os.environ.get("WITHIN_SECONDS", "86400"))


class Fake(Model):
    async def get_response(self, system_instructions, input, *args, **more) -> ModelResponse:
        told = [one["output"] for one in input if isinstance(one, dict) and one.get("type") == "function_call_output"]
        if told:
            text = ResponseOutputText(type="output_text", text=" / ".join(told), annotations=[])
            message = ResponseOutputMessage(id="m", type="message", role="assistant", status="completed", content=[text])
            return ModelResponse([message], Usage(), None)
        calls = [
            ResponseFunctionToolCall(
                type="function_call",
                name="refund",
                call_id=f"call-{order}",
                arguments=json.dumps({"order": order, "euros": 40}),
            )
            for order in ("A", "B")
        ]
        return ModelResponse(calls, Usage(), None)

    def stream_response(self, *args, **more):
        raise NotImplementedError


async def main(name: str) -> None:
    async with axme_inbox.intent("refunds.settle.v1", {"run": name}, to="openai", key=f"openai-{name}") as work:

        @function_tool(needs_approval=True)
        async def refund(order: str, euros: int) -> str:
            """Pay money back."""

            def pay() -> str:
                print(f"paying {euros} for {order}", flush=True)
                return f"paid {euros} for {order}"

            return str(await work.step(f"refund-{order}", pay))

        agent = Agent("clerk", model=Fake(), tools=[refund])
        said = await run(work, agent, "Settle them", within=WITHIN, config=RunConfig(tracing_disabled=True))
        work.result = {"said": said}
    print(f"done {said}", flush=True)


asyncio.run(main(sys.argv[1]))
