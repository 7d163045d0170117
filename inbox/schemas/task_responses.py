"""What answers about tasks look like, for the OpenAPI document. Answers may hold more."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from intents.schemas.responses import Event, Ok, Shape, StatusName

StateName = Literal["open", "claimed", "held", "decided", "expired", "withdrawn"]
Risk = Literal["low", "medium", "high", "critical"]


class SummaryPointers(Shape):
    amount: str | None = None
    currency: str | None = None
    who: str | None = None


class HumanTask(Shape):
    title: str
    task_type: str
    allowed_outcomes: list[str]
    required_comment: bool
    evidence_required: bool
    risk: Risk
    separation_of_duties: bool
    standing_grants: bool | None = Field(None, description="False where it is left to people; else absent.")
    summary: SummaryPointers | None = Field(None, description="JSON pointers to what sums the payload up.")
    consequence: dict[str, str] | None = Field(None, description="What each outcome does, in the agent's words.")
    outcome_labels: dict[str, str] | None = Field(None, description="What the buttons say, by outcome.")
    reject_reasons: list[str] | None = Field(None, description="Reasons that are offered to who refuses.")


class PlannedLevel(Shape):
    at: datetime
    to: str


class Plan(Shape):
    """What happens while nobody decides, fixed when the task was opened."""

    policy: str | None = Field(description="The workspace's policy that it follows; null when the request brought its own.")
    calendar: str | None = Field(description="The calendar that its times were counted in.")
    reminders: list[datetime]
    levels: list[PlannedLevel] = Field(description="Who is asked as well, and when.")
    end_at: datetime | None = Field(description="When nobody can decide any more; null when the plan sets no end.")
    then: Literal["fail", "expire", "complete"] | None = Field(description="How it ends then.")
    outcome: str | None = Field(description="What it is completed with.")
    why: str | None = Field(description="Why it ends then, in words.")
    question_pause_seconds: int | None = Field(
        description="How long its times are paused in all at most, while the agent is asked."
    )


class ClockPause(Shape):
    """The times of a task stand still: an approver's question to the agent is open."""

    since: datetime
    until: datetime = Field(description="When the clock goes on if nobody answers; `due_at` counts with that.")


class NextStep(Shape):
    at: datetime
    what: Literal["reminder", "escalation", "end"]
    to: str | None = Field(description="Who is asked as well.")
    who: str | None = Field(
        description="Where `to` is whoever is on call or a manager: the email address of who it would be as things are now,"
        " or `owner` when it is nobody."
    )
    why: str | None = Field(description="Why the owners would be asked instead.")
    then: Literal["fail", "expire", "complete", "escalate", "deadline"] | None = Field(
        description="How it ends: deadline is that of the intent; escalate asks `to` for as long again."
    )
    outcome: str | None = Field(description="What it is completed with.")


class Tally(Shape):
    given: int
    needed: int


class VotingProgress(Shape):
    """How far the voting on a task is that several people decide. Outcomes that refuse are counted together, of others the
    one with the most votes."""

    stage: int = Field(description="The stage that it is in, from 1.")
    stages: int
    name: str | None = Field(description="What the stage is called.")
    approve: Tally
    reject: Tally
    asked: int = Field(description="How many people, or with `one_each` how many entries, it was put to as it began.")
    waiting_for: list[str] = Field(
        description="Whom it was put to and who has not agreed yet: people, groups or roles. Who was named and has voted is"
        " not among them; nobody is, once it is over."
    )
    short: int = Field(description="How many people are lacking: so many of who was asked cannot decide any more.")


class CastVote(Shape):
    stage: int
    by: str
    delegated_by: str | None = Field(None, description="In whose place.")
    outcome: str
    comment: str | None = None
    authority: Literal["direct", "escalation", "delegate"]
    channel: Literal["web", "api", "mail", "chat", "grant"]
    at: datetime


