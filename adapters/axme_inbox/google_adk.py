"""Google ADK: confirmations of tools and requests for input are put to people, and the app resumes with what they said."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from google.adk.events import Event
from google.adk.runners import Runner
from google.adk.sessions import Session
from google.genai import types

from axme_inbox.asking import OTHERWISE, Question, ask, by_schema, changed, editable
from axme_inbox.asking import answered as answered_by
from axme_inbox.client import Json
from axme_inbox.waits import Decision, Intent, Seconds
from axme_inbox.work import Failed

CONFIRMATION, INPUT = "adk_request_confirmation", "adk_request_input"


async def run(work: Intent, runner: Runner, prompt: str, *, user_id: str, session_id: str, within: Seconds = None) -> str:
    """The last words of the runner's app, which has to be resumable, with a session service that outlives the program.
    `prompt` is what the session begins with, unless it has begun before: each intent has one of its own.

    Each confirmation is answered by its own id. What a tool gave as the `payload` of `request_confirmation` people may
    change; a call's arguments they can't. A tool may be called again after a crash: let it do what has effects in
    `work.step`. Raises Unanswered when nobody answers `within` that time what knows no refusal.
    """
    config = runner.resumability_config
    if config is None or not config.is_resumable:
        raise ValueError("the app has to be resumable: App(..., resumability_config=ResumabilityConfig(is_resumable=True))")
    where = {"user_id": user_id, "session_id": session_id}

    async def session() -> Session:
        service, name = runner.session_service, runner.app_name
        return await service.get_session(app_name=name, **where) or await service.create_session(app_name=name, **where)

    async def go_on(**more: Any) -> None:
        async for _ in runner.run_async(**where, **more):
            pass

    events = (await session()).events
    if not events:
        await go_on(new_message=types.Content(role="user", parts=[types.Part(text=prompt)]))
    elif not _pending(events) and not (_is_over(events) and events[-1].author == runner.agent.name):
        # Where an agent inside the app ended last, the others have not begun, or nothing is left to do.
        await go_on(invocation_id=events[-1].invocation_id)
    while pending := _pending(events := (await session()).events):
        parts = await _answers(work, pending, within)
        await go_on(new_message=types.Content(role="user", parts=parts), invocation_id=events[-1].invocation_id)
    if not _is_over(events):
        raise Failed("the app waits for what people are not asked for")
    return next((text for event in reversed(events) if (text := _text(event))), "")


def _is_over(events: Sequence[Event]) -> bool:
    return bool(events[-1].actions.end_of_agent)


def _text(event: Event) -> str:
    parts = event.content.parts if event.content and event.author != "user" else None
    return "".join(part.text for part in parts or () if part.text and not part.thought)


def _pending(events: Sequence[Event]) -> dict[str, types.FunctionCall]:
    """What was asked for and not answered yet, by a key of its own: an id may be asked for again once it is answered."""
    told = Counter(one.id for event in events if event.author == "user" for one in event.get_function_responses())
    asked: Counter[str | None] = Counter()
    found: dict[str, types.FunctionCall] = {}
    for call in (one for event in events for one in event.get_function_calls()):
        if call.name in {CONFIRMATION, INPUT}:
            asked[call.id] += 1
            if asked[call.id] > told[call.id]:
                found[f"{call.id}-{asked[call.id]}"] = call
    return found


async def _answers(work: Intent, pending: dict[str, types.FunctionCall], within: Seconds) -> list[types.Part]:
    decided = await ask(work, [_question(key, call) for key, call in pending.items()], within=within)
    return [
        types.Part(
            function_response=types.FunctionResponse(id=call.id, name=call.name, response=_answer(call, decided[key]))
        )
        for key, call in pending.items()
    ]


def _question(key: str, call: types.FunctionCall) -> Question:
    args: Json = call.args or {}
    if call.name == INPUT:
        payload = {"request": args.get("payload")} if args.get("payload") is not None else {}
        return by_schema(key, str(args.get("message") or "The agent asks"), payload, _schema(args))
    asked, told = args["originalFunctionCall"], args["toolConfirmation"]
    payload = {"tool": asked["name"], "arguments": asked.get("args", {})}
    task: Json = {"allowed_outcomes": ["approved", "rejected"]}
    if isinstance(told.get("payload"), dict):
        payload["confirmation"] = told["payload"]
        task["editable_fields"] = editable("/confirmation", told["payload"])
    # The hint of tools that are always confirmed is for programs.
    if told.get("hint") and "FunctionResponse" not in told["hint"]:
        task["description"] = told["hint"]
    return Question(key, f"Call {asked['name']}?", payload, task)


def _schema(args: Json) -> Json:
    schema = args.get("response_schema") or args.get("responseSchema")
    return schema if isinstance(schema, dict) else {}


def _answer(call: types.FunctionCall, decision: Decision) -> Json:
    """A confirmation says no unless people approved; its hint then says why."""
    args: Json = call.args or {}
    if call.name == INPUT:
        given = answered_by(_schema(args), decision)
        return given if isinstance(given, dict) else {"result": given}
    payload = args["toolConfirmation"].get("payload")
    values = changed("/confirmation", payload if isinstance(payload, dict) else {}, decision)
    if decision.approved and values is not None:
        return {"confirmed": True, "payload": values if isinstance(payload, dict) else payload}
    why = decision.comment or "" if decision.outcome == "rejected" else f"Nobody approved this call: {decision.outcome}."
    return {"confirmed": False, "hint": OTHERWISE if decision.approved else why, "payload": payload}
