"""Scenario documents in every layout and with every oddity that public ones have, in words of our own."""

from typing import Any

WORK = "tool.agent.task.v1"
SIGN_OFF = "tool.approval.human_signoff"

Bundle = dict[str, Any]


def new(scenario_id: str, steps: list[Bundle], **more: Any) -> Bundle:
    """The layout with `workflow.steps`, as files are posted."""
    return {
        "scenario_id": scenario_id,
        "title": "A scenario",
        "description": "What it shows.",
        "agents": [
            {
                "role": "doer",
                "address": "doer-demo",
                "display_name": "Doer",
                "delivery_mode": "stream",
                "create_if_missing": True,
            }
        ],
        "humans": [{"role": "boss", "display_name": "The boss"}],
        "workflow": {"steps": steps},
        "intent": {"type": "intent.demo.thing.v1", "payload": {"n": 1}, "max_delivery_attempts": 3},
    } | more


def old(scenario_id: str, steps: list[Bundle], **more: Any) -> Bundle:
    """The older layout: steps and durability at the top, handlers beside agents and humans."""
    return {
        "scenario_id": scenario_id,
        "title": "An older scenario",
        "agents": [
            {
                "role": "checker",
                "address": "checker-agent",
                "display_name": "Checker",
                "description": "Checks.",
                "handler": {"type": "logic", "name": "check"},
            }
        ],
        "humans": [
            {
                "role": "owner",
                "display_name": "Owner",
                "description": "Signs.",
                "handler": {"type": "interactive", "name": "cli"},
            }
        ],
        "workflow_steps": steps,
        "durability": {"_comment": "why so long", "deadline_minutes": 30, "max_delivery_attempts": 5},
        "intent": {"type": "intent.older.thing.v1", "_note": "unknown to the schema", "payload": {"n": 1}},
    } | more


DO = {"step_id": "do", "tool_id": WORK, "assigned_to": "doer", "step_deadline_seconds": 30}
SIGN = {
    "step_id": "sign",
    "tool_id": SIGN_OFF,
    "assigned_to": "boss",
    "requires_approval": True,
    "step_deadline_seconds": 86400,
    "remind_after_seconds": 60,
    "remind_interval_seconds": 300,
    "max_reminders": 3,
    "human_task": {"title": "Sign it", "description": "Look at intent {{intent_id}} first."},
}


def signing(**task: Any) -> Bundle:
    return SIGN | {"human_task": {"title": "Sign it"} | task}


def form(*required: str, **properties: Any) -> Bundle:
    return {"type": "object", "required": list(required), "properties": properties}


TEXT, YES = {"type": "string", "maxLength": 200}, {"type": "boolean"}

