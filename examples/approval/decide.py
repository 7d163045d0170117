"""Decides what waits for the demo manager: env $(cat var/demo.env) .venv/bin/python examples/approval/decide.py approve

A machine key alone can never do this: the decision is the person's, by their token.
"""

import os
import sys

import httpx
from axme import AxmeClient, AxmeClientConfig

decision = sys.argv[1] if len(sys.argv) > 1 else "approve"
token = os.environ["AXME_ACTOR_TOKEN"]
manager = AxmeClient(
    AxmeClientConfig(base_url=os.environ["AXME_BASE_URL"], api_key=os.environ["AXME_API_KEY"], actor_token=token)
)
mine = httpx.get(
    f"{os.environ['AXME_BASE_URL']}/v1/me/tasks", headers={"Authorization": f"Bearer {token}"}, timeout=30
).raise_for_status()
for task in mine.json()["tasks"]:
    made = manager.decide_approval(task["task_id"], decision=decision, comment="Decided by the example")
    print(f"{task['human_task']['title']}: {made['approval']['decision']}")
