"""From a document to a program: who does each step, what comes after it, and what is wrong with it, by path.

A document is taken as public programs write it; what is odd but has one meaning is warned about.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from intents.kernel.actors import Tenant
from intents.kernel.addresses import SCHEME, ensure_no_run, local_name
from intents.kernel.errors import DomainError, InvalidField
from intents.scenarios import kinds
from intents.scenarios.kinds import Compiling

AGENT, HUMAN, NOTHING = "agent", "human", "pass"
END = "end"
"""What `on_success` and `on_failure` say to end the run there, where no step has this id."""

Problem = tuple[str, str]
"""A path in the document, and what is wrong there."""


@dataclass(slots=True)
class Compiled:
    """The `program` of a document; of one with `errors`, as far as it goes."""

    program: dict[str, Any]
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


def compile_document(*, document: Mapping[str, Any], actor: Tenant) -> Compiled:
    """The program of a document, which `intents.schemas.bundles` has read. It says nothing of one run."""
    made = Compiled({})
    raw, path = document["steps"], document["steps_at"]
    agents = {one["role"]: one for one in document["agents"]}
    humans = {one["role"]: one for one in document["humans"]}
    _check_roles(document, made)
    _check_agents(document["agents"], actor, made)
    ids = [one["step_id"] for one in raw]
    for place, step_id in enumerate(ids):
        if step_id in ids[:place]:
            made.errors.append((f"{path}.{place}.step_id", f"another step is called {step_id}"))
    steps: list[dict[str, Any]] = []
    for place, one in enumerate(raw):
        here = f"{path}.{place}"
        at = Compiling(
            actor=actor,
            path=here,
            agents=agents,
            humans=humans,
            document=document,
            warn=lambda where, what: made.warnings.append((where, what)),
        )
        try:
            kind = _kind(one, at)
            own = kinds.of(kind).compile(one, at)
        except InvalidField as refusal:
            made.errors.append((refusal.details["field"], refusal.reason))
            continue
        except DomainError as refusal:
            made.errors.append((here, refusal.message))
            continue
        follows = ids[place + 1] if place + 1 < len(ids) else None
        steps.append(_common(one, kind, follows) | own)
    _check_targets(raw, path, ids, made)
    if not made.errors:
        _check_loops(steps, made)
    entry = document["entry_step"]
    if entry and entry not in ids:
        made.errors.append((document["entry_at"], f"no step is called {entry}"))
    made.program = {
        "scenario_id": document["scenario_id"],
        "title": document["title"],
        "intent_type": document["intent"]["type"],
        "entry": entry or (ids[0] if ids else None),
        "agents": list(agents.values()),
        "humans": list(humans.values()),
        "steps": steps,
    }
    return made


def _common(raw: Mapping[str, Any], kind: str, follows: str | None) -> dict[str, Any]:
    """What a program keeps of each step. Without `on_success` the next one listed follows."""
    after = raw.get("on_success") or follows
    failed = raw.get("on_failure") or None
    retry = raw.get("retry") or {}
    return {
        "step_id": raw["step_id"],
        "kind": kind,
        "title": _title(raw),
        "role": raw.get("assigned_to") or "",
        "on_success": after,
        "on_failure": failed,
        "deadline_seconds": raw.get("step_deadline_seconds"),
        "max_retries": retry.get("max_retries", 0),
        "retry_delay_seconds": retry.get("retry_delay_seconds", 30),
        "remind_after_seconds": raw.get("remind_after_seconds"),
        "remind_interval_seconds": raw.get("remind_interval_seconds"),
        "max_reminders": raw.get("max_reminders"),
        "escalate_to": raw.get("escalate_to") or None,
    }


def _title(raw: Mapping[str, Any]) -> str:
    task = raw.get("human_task") or {}
    said = task.get("title") or raw.get("description") or str(raw["step_id"]).replace("_", " ").replace("-", " ")
    return str(said)[:255]


def _kind(raw: Mapping[str, Any], at: Compiling) -> str:
    """By whom a step is done. What its `tool_id` says is not asked: public documents call anything by it."""
    if named := raw.get("runtime_type"):
        if named not in kinds.names() or named in (AGENT, HUMAN, NOTHING):
            known = [one for one in kinds.names() if one not in (AGENT, HUMAN, NOTHING)]
            raise InvalidField(at.at("runtime_type"), f"must be one of {', '.join(known)}")
        return str(named)
    assigned = raw.get("assigned_to") or ""
    if raw.get("requires_approval") or (assigned in at.humans and assigned not in at.agents):
        return HUMAN
    if assigned in at.agents or assigned.startswith(SCHEME):
        return AGENT
    addresses = {one["address"] for one in at.agents.values()}
    if assigned in addresses:
        return AGENT
    if assigned and (raw.get("human_task") or "@" in assigned):
        return HUMAN
    if assigned:
        roles = ", ".join([*at.agents, *at.humans]) or "none"
        raise InvalidField(at.at("assigned_to"), f"no agent or human has the role {assigned}; there are: {roles}")
    if raw.get("human_task"):
        return HUMAN
    if raw.get("tool_id") and len(at.agents) == 1:
        at.warn(at.at("assigned_to"), "nobody is named: the only agent does it")
        return AGENT
    if raw.get("tool_id"):
        raise InvalidField(at.at("assigned_to"), "is required: the role of an agent or human")
    at.warn(at.path, "nobody is named and no runtime_type: the run passes over this step")
    return NOTHING


def _check_roles(document: Mapping[str, Any], made: Compiled) -> None:
    seen: set[str] = set()
    for name in ("agents", "humans"):
        for place, one in enumerate(document[name]):
            if one["role"] in seen:
                made.errors.append((f"{name}.{place}.role", f"another one has the role {one['role']}"))
            seen.add(one["role"])


def ensure_agents_address(address: str, actor: Tenant) -> None:
    """Raises InvalidAddress, AgentNotFound for what can be no agent's address in the workspace of `actor`."""
    ensure_no_run(local_name(address, org=actor.org_slug, workspace=actor.workspace_slug))


def _check_agents(agents: Sequence[Mapping[str, Any]], actor: Tenant, made: Compiled) -> None:
    for place, one in enumerate(agents):
        try:
            ensure_agents_address(one["address"], actor)
        except DomainError as refusal:
            made.errors.append((f"agents.{place}.address", refusal.message))


def _check_targets(raw: Sequence[Mapping[str, Any]], path: str, ids: Sequence[str], made: Compiled) -> None:
    """Whether each step leads somewhere, and is led to."""
    failing = {one.get("on_failure") for one in raw}
    for place, one in enumerate(raw):
        for name in ("on_success", "on_failure"):
            target = one.get(name)
            if target and target != END and target not in ids:
                made.errors.append((f"{path}.{place}.{name}", f"no step is called {target}"))
        follows = ids[place + 1] if place + 1 < len(ids) else None
        if not one.get("on_success") and follows in failing and follows is not None:
            words = f'the next step, {follows}, follows a success too: say "on_success": "{END}" to end the run here'
            made.warnings.append((f"{path}.{place}.on_success", words))


def _check_loops(steps: Sequence[Mapping[str, Any]], made: Compiled) -> None:
    """Steps that never wait would go round for ever."""
    instant = {one["step_id"]: one for one in steps if kinds.of(one["kind"]).instant}
    for start in instant:
        place, seen = start, set()
        while place in instant and place not in seen:
            seen.add(place)
            place = instant[place]["on_success"]
        if place in seen:
            made.errors.append(("workflow.steps", f"{place} leads back to itself, and no step between waits"))
            return