class Task(Shape):
    """A task as a list shows it."""

    task_id: UUID
    intent_id: UUID
    intent_type: str
    status: StatusName = Field(description="The intent's status.")
    from_agent: str
    state: StateName
    risk: Risk
    revision: int
    assigned_at: datetime
    due_at: datetime | None = None
    claimed_by: str | None = Field(None, description="Who has claimed it; nobody else decides it then.")
    held_until: datetime | None = Field(
        None, description="Until when its decision can be taken back before the intent hears of it."
    )
    progress: VotingProgress | None = Field(None, description="How far it is where several decide.")
    plan: Plan | None = None
    pause: ClockPause | None = Field(None, description="Its clock is paused while the agent is asked.")
    human_task: HumanTask


class Decider(Shape):
    user_id: UUID
    email: str
    name: str


class GrantName(Shape):
    grant_id: UUID
    name: str


class Decision(Shape):
    outcome: str
    comment: str | None
    data: dict[str, Any] | None
    decided_by: str
    decided_at: datetime
    authority: Literal["direct", "escalation", "delegate", "override"]
    delegated_by: str | None
    channel: Literal["web", "api", "mail", "chat", "grant"] = Field(
        description="grant: decided in advance, by `standing_grant`."
    )
    standing_grant: GrantName | None = None
    revision: int
    payload_digest: str
    final: bool = Field(description="False for a vote that did not settle the task.")


class Happening(Shape):
    at: datetime
    actor: str
    action: str = Field(
        description="asked, answered, commented, claimed, released, delegated, undelegated, assigned, escalated, reminded, "
        "taken_back, voted, vote_taken_back, stage_began, stage_returned, substituted, skipped, closed_by_rule, "
        "approver_added, clock_paused, clock_resumed or decided"
    )
    details: dict[str, Any]


class File(Shape):
    """A file; `GET /v1/media/{upload_id}` tells where its bytes are."""

    upload_id: UUID
    filename: str
    mime_type: str
    size_bytes: int
    sha256: str


class FullTask(Task):
    """A task with everything a decider needs."""

    to_agent: str
    kind: str = Field(description="The kind that `human_task.task_type` means.")
    payload: dict[str, Any]
    payload_digest: str = Field(description="SHA-256 of all that is shown. Send it along to decide exactly this.")
    outcomes: list[str]
    may_decide: bool
    why_not: str | None = Field(description="Why you may not decide this, null when you may.")
    assigned_to: list[str] = Field(
        description="`user:<id>`, `email:<address>`, `role:<role>`, `group:<id>` or `name:<unknown>`."
    )
    deciders: list[Decider] = Field(description="Who may decide it; when nobody is left, the task is stuck.")
    decision: Decision | None
    votes: list[CastVote] = Field(description="Where several decide, the votes that count, of all stages.")
    watchers: list[str] = Field(description="Who is notified of comments and the outcome, by email address.")
    next_steps: list[NextStep] = Field(description="What happens while nobody decides, soonest first.")
    history: list[Happening] = Field(description="What people and agents said and did about it, oldest first.")
    attachments: list[File] = Field(description="The files that are shown with it.")


class IntentType(Shape):
    """What a workspace calls an intent type."""

    intent_type: str
    name: str
    revision: int
    changed_at: datetime | None
    changed_by: str | None


class IntentTypes(Ok):
    intent_types: list[IntentType]


class OneIntentType(Ok):
    intent_type: IntentType


class MyTasks(Ok):
    tasks: list[Task]
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last.")


class Tasks(Ok):
    tasks: list[Task]
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last.")


class OneTask(Ok):
    task: FullTask


class OneSummary(Ok):
    task: Task


class Said(Ok):
    event: Event


class Snoozed(Ok):
    task_id: UUID
    until: datetime | None


class Watched(Ok):
    task_id: UUID
    watchers: list[str] = Field(description="Who watches it now, by email address.")


class Decided(Ok):
    task: Task
    decision: Decision


class Approval(Shape):
    approval_id: UUID
    decision: Literal["approve", "reject"]
    comment: str | None
    decided_at: datetime


class OneApproval(Ok):
    approval: Approval
