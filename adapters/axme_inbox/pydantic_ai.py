"""Pydantic AI: deferred tool calls of both kinds are put to people, and the agent's run goes on with what they said."""

from functools import partial
from typing import Any

from pydantic import TypeAdapter
from pydantic_ai import Agent
from pydantic_ai.messages import ModelMessagesTypeAdapter, ToolCallPart
from pydantic_ai.tools import DeferredToolRequests, DeferredToolResults, ToolApproved, ToolDenied

from axme_inbox.asking import Call, Question, Verdict, ask
from axme_inbox.client import Json
from axme_inbox.waits import Decision, Intent, Seconds

_REQUESTS = TypeAdapter(DeferredToolRequests)


async def run(
    work: Intent, agent: Agent[Any, Any], prompt: str, *, within: Seconds = None, name: str = "run", **more: Any
) -> Any:
    """The agent's output, as JSON; its `output_type` has to include DeferredToolRequests. `name` tells runs of one intent
    apart; `more` goes to `agent.run`.

    What each run came to is a step, so a run that was over is not asked of the model again. Within one, a tool may be called
    again after a crash: let it do what has effects in `work.step`.
    """
    said: Json = {"messages": [], "requests": None}
    results: DeferredToolResults | None = None
    for number in range(1, 1000):
        said = await work.step(f"{name}-{number}", partial(_once, agent, prompt, said, results, more))
        if said["requests"] is None:
            break
        results = await _answers(work, f"{name}-{number}", _REQUESTS.validate_python(said["requests"]), within)
    return said["output"]


async def _once(agent: Agent[Any, Any], prompt: str, said: Json, results: DeferredToolResults | None, more: Json) -> Json:
    """What a run said, after what was `said` before and with the results that it waited for."""
    history = ModelMessagesTypeAdapter.validate_python(said["messages"])
    asked = None if results else prompt
    ended = await agent.run(asked, message_history=history or None, deferred_tool_results=results, **more)
    messages = ModelMessagesTypeAdapter.dump_python(ended.all_messages(), mode="json")
    if isinstance(ended.output, DeferredToolRequests):
        return {"messages": messages, "requests": _REQUESTS.dump_python(ended.output, mode="json")}
    return {"messages": messages, "requests": None, "output": TypeAdapter(Any).dump_python(ended.output, mode="json")}


async def _answers(work: Intent, run: str, requests: DeferredToolRequests, within: Seconds) -> DeferredToolResults:
    asked = [_call(part) for part in requests.approvals]
    questions = [_question(part) for part in requests.calls]
    decided = await ask(work, [*(call.question() for call in asked), *questions], within=within, run=run)
    return requests.build_results(
        approvals={call.key: _approval(call.verdict(decided[call.key])) for call in asked},
        calls={one.key: _result(decided[one.key]) for one in questions},
        answered_by={key: decision.by for key, decision in decided.items() if decision.by},
    )


def _call(part: ToolCallPart) -> Call:
    return Call(part.tool_call_id, part.tool_name, part.args_as_dict(), allowed=("approve", "edit", "reject"))


def _approval(verdict: Verdict) -> ToolApproved | ToolDenied:
    if verdict.act == "approve":
        return ToolApproved()
    if verdict.act == "edit":
        return ToolApproved(override_args=verdict.args)
    if verdict.act == "reject":
        return ToolDenied(verdict.message or "A person refused this call.")
    return ToolDenied(f"Nobody approved this call: {verdict.by.outcome}.")


def _question(part: ToolCallPart) -> Question:
    """A call whose result people give: the answer to a question, or what they did elsewhere."""
    args = part.args_as_dict()
    form = {"type": "object", "properties": {"answer": {"type": "string", "minLength": 1}}, "required": ["answer"]}
    title = str(args.get("question") or f"What is the result of {part.tool_name}?")
    payload = {"tool": part.tool_name, "arguments": args}
    return Question(part.tool_call_id, title, payload, {"task_type": "clarification", "form_schema": form})


def _result(decision: Decision) -> str:
    if decision.outcome == "provided":
        return str(decision.data["answer"])
    return f"Nobody answered: {decision.outcome}. {decision.comment or ''}".strip()
