"""MCP tools by which agents and people see what people are asked. Deciding is none of them: people decide where they are
shown all of it, by themselves."""

from typing import Any

from django.conf import settings
from pydantic import Field

from inbox.schemas import shapes, shown
from inbox.tasks import lists, selectors
from inbox.tasks.models import Task
from inbox.vocabulary.lifecycle import LIVE
from intents.api import cursors
from intents.api.common import as_id
from intents.kernel.actors import Person
from intents.kernel.batches import readable
from intents.mcp.registry import Arguments, Call, McpTool, ToolAnswer


class WantedTasks(Arguments):
    """Which page."""

    limit: int = Field(20, ge=1, le=100, strict=True)
    cursor: str | None = Field(None, max_length=256, description="next_cursor of the page before.")


class WantedTask(Arguments):
    """Which task."""

    task_id: str = Field(description="Its id, as axme.list_tasks tells it.", max_length=64)


def _list(call: Call, given: WantedTasks) -> ToolAnswer:
    if isinstance(call.actor, Person):
        page = lists.inbox(call.actor, view=lists.View.WAITING, limit=given.limit, cursor=given.cursor)
        return ToolAnswer({"tasks": readable(page.tasks, _summary), "next_cursor": page.next_cursor})
    found = selectors.tasks(call.actor).filter(state__in=sorted(LIVE)).order_by("-id")
    if given.cursor is not None:
        found = found.filter(id__lt=cursors.parse("t", given.cursor))
    rows = list(found[: given.limit + 1])
    page_of = rows[: given.limit]
    more = cursors.cursor("t", page_of[-1].id) if len(rows) > given.limit else None
    return ToolAnswer({"tasks": readable(page_of, _summary), "next_cursor": more})


def _get(call: Call, given: WantedTask) -> ToolAnswer:
    row = selectors.task(call.actor, as_id(given.task_id, "task"))
    told = shown.whole(call.actor, row) | {"url": _url(row)}
    return ToolAnswer({"task": told}, more={"intent_id": str(row.intent_id)})


def _summary(row: Task) -> dict[str, Any]:
    return shapes.summary(row) | {"url": _url(row)}


def _url(row: Task) -> str:
    """Where people decide it."""
    return f"{settings.BASE_URL}/inbox/{row.id}"


LIST_TASKS = McpTool(
    name="axme.list_tasks",
    title="List what people are asked",
    description="What waits for people to decide: with a person's token what waits for them, the most urgent first; with a "
    "key what was asked about the intents that it may see, newest first. People decide it at its url; you cannot.",
    arguments=WantedTasks,
    run=_list,
    reads=True,
)
GET_TASK = McpTool(
    name="axme.get_task",
    title="Get what people are asked",
    description="One task with the facts that are decided about, who may decide it, what was said about it and, once it is "
    "decided, by whom and how. People decide it at its url; you cannot.",
    arguments=WantedTask,
    run=_get,
    reads=True,
)
