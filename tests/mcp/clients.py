"""The official MCP client, against a running server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal, TypeVar

import httpx
import httpx2
from mcp.client import ClaimContext, Client, ClientExtension, ResultClaim
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, Request, RequestParams, Result

from tests.load.sites import Site
from tests.mcp.rpc import TASKS

T = TypeVar("T")


@asynccontextmanager
async def connected(site: Site, mode: str, *, key: str = "", web: int = 0, **more: Any) -> AsyncIterator[Client]:
    """A client of the era `mode`: "legacy" opens with a handshake, "auto" finds out what the server speaks."""
    headers = {"x-api-key": key or site.api_key}
    async with httpx2.AsyncClient(headers=headers, timeout=httpx2.Timeout(30, read=120)) as http:
        transport = streamable_http_client(f"{site.urls[web]}/mcp", http_client=http)
        async with Client(transport, mode=mode, **more) as client:
            yield client


def run(work: Callable[[], Awaitable[T]]) -> T:
    """The result of asynchronous work."""

    async def whole() -> T:
        return await work()

    return asyncio.run(whole())


def as_manager(site: Site, method: str, path: str, body: Any = None) -> Any:
    """What the demo's manager, a person, gets from the API."""
    headers = {"authorization": f"Bearer {site.keys['AXME_ACTOR_TOKEN']}"}
    answer = httpx.request(method, f"{site.urls[0]}/v1{path}", json=body, headers=headers, timeout=30)
    return answer.raise_for_status().json()


def task_of(site: Site, intent_id: str) -> str:
    """The id of the task that an intent asks people."""
    (task,) = as_manager(site, "GET", f"/tasks?intent_id={intent_id}")["tasks"]
    return str(task["task_id"])


class TaskParams(RequestParams):
    task_id: str


class GetTask(Request[TaskParams, Literal["tasks/get"]]):
    """As SEP-2663 has it: the official client has no code for tasks, and lets extensions bring theirs."""

    method: Literal["tasks/get"] = "tasks/get"
    params: TaskParams
    name_param = "taskId"


class Task(Result):
    result_type: Literal["task"]
    task_id: str
    status: str
    status_message: str | None = None
    poll_interval_ms: int = 1000


class TaskState(Result):
    task_id: str
    status: str
    status_message: str | None = None
    result: dict[str, Any] | None = None


class Tasks(ClientExtension):
    """Polls a task to its end, and keeps what it saw of it."""

    identifier = TASKS

    def __init__(self, *, waiting: Callable[[Task], None] = lambda task: None, every: float = 0.1) -> None:
        self.seen: list[tuple[str, str | None]] = []
        self._waiting = waiting
        self._every = every

    def claims(self) -> list[ResultClaim[Any]]:
        return [ResultClaim(result_type="task", model=Task, resolve=self._resolve)]

    async def _resolve(self, task: Task, ctx: ClaimContext) -> CallToolResult:
        self.seen.append((task.status, task.status_message))
        await asyncio.to_thread(self._waiting, task)
        while True:
            request = GetTask(params=TaskParams(task_id=task.task_id))
            state = await ctx.session.send_request(request, TaskState)
            self.seen.append((state.status, state.status_message))
            if state.result is not None:
                return CallToolResult.model_validate(state.result)
            await asyncio.sleep(self._every)
