"""A program for Google ADK: an app of two agents, whose program dies between them, is run again.

    PYTHONPATH=adapters python tests/adapters/google_adk_stopped.py

Prints what it comes to then.
"""

import asyncio
from collections.abc import AsyncIterator

from axme_inbox.google_adk import run
from google.adk.agents import LlmAgent, SequentialAgent
from google.adk.apps import App, ResumabilityConfig
from google.adk.models import BaseLlm, LlmRequest, LlmResponse
from google.adk.runners import Runner
from google.adk.sessions import InMemorySessionService
from google.genai import types

WHERE = {"user_id": "shop", "session_id": "run"}


class Says(BaseLlm):
    """A model that says its own name."""

    async def generate_content_async(self, llm_request: LlmRequest, stream: bool = False) -> AsyncIterator[LlmResponse]:
        print(f"asked {self.model}", flush=True)
        yield LlmResponse(content=types.Content(role="model", parts=[types.Part(text=self.model)]))


async def main() -> None:
    agents = [LlmAgent(name=name, model=Says(model=name)) for name in ("first", "second")]
    root = SequentialAgent(name="both", sub_agents=agents)
    app = App(name="refunds", root_agent=root, resumability_config=ResumabilityConfig(is_resumable=True))
    sessions = InMemorySessionService()
    await sessions.create_session(app_name="refunds", **WHERE)
    message = types.Content(role="user", parts=[types.Part(text="Settle it")])
    events = Runner(app=app, session_service=sessions).run_async(new_message=message, **WHERE)
    async for event in events:
        if event.author == "first" and event.actions.end_of_agent:
            break
    await events.aclose()
    print("dead", flush=True)
    for _ in range(2):
        said = await run(None, Runner(app=app, session_service=sessions), "Settle it", **WHERE)  # nobody is asked
        print(f"done {said}", flush=True)


asyncio.run(main())
