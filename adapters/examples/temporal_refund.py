"""An activity of Temporal that pays a refund once a person approved it:

    env $(cat var/demo.env) PYTHONPATH=adapters python adapters/examples/temporal_refund.py RUN-1

There is no server of Temporal: `ActivityEnvironment` runs the activity as an attempt of a worker's. Started again with the
same name it is the next attempt. SIGINT cancels the activity as its workflow would, SIGTERM as a worker that stops.
"""

import asyncio
import os
import signal
import sys
from dataclasses import replace
from datetime import timedelta

from axme_inbox.temporal import intent
from temporalio import activity
from temporalio.activity import ActivityCancellationDetails
from temporalio.testing import ActivityEnvironment

WITHIN = float(os.environ.get("WITHIN_SECONDS", "86400"))


@activity.defn
async def refund(order: str, euros: int) -> str:
    async with intent("refunds.settle.v1", {"order": order, "euros": euros}, to="temporal") as work:
        decision = await work.wait_for_human(f"Refund {order}?", editable_fields=["euros"], within=WITHIN)
        if decision.approved:
            euros = decision.data.get("approved", {}).get("euros", euros)

            def pay() -> str:
                print(f"paying {euros} for {order}", flush=True)
                return f"paid {euros}"

            work.result = {"said": await work.step("pay", pay)}
        else:
            work.result = {"said": f"not paid: {decision.outcome}"}
    return str(work.result["said"])


async def main(run: str) -> None:
    attempt = ActivityEnvironment()
    attempt.info = replace(attempt.info, workflow_id=run, heartbeat_timeout=timedelta(seconds=3))
    attempt.on_heartbeat = lambda *_: print("heartbeat", flush=True)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, attempt.cancel, ActivityCancellationDetails(cancel_requested=True))
    loop.add_signal_handler(signal.SIGTERM, attempt.cancel, ActivityCancellationDetails(worker_shutdown=True))
    print(f"done {await attempt.run(refund, run, 40)}", flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
