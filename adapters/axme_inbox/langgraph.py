"""LangGraph: what a graph interrupts for is put to people, and the graph goes on with what they said.

The values understood are those that Agent Inbox and the human-in-the-loop middleware of LangChain send, and any other: a
text or object with or without a `response_schema`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, Interrupt

from axme_inbox.asking import Act, Call, Question, Unanswered, Verdict, answered, ask, by_schema
from axme_inbox.client import Json
from axme_inbox.waits import Decision, Intent, Seconds

Graph = CompiledStateGraph[Any, Any, Any, Any]


async def run(work: Intent, graph: Graph, given: Any, *, config: RunnableConfig, within: Seconds = None) -> Any:
    """The values of the graph at its end. `given` is what it begins with, unless its thread has begun before; it needs a
    checkpointer that outlives the program. Raises Unanswered when nobody answers `within` that time what knows no refusal.

    A node runs again from its beginning when it goes on: let it do what has effects in `work.step`.
    """
    state = await graph.aget_state(config)
    if state.created_at is None:
        await graph.ainvoke(given, config)
    elif state.next and not state.interrupts:
        await graph.ainvoke(None, config)
    while pending := (await graph.aget_state(config)).interrupts:
        answers = await _answers(work, pending, within)
        await graph.ainvoke(Command(resume=answers), config)
    return (await graph.aget_state(config)).values


async def _answers(work: Intent, pending: Sequence[Interrupt], within: Seconds) -> Json:
    """What each interrupt is resumed with, by its id: also where there is only one, so that it is never another's."""
    read = {one.id: _read(one) for one in pending}
    calls = [call for one in read.values() for call in one.calls]
    questions = [one.question for one in read.values() if one.question]
    decided = await ask(work, [*(call.question() for call in calls), *questions], within=within)
    verdicts = {call.key: call.verdict(decided[call.key]) for call in calls}
    return {key: one.answer(verdicts, decided) for key, one in read.items()}


@dataclass(frozen=True, slots=True)
class _Read:
    """An interrupt as calls of tools, or as one question."""

    calls: Sequence[Call]
    question: Question | None
    answer: Callable[[dict[str, Verdict], dict[str, Decision]], Any]


def _read(one: Interrupt) -> _Read:
    value = one.value
    if isinstance(value, dict) and "action_requests" in value:
        return _of_middleware(one.id, value)
    if isinstance(value, dict) and value.get("type") == "tool_approval":
        allowed = _allowed(one.response_schema)
        call = Call(one.id, value["name"], value["args"], value.get("description", ""), allowed)
        return _Read([call], None, lambda verdicts, _: _decision(call, verdicts[call.key]))
    listed = value if isinstance(value, list) else [value]
    if listed and all(isinstance(each, dict) and "action_request" in each for each in listed):
        return _of_inbox(one.id, listed, isinstance(value, list))
    return _of_question(one)


_ALL: Sequence[Act] = ("approve", "edit", "reject", "respond")


def _allowed(schema: Any) -> Sequence[Act]:
    """The decisions that the schema of an answer lists, by the constants of its `type`."""
    text = str(schema)
    return [act for act in _ALL if f"'{act}'" in text] or ["approve", "reject"]


def _of_middleware(key: str, value: Json) -> _Read:
    """A request of the middleware in its batched mode: several calls, one answer with a decision for each."""
    allowed = {each["action_name"]: each["allowed_decisions"] for each in value.get("review_configs", ())}
    calls = [
        Call(f"{key}-{n}", each["name"], each["args"], each.get("description", ""), allowed.get(each["name"], _ALL))
        for n, each in enumerate(value["action_requests"])
    ]
    return _Read(calls, None, lambda verdicts, _: {"decisions": [_decision(call, verdicts[call.key]) for call in calls]})


def _decision(call: Call, verdict: Verdict) -> Json:
    if verdict.act == "approve":
        return {"type": "approve"}
    if verdict.act == "edit":
        return {"type": "edit", "edited_action": {"name": call.name, "args": verdict.args}}
    if verdict.act == "respond":
        return {"type": "respond", "message": verdict.message}
    if verdict.act == "reject":
        return {"type": "reject"} | ({"message": verdict.message} if verdict.message else {})
    raise Unanswered(verdict.by.outcome)


def _of_inbox(key: str, listed: Sequence[Json], plural: bool) -> _Read:
    """Requests of Agent Inbox, whose answers are a list too."""

    def allowed(config: Json) -> Sequence[Act]:
        names: dict[Act, str] = {"approve": "accept", "edit": "edit", "reject": "ignore", "respond": "respond"}
        return [act for act, name in names.items() if config.get(f"allow_{name}")]

    calls = [
        Call(
            f"{key}-{n}",
            each["action_request"]["action"],
            each["action_request"].get("args", {}),
            each.get("description") or "",
            allowed(each.get("config", {})) or ["approve", "reject"],
        )
        for n, each in enumerate(listed)
    ]

    def answer(verdicts: dict[str, Verdict], _: dict[str, Decision]) -> Any:
        told = [_told(call, verdicts[call.key]) for call in calls]
        return told if plural else told[0]

    return _Read(calls, None, answer)


def _told(call: Call, verdict: Verdict) -> Json:
    if verdict.act == "approve":
        return {"type": "accept", "args": None}
    if verdict.act == "edit":
        return {"type": "edit", "args": {"action": call.name, "args": verdict.args}}
    if verdict.act == "respond":
        return {"type": "response", "args": verdict.message}
    if verdict.act == "reject":
        return {"type": "ignore", "args": verdict.message or None}
    raise Unanswered(verdict.by.outcome)


def _of_question(one: Interrupt) -> _Read:
    """Anything else: an object by the schema of the answer, yes or no, or a text."""
    schema = one.response_schema if isinstance(one.response_schema, dict) else {}
    text = one.value if isinstance(one.value, str) else one.value.get("question") if isinstance(one.value, dict) else None
    question = by_schema(one.id, str(text or "The agent asks"), {"question": one.value}, schema)
    return _Read([], question, lambda _, decided: answered(schema, decided[one.id]))
