"""A program of several steps that is its own agent; started again after it was killed, it goes on where it was:

env $(cat var/demo.env) PYTHONPATH=adapters .venv/bin/python adapters/examples/pipeline.py RUN-1
"""

import asyncio
import sys

import axme_inbox


def load() -> list[int]:
    print("loading", flush=True)
    return [3, 4, 5]


async def main(run: str) -> None:
    async with axme_inbox.intent("figures.publish.v1", {"run": run}, to="pipeline", key=f"pipeline-{run}") as intent:
        figures = await intent.step("load", load)
        crm = await intent.wait_for_tool(api="crm", job=run)
        print(f"crm has {crm['customers']}", flush=True)
        await intent.wait_for_time(1)
        decision = await intent.wait_for_human("Publish the figures?", risk="low")
        intent.result = {"sum": sum(figures), "customers": crm["customers"], "published": decision.approved}
    print(f"done {intent.result}", flush=True)


asyncio.run(main(sys.argv[1]))
