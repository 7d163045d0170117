"""A planner and its scouts by Celery, with a Redis (BROKER_URL, redis://127.0.0.1:6379/0 when absent):

    .venv/bin/celery --workdir examples/trip_by_celery --app tasks worker --concurrency 1

What ../parallel_children/agent.py does by intents. docs/migrate-from-celery.md tells what becomes of a trip when this is
killed.
"""

import os
import time
from typing import Any

from celery import Celery

URL = os.environ.get("BROKER_URL", "redis://127.0.0.1:6379/0")

app = Celery("trips", broker=URL, backend=URL)


@app.task
def scout(city: str, seconds: float) -> dict[str, Any]:
    print(f"scouting {city}")
    time.sleep(seconds)
    return {"city": city, "price": len(city) * 10}


@app.task
def cheapest(found: list[dict[str, Any]]) -> dict[str, Any]:
    return min(found, key=lambda city: city["price"])
