"""Microsoft Agent Framework: approvals of tools and requests of workflows are put to people, whose answers go back."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from agent_framework import Agent, AgentSession, CheckpointStorage, Content, Message, Workflow, WorkflowEvent
from pydantic import TypeAdapter

from axme_inbox.asking import Call, Question, Verdict, answered, ask, by_schema, judge
from axme_inbox.client import Json
from axme_inbox.waits import Decision, Intent, Seconds
from axme_inbox.work import Failed

_ANY = TypeAdapter(Any)


async def run(
    work: Intent, agent: Agent[Any], prompt: str, *, within: Seconds = None, name: str = "run", **more: Any
) -> str:
    """The agent's last words. `name` tells runs of one intent apart; `more` goes to `agent.run`.

    The session is a step after each run, so a run that was over is not asked of the model again. Tools may be called again
    after a crash: let what has effects be done in `work.step`. Arguments can't be changed: the framework approves the
    call that was asked for, or not. A comment of whoever refused is told to the model.
    """
    said: Json = {"session": AgentSession(session_id=work.id).to_dict(), "requests": []}
    given = [Message("user", [prompt])]
    for number in range(1, 1000):
        said = await work.step(f"{name}-{number}", partial(_once, agent, said["session"], given, more))
        if not said["requests"]:
            break
        requests = [Content.from_dict(one) for one in said["requests"]]
        calls = [_call(one) for one in requests]
        verdicts = await judge(work, calls, within=within, run=f"{name}-{number}")
        answers = [one.to_function_approval_response(_allows(verdicts[one.id])) for one in requests]
        refusals = [_refusal(call, verdicts[call.key]) for call in calls if not _allows(verdicts[call.key])]
        given = [Message("user", [*answers, *refusals])]
    return str(said["text"])


async def _once(agent: Agent[Any], before: Json, given: Sequence[Message], more: Json) -> Json:
    session = AgentSession.from_dict(before)
    ended = await agent.run(list(given), session=session, **more)
    if others := {one.type for one in ended.user_input_requests} - {"function_approval_request"}:
        raise Failed(f"people are not asked for {', '.join(sorted(others))}")
    requests = [one.to_dict() for one in ended.user_input_requests]
    return {"session": session.to_dict(), "requests": requests, "text": ended.text}


def _call(request: Content) -> Call:
    called = request.function_call
    return Call(request.id, called.name, called.parse_arguments() or {}, allowed=("approve", "reject"))


def _allows(verdict: Verdict) -> bool:
    return verdict.act == "approve"


def _refusal(call: Call, verdict: Verdict) -> str:
    if verdict.act == "reject":
        return f"{call.name} was refused: {verdict.message or 'no reason was given'}"
    return f"Nobody approved {call.name}: {verdict.by.outcome}."


async def run_workflow(
    work: Intent,
    workflow: Workflow,
    given: Any,
    *,
    storage: CheckpointStorage,
    within: Seconds = None,
    name: str = "workflow",
) -> list[Any]:
    """The outputs of a workflow, as JSON. `given` is what it begins with; `name` tells those of one intent apart.

    `storage` has to outlive the program: a run that was killed goes on from the checkpoint at which it last asked. Executors
    may run again after a crash: let what has effects be done in `work.step`. Raises Unanswered when nobody answers `within`
    that time what knows no refusal.
    """
    said = await work.step(f"{name}-1", partial(_walk, workflow, storage, {"message": given}))
    for number in range(2, 1000):
        if not said["requests"]:
            break
        answers = await _answers(work, f"{name}-{number}", said["requests"], within)
        more: Json = {"responses": answers}
        if said["checkpoint"] != workflow.get_last_checkpoint_id():
            more["checkpoint_id"] = said["checkpoint"]
        said = await work.step(f"{name}-{number}", partial(_walk, workflow, storage, more))
    outputs: list[Any] = said["outputs"]
    return outputs


async def _walk(workflow: Workflow, storage: CheckpointStorage, more: Json) -> Json:
    ended = await workflow.run(**more, checkpoint_storage=storage)
    requests = [_request(event) for event in ended.get_request_info_events()]
    checkpoint = None
    if requests:
        ids = [one["id"] for one in requests]
        checkpoint = await workflow.resolve_pause_checkpoint_id(ids, checkpoint_storage=storage)
        if checkpoint is None:
            raise Failed("the workflow asks, and no checkpoint of that was stored")
    return {"checkpoint": checkpoint, "requests": requests, "outputs": [_json(one) for one in ended.get_outputs()]}


def _json(value: Any) -> Any:
    return value.to_dict() if hasattr(value, "to_dict") else _ANY.dump_python(value, mode="json", fallback=str)


def _request(event: WorkflowEvent[Any]) -> Json:
    """What a workflow asks for, and by which schema it is answered; an approval of a tool by none."""
    found: Json = {"id": event.request_id, "data": _json(event.data), "schema": None}
    if isinstance(event.data, Content) and event.data.type == "function_approval_request":
        return found
    try:
        return found | {"schema": TypeAdapter(event.response_type).json_schema()}
    except Exception as error:
        raise Failed(f"people cannot answer with {event.response_type!r}") from error


async def _answers(work: Intent, run: str, requests: Sequence[Json], within: Seconds) -> Json:
    """What each request is answered with, by its id, so that it is never another's; nor an earlier run's of the same id."""
    decided = await ask(work, [_question(one) for one in requests], within=within, run=run)
    return {one["id"]: _answer(one, decided[one["id"]]) for one in requests}


def _answer(request: Json, decision: Decision) -> Any:
    if request["schema"] is not None:
        return answered(request["schema"], decision)
    asked = Content.from_dict(request["data"])
    return asked.to_function_approval_response(_allows(_call(asked).verdict(decision)))


def _question(request: Json) -> Question:
    key, data = request["id"], request["data"]
    if request["schema"] is None:
        return replace(_call(Content.from_dict(data)).question(), key=key)
    named = (data.get(name) for name in ("question", "message", "prompt", "title")) if isinstance(data, dict) else (data,)
    title = next((one for one in named if isinstance(one, str) and one), "The workflow asks")
    return by_schema(key, title, {"request": data}, request["schema"])
