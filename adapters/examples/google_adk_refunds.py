"""An app of Google ADK whose refunds a person approves, changes or refuses, also when it is killed meanwhile:

    env $(cat var/demo.env) PYTHONPATH=adapters python adapters/examples/google_adk_refunds.py RUN-1 refunds.sqlite

The model is a fake that asks for two refunds at once and then says what came of them.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator

import axme_inbox
from axme_inbox.google_adk import run
from google.adk.agents import LlmAgent
from google.adk.apps import App, ResumabilityConfig
from google.adk.models import BaseLlm, LlmRequest, LlmResponse
from google.adk.runners import Runner
from google.adk.sessions.sqlite_session_service import SqliteSessionService
from google.adk.tools import FunctionTool, ToolContext
from google.genai import types

WITHIN = float(os.environ.get("WITHIN_SECONDS", "86400"))


class Fake(BaseLlm):
    async def generate_content_async(self, llm_request: LlmRequest, stream: bool = False) -> AsyncIterator[LlmResponse]:
        parts = [part for content in llm_request.contents for part in content.parts]
        told = [str(next(iter(part.function_response.response.values()))) for part in parts if part.function_response]
        calls = [
            types.Part(function_call=types.FunctionCall(id=f"call-{name}", name=name, args={"order": "A", "euros": 40}))
            for name in ("refund", "write_off")
        ]
        said = [types.Part(text=" / ".join(told))] if told else calls
        yield LlmResponse(content=types.Content(role="model", parts=said))


async def main(name: str, file: str) -> None:
    async with axme_inbox.intent("refunds.settle.v1", {"run": name}, to="google", key=f"google-{name}") as work:

        async def refund(order: str, euros: int, tool_context: ToolContext) -> str:
            """Pay money back. It asks itself, and says what may be changed."""
            confirmation = tool_context.tool_confirmation
            if confirmation is None:
                tool_context.request_confirmation(hint="Is it theirs?", payload={"euros": euros})
                return "asked"
            if not confirmation.confirmed:
                return f"not refunded: {confirmation.hint}"
            paid = confirmation.payload["euros"]

            def pay() -> str:
                print(f"paying {paid} for {order}", flush=True)
                return f"paid {paid} for {order}"

            return str(await work.step(f"refund-{order}", pay))

        async def write_off(order: str, euros: int) -> str:
            """Write off a debt of a customer."""

            def give_up() -> str:
                print(f"writing off {euros} of {order}", flush=True)
                return f"wrote off {euros} of {order}"

            return str(await work.step(f"write-off-{order}", give_up))

        tools = [refund, FunctionTool(write_off, require_confirmation=True)]
        clerk = LlmAgent(name="clerk", model=Fake(model="fake"), tools=tools)
        app = App(name="refunds", root_agent=clerk, resumability_config=ResumabilityConfig(is_resumable=True))
        runner = Runner(app=app, session_service=SqliteSessionService(file))
        said = await run(work, runner, "Settle the complaints", user_id="shop", session_id=name, within=WITHIN)
        work.result = {"said": said}
    print(f"done {said}", flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
