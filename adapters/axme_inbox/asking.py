"""What agents of frameworks put to people: several questions at once, of which each is a task of its own in the inbox."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Literal

from axme_inbox.client import Json
from axme_inbox.waits import Decision, Intent, Seconds, seconds
from axme_inbox.work import Failed

INTENT_TYPE = "agent.question.v1"
_LENGTH = 200


class Unanswered(Failed):
    """Nobody answered what cannot go on without an answer; `outcome` is `expired`, `canceled` or `failed`."""

    def __init__(self, outcome: str) -> None:
        self.outcome = outcome
        super().__init__(f"the question was not answered: {outcome}")


@dataclass(frozen=True, slots=True)
class Question:
    """`key` is the same after a restart; `task` are fields of a human task."""

    key: str
    title: str
    payload: Json
    task: Json = field(default_factory=dict)

    def intent(self, to: str, until: datetime | None) -> Json:
        task = {"title": self.title[:_LENGTH]} | self.task
        body = {"intent_type": INTENT_TYPE, "to_agent": to, "payload": self.payload, "human_task": task}
        return body | ({"deadline_at": until.isoformat()} if until else {})


async def ask(work: Intent, questions: Sequence[Question], *, within: Seconds = None, run: str = "") -> dict[str, Decision]:
    """What people decided, by the questions' keys. The outcome is `expired` when nobody did within that time, `canceled` or
    `failed` when somebody ended the question itself. `run` tells apart what has the same keys, as ids of calls may be in
    each run. Raises Failed for two of one key: which of them is approved could not be told."""
    # In an order of their own: a framework may tell them in another one after a restart.
    asked = {one.key: one for one in sorted(questions, key=lambda one: one.key)}
    if len(asked) < len(questions):
        raise Failed("two questions of one key could not be told apart")
    until = datetime.now(UTC) + timedelta(seconds=seconds(within)) if within is not None else None
    to = str(work.delivery["to_agent"])
    name = "ask-" + hashlib.sha256("\n".join([run, *asked]).encode()).hexdigest()[:32]
    ended = await work.wait_for_agent(*(one.intent(to, until) for one in asked.values()), name=name)
    who: list[str | None] = await work.step(f"{name}.who", partial(_who, work, ended))
    return {key: _decision(end, by) for key, end, by in zip(asked, ended, who, strict=True)}


async def _who(work: Intent, ended: Sequence[Json]) -> list[str | None]:
    """Who decided each, by their email addresses."""
    found = [await work.client.get("/v1/tasks", state="decided", intent_id=end["intent_id"]) for end in ended]
    return [next((task.get("decided_by") for task in one["tasks"]), None) for one in found]


def _decision(end: Json, by: str | None) -> Decision:
    if end["status"] == "COMPLETED":
        return Decision.of(end["result"], by)
    return Decision.of({"outcome": {"TIMED_OUT": "expired", "CANCELED": "canceled"}.get(end["status"], "failed")})


Act = Literal["approve", "edit", "reject", "respond"]


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a tool that a model asks for, and what people may do about it."""

    key: str
    name: str
    args: Json
    description: str = ""
    allowed: Sequence[Act] = ("approve", "edit", "reject")
    task: Json = field(default_factory=dict)

    def question(self) -> Question:
        acts = {"approve": "approved", "reject": "rejected", "respond": "respond"}
        wanted = {"approve" if act == "edit" else act: None for act in self.allowed}
        task: Json = {"allowed_outcomes": [acts[act] for act in wanted], "description": self.description}
        if "respond" in wanted:
            task["outcome_labels"] = {"respond": "Answer for the tool"}
        if "edit" in self.allowed:
            task["editable_fields"] = editable("/arguments", self.args)
        payload = {"tool": self.name, "arguments": self.args}
        return Question(self.key, f"Call {self.name}?", payload, {k: v for k, v in task.items() if v} | self.task)

    def verdict(self, decision: Decision) -> "Verdict":
        text = decision.comment or ""
        if decision.outcome == "approved":
            args = changed("/arguments", self.args, decision)
            if args == self.args:
                return Verdict("approve", self.args, text, decision)
            if args is None or "edit" not in self.allowed:
                return Verdict("reject", self.args, OTHERWISE, decision)
            return Verdict("edit", args, text, decision)
        if decision.outcome == "respond" and text.strip():
            return Verdict("respond", self.args, text, decision)
        if decision.outcome == "rejected":
            return Verdict("reject", self.args, text, decision)
        return Verdict("unanswered", self.args, text, decision)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`act` is what was decided of a call; `unanswered` when nobody decided, or somebody answered for the tool with nothing.
    `args` are those to call the tool with, changed or not."""

    act: Act | Literal["unanswered"]
    args: Json
    message: str
    by: Decision


async def judge(work: Intent, calls: Sequence[Call], *, run: str, within: Seconds = None) -> dict[str, Verdict]:
    """What people say of the calls of a run, by their keys. Only `approve` and `edit` allow one."""
    decided = await ask(work, [call.question() for call in calls], within=within, run=run)
    return {call.key: call.verdict(decided[call.key]) for call in calls}


OTHERWISE = "It was approved with other values, which cannot be given here."


def editable(at: str, values: Json) -> list[str]:
    """Pointers to those that people may change, of values that are `at` this place of a payload."""
    return [_pointer(at, name) for name in _editable(values)]


def changed(at: str, values: Json, decision: Decision) -> Json | None:
    """The values as they were approved. They come under the pointers that were sent, or their names. None when others were
    approved than people may change: where nothing may be, the server takes any data."""
    approved = decision.data.get("approved")
    if not isinstance(approved, dict):  # yes is but another word for the outcome
        return values
    names = {key: name for name in _editable(values) for key in (name, _pointer(at, name))}
    if not approved.keys() <= names.keys():
        return None
    return values | {names[key]: value for key, value in approved.items()}


def _editable(values: Json) -> list[str]:
    return [name for name, value in values.items() if isinstance(value, str | int | float)][:20]


def _pointer(at: str, name: str) -> str:
    return f"{at}/" + name.replace("~", "~0").replace("/", "~1")


_SAYS = {"type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref"}


def by_schema(key: str, title: str, payload: Json, schema: Json) -> Question:
    """A question whose answer is of a JSON Schema: yes or no, an object, or one value; a text where nothing is said."""
    kind = schema.get("type")
    if kind == "boolean":
        return Question(key, title, payload)
    if kind == "object":
        return Question(key, title, payload, {"task_type": "form", "form_schema": schema})
    wanted = {name: value for name, value in schema.items() if name != "$defs"}
    if kind == "string" or not _SAYS & schema.keys():
        wanted = {"type": "string", "minLength": 1} | wanted
    form: Json = {"type": "object", "properties": {"answer": wanted}, "required": ["answer"]}
    if "$defs" in schema:  # which references look for at the root
        form["$defs"] = schema["$defs"]
    return Question(key, title, payload, {"task_type": "clarification", "form_schema": form})


def answered(schema: Json, decision: Decision) -> Any:
    """What people said to a question `by_schema`. Raises Unanswered when they said nothing."""
    if decision.outcome not in {"approved", "rejected", "submitted", "provided"}:
        raise Unanswered(decision.outcome)
    if schema.get("type") == "boolean":
        return decision.approved
    return decision.data if schema.get("type") == "object" else decision.data["answer"]
