"""A pipeline by a worker of its own, and who submits it and waits for the result:

    env $(cat var/demo.env) PYTHONPATH=adapters .venv/bin/python adapters/examples/publish_pipeline.py work
    env $(cat var/demo.env) PYTHONPATH=adapters .venv/bin/python adapters/examples/publish_pipeline.py submit RUN-1

Either may be killed and started again; the second is given the result that it missed.
"""

import asyncio
import logging
import os
import sys
from typing import Any

import axme_inbox as axme

WITHIN = float(os.environ.get("WITHIN_SECONDS", "86400"))


@axme.agent("publisher")
async def publish(intent: axme.Intent) -> dict[str, Any]:
    before = (intent.delivery.get("checkpoint") or {}).get("state")
    print(f"from {before}", flush=True)
    await intent.progress("loading", 10)
    figures = await intent.step("load", lambda: [3, 4, 5])
    await intent.checkpoint({"loaded": len(figures)}, step=1, total=2)
    crm = await intent.wait_for_tool(api="crm", job=intent.payload["run"])
    await intent.progress("the crm is done", 90)
    return {"sum": sum(figures), "customers": crm["customers"]}


async def wait(run: str) -> None:
    submitted = await axme.submit(publish, {"run": run}, key=f"publish-{run}")
    print(f"submitted {submitted.id}", flush=True)
    print(f"done {await submitted.result(within=WITHIN)}", flush=True)


if __name__ == "__main__":
    logging.basicConfig(level="INFO")
    asyncio.run(publish.run() if sys.argv[1] == "work" else wait(sys.argv[2]))
