"""OpenAI Agents SDK: what interrupts a run for approval is put to people, and the run goes on from its stored state."""

import json
from functools import partial
from typing import Any

from agents import Agent, RunConfig, Runner, RunState
from agents.items import ToolApprovalItem

from axme_inbox.asking import Call, Verdict, judge
from axme_inbox.client import Json
from axme_inbox.waits import Intent, Seconds


async def run(
    work: Intent,
    agent: Agent[Any],
    given: Any,
    *,
    within: Seconds = None,
    config: RunConfig | None = None,
    name: str = "run",
) -> Any:
    """The agent's final output. `given` is what it begins with; `name` tells runs of one intent apart.

    The state at each interruption is a step, in the SDK's own versioned form, so a run that was killed goes on from the last
    one. Tools may be called again after a crash: let what has effects be done in `work.step`. Each approval is of one call:
    `always_approve` is never set, for people were asked about one. Arguments can't be changed: the SDK has no way to say so.
    """
    said: Json = {"state": None}
    verdicts: dict[str, Verdict] = {}
    for number in range(1, 1000):
        said = await work.step(f"{name}-{number}", partial(_once, agent, given, said, verdicts, config))
        if "output" in said:
            break
        state = await RunState.from_json(agent, said["state"])
        calls = [_call(item) for item in state.get_interruptions()]
        verdicts = await judge(work, calls, within=within, run=f"{name}-{number}")
    return said["output"]


async def _once(agent: Agent[Any], given: Any, said: Json, verdicts: dict[str, Verdict], config: RunConfig | None) -> Json:
    if said["state"] is not None:
        given = await RunState.from_json(agent, said["state"])
        for item in given.get_interruptions():
            _tell(given, item, verdicts[_call(item).key])
    result = await Runner.run(agent, given, run_config=config)
    if result.interruptions:
        return {"state": result.to_state().to_json()}
    output = result.final_output
    return {"output": output.model_dump(mode="json") if hasattr(output, "model_dump") else output}


def _call(item: ToolApprovalItem) -> Call:
    raw: Any = item.raw_item
    read = raw.get if isinstance(raw, dict) else lambda name: getattr(raw, name, None)
    sent = read("arguments") or "{}"
    args = json.loads(sent) if isinstance(sent, str) else sent
    return Call(str(read("call_id") or read("id")), item.tool_name or "a tool", args, allowed=("approve", "reject"))


def _tell(state: RunState[Any, Any], item: ToolApprovalItem, verdict: Verdict) -> None:
    if verdict.act == "approve":
        state.approve(item)
    elif verdict.act == "reject":
        state.reject(item, rejection_message=verdict.message or None)
    else:
        state.reject(item, rejection_message=f"Nobody approved this call: {verdict.by.outcome}.")