SHAPES: dict[str, Bundle] = {
    "one agent step, its id with hyphens": new("replacing-queues.demo.v1", [DO]),
    "an agent, then a person without contact": new("approval.demo.v1", [DO, SIGN]),
    "a person with an empty contact, as the command line sends it": new(
        "approval.demo.v1",
        [{**DO, "tool_id": ""}, {name: value for name, value in SIGN.items() if name != "remind_interval_seconds"}],
        humans=[{"role": "boss", "contact": "", "display_name": "The boss"}],
    ),
    "a person asked without a task": new(
        "readme.demo.v1", [DO, {"step_id": "approve", "assigned_to": "boss", "requires_approval": True}]
    ),
    "somebody outside is to be emailed": new("mail.demo.v1", [DO, signing(notify_email="someone@outside.example")]),
    "a contact that is nobody's address": new(
        "contact.demo.v1", [SIGN], humans=[{"role": "boss", "contact": "boss@outside.example"}]
    ),
    "a form that requires approved": new("form.demo.v1", [signing(form_schema=form("approved", approved=YES, note=TEXT))]),
    "a form that requires outcome": old(
        "older.outcome.v1",
        [
            {
                "step_id": "decide",
                "tool_id": SIGN_OFF,
                "assigned_to": "owner",
                "requires_approval": True,
                "human_task": {
                    "title": "Decide",
                    "task_type": "review",
                    "allowed_outcomes": ["approved", "rejected", "deferred"],
                    "required_comment": False,
                    "form_schema": form(
                        "outcome", outcome={"type": "string", "enum": ["approved", "rejected", "deferred"]}, comment=TEXT
                    ),
                },
            }
        ],
        agents=[],
    ),
    "a form that requires acknowledged": new(
        "ack.demo.v1",
        [signing(task_type="confirmation", form_schema=form("acknowledged", acknowledged=YES, level={"type": "integer"}))],
    ),
    "two agents that check, then a person": old(
        "older.two.v1",
        [
            {"step_id": "window", "tool_id": "tool.approval.check_window", "assigned_to": "checker"},
            {"step_id": "risk", "tool_id": "tool.approval.risk_assessment", "assigned_to": "checker"},
            {
                "step_id": "sign",
                "tool_id": SIGN_OFF,
                "assigned_to": "owner",
                "requires_approval": True,
                "human_task": {"title": "Go?", "task_type": "approval"},
            },
        ],
    ),
    "a notice that is a person's task": old(
        "older.notify.v1",
        [
            {
                "step_id": "tell",
                "tool_id": "tool.notification.notify_owner",
                "assigned_to": "owner",
                "requires_approval": True,
                "human_task": {"title": "Seen?", "task_type": "manual_action"},
            }
        ],
        agents=[],
        durability={"deadline_minutes_from_now": 10, "remind_after_seconds": 60},
    ),
    "notifications and a delay, in config": old(
        "older.telling.v1",
        [
            {
                "step_id": "before",
                "description": "Tells that it begins",
                "runtime_type": "notification",
                "config": {"channels": ["email", "inbox"], "subject": "Began {{intent_id}}", "body": "Run {{intent_id}}."},
            },
            {"step_id": "cool", "runtime_type": "delay", "config": {"seconds": 20, "reason": "calm", "_note": "short"}},
            {"step_id": "check", "tool_id": "tool.approval.check_window", "assigned_to": "checker"},
        ],
        humans=[],
        durability={"deadline_seconds": 900},
    ),
    "a delay of which the command line left nothing": new("delayed.demo.v1", [{"step_id": "cooldown", "tool_id": ""}, DO]),
    "nobody takes part but the approvers": new(
        "lone.demo.v1", [{**SIGN, "assigned_to": "boss"}], agents=[], humans=[{"role": "boss"}]
    ),
    "no agents at all": {
        name: value for name, value in new("noagents.demo.v1", [SIGN]).items() if name not in ("agents", "title")
    },
    "a deadline of microseconds": new(
        "deadline.demo.v1", [DO], intent={"type": "intent.demo.thing.v1", "deadline_at": "2031-01-15T09:00:00.123456+00:00"}
    ),
    "reminders of the intent": new(
        "reminding.demo.v1",
        [{"step_id": "ask", "assigned_to": "boss", "requires_approval": True, "human_task": {"title": "Well?"}}],
        intent={"type": "approval.change.v1", "remind_after_seconds": 60, "max_reminders": 2},
    ),
    "an escalation to a name with a scheme": new("late.demo.v1", [{**SIGN, "escalate_to": "user://ops-lead"}]),
    "an agent that is called": new(
        "called.demo.v1",
        [DO],
        agents=[
            {
                "role": "doer",
                "address": "called-demo",
                "delivery_mode": "http",
                "callback_url": "https://agent.example/intent",
                "create_if_missing": True,
            }
        ],
    ),
    "a macro with texts for parameters": new(
        "macro.demo.v1",
        [],
        workflow={"macro_id": "macro.agent_then_approval.v1", "parameters": {"agent": "doer", "approver": "boss"}},
    ),
    "an entry that is not the first": new(
        "entry.demo.v1", [], workflow={"entry_step": "do", "steps": [{**SIGN, "on_success": "do"}, DO]}
    ),
    "an intent and no steps": {name: value for name, value in new("single.demo.v1", []).items() if name != "workflow"},
    "an agent without an address": new("addressless.demo.v1", [DO], agents=[{"role": "doer"}]),
    "evidence and a comment": new("proof.demo.v1", [DO, signing(required_comment=True)]),
    "agents by their framework, and times by intent type": {
        "scenario": "distributed-review",
        "description": "Two agents on machines of their own, and a person.",
        "agents": [
            {"agent_uri": "agent://reader", "name": "Reader", "capabilities": ["read"]},
            {"agent_uri": "agent://rater", "name": "Rater", "capabilities": ["rate"]},
        ],
        "workflow": {
            "steps": [
                {"intent_type": "read_it", "to_agent": "agent://reader", "description": "Read it"},
                {"intent_type": "rate_it", "to_agent": "agent://rater", "requires_human_approval": True},
            ]
        },
        "timeouts": {"read_it": "5m", "rate_it": "10m", "human_approval": "7d"},
    },
    "an agent that is called, its URL set later": new(
        "later.demo.v1",
        [DO],
        agents=[{"role": "doer", "address": "later-demo", "delivery_mode": "http", "create_if_missing": True}],
    ),
    "a macro as the command line sends it": new(
        "cli.demo.v1",
        [],
        humans=[{"role": "board", "contact": "", "display_name": "Board"}],
        workflow={"macro_id": "macro.approval.v1", "parameters": {"step_deadline_seconds": "300"}},
    ),
    "an intent to a role, as older programs submit it": old(
        "model.direct.v1",
        [],
        agents=[{"role": "first", "address": "first-agent"}, {"role": "second", "address": "second-agent"}],
        model="A",
        pattern="request_response",
        intent={"type": "intent.model.direct.v1", "to_agent": "second", "payload": {"n": 1}},
    ),
    "a question to nobody named, as older programs submit it": old(
        "model.question.v1",
        [],
        agents=[],
        intent={"type": "intent.model.question.v1", "to_agent": "human", "human_task": {"title": "Well?"}},
    ),
    "a delay of nothing": new(
        "nodelay.demo.v1", [{"step_id": "cool", "runtime_type": "delay", "config": {"seconds": 0}}, DO]
    ),
}
