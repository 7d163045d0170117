"""Temporal: an activity that waits for a person, and whatever else an intent waits for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from axme_inbox import running, submitting
from axme_inbox.client import Client, Json, Refused, opened
from axme_inbox.waits import Intent
from axme_inbox.work import Failed, Over

HEARTBEAT = timedelta(seconds=10)


@asynccontextmanager
async def intent(
    intent_type: str, payload: Json, *, to: str, client: Client | None = None, **fields: object
) -> AsyncIterator[Intent]:
    """`axme_inbox.intent` in an async activity: its next attempt, on any worker, goes on with the same intent behind what is
    stored, for its key is the activity's. It heartbeats three times in the `heartbeat_timeout`, which a worker that dies
    needs to be noticed soon; `start_to_close_timeout` has to be as long as people may take.

    When the workflow cancels the activity the intent is canceled, and the question with it; when a worker stops it stays.
    An intent that ended otherwise, or `Failed`, is an ApplicationError that is not tried again, of the type `Over` or of
    the exception's name.
    """
    info = activity.info()
    run = info.workflow_run_id or info.activity_run_id
    key = f"temporal-{info.namespace}-{info.workflow_id}-{run}-{info.activity_id}"
    async with opened(client) as api:
        made = await submitting.submit(to, payload, intent_type=intent_type, key=key, client=api, **fields)
        beating = asyncio.create_task(_heartbeats((info.heartbeat_timeout or HEARTBEAT * 3) / 3))
        try:
            async with running.intent(intent_type, payload, to=to, key=key, client=api, **fields) as work:
                yield work
        except (Over, Failed) as error:
            raise ApplicationError(str(error), type=type(error).__name__, non_retryable=True) from error
        except asyncio.CancelledError:
            details = activity.cancellation_details()
            if details is not None and details.cancel_requested:
                with suppress(Refused):
                    why = {"status": "CANCELED", "reason": "the workflow canceled the activity"}
                    await api.post(f"/v1/intents/{made.id}/resolve", why)
            raise
        finally:
            beating.cancel()


async def _heartbeats(every: timedelta) -> None:
    while True:
        activity.heartbeat()
        await asyncio.sleep(every.total_seconds())
