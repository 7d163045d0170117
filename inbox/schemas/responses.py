"""What answers about tasks look like, for the OpenAPI document. Answers may hold more."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from intents.schemas.responses import Event, Ok, Shape, StatusName, WaitName

StateName = Literal["open", "claimed", "held", "decided", "expired", "withdrawn"]
Risk = Literal["low", "medium", "high", "critical"]


class HumanTask(Shape):
    title: str
    task_type: str
    allowed_outcomes: list[str]
    required_comment: bool
    evidence_required: bool
    risk: Risk
    separation_of_duties: bool


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
    plan: Plan | None = None
    human_task: HumanTask


class Decider(Shape):
    user_id: UUID
    email: str
    name: str


class Decision(Shape):
    outcome: str
    comment: str | None
    data: dict[str, Any] | None
    decided_by: str
    decided_at: datetime
    authority: Literal["direct", "escalation", "delegate", "override"]
    delegated_by: str | None
    channel: Literal["web", "api", "mail"]
    revision: int
    payload_digest: str


class Happening(Shape):
    at: datetime
    actor: str
    action: str = Field(
        description="asked, answered, commented, claimed, released, delegated, undelegated, assigned, escalated, reminded, "
        "taken_back"
        " or decided"
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
    next_steps: list[NextStep] = Field(description="What happens while nobody decides, soonest first.")
    history: list[Happening] = Field(description="What people and agents said and did about it, oldest first.")
    attachments: list[File] = Field(description="The files that are shown with it.")


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


class EditedShape(Shape):
    revision: int = Field(description="Counts changes; with it as `expected_revision` no other is overwritten.")
    changed_at: datetime | None
    changed_by: str | None


class Calendar(EditedShape):
    calendar_id: UUID
    name: str
    time_zone: str
    hours: dict[str, list[list[str]]]
    country: str | None


class OneCalendar(Ok):
    calendar: Calendar


class Calendars(Ok):
    calendars: list[Calendar]


class OnCall(Shape):
    """Who is on call."""

    user_id: UUID
    email: str
    name: str
    from_: datetime = Field(alias="from")
    until: datetime
    override: bool = Field(description="Whether they stand in for whoever's turn it is.")


class Gap(Shape):
    """When nobody is on call."""

    from_: datetime = Field(alias="from")
    until: datetime
    why: Literal["gone", "stand_in_gone", "off_hours", "not_begun"] = Field(
        description="gone: whose turn it is left, is suspended or is a viewer; stand_in_gone: so did who stands in out "
        "of the hours. off_hours, not_begun: of the rotation."
    )
    email: str | None = Field(description="Whose turn it is, or who was to stand in.")


class Override(Shape):
    override_id: UUID
    user_id: UUID
    email: str
    name: str
    from_: datetime = Field(alias="from")
    until: datetime


class Schedule(EditedShape):
    schedule_id: UUID
    name: str
    time_zone: str
    starts_on: date
    hand_over: str
    shift_days: int
    people: list[str] = Field(description="In the order of their turns, by email address; also who left.")
    hours: dict[str, list[list[str]]] | None
    on_call: OnCall | None = Field(description="Who is on call now, and until when as far as the next four weeks go.")
    overrides: list[Override] = Field(description="Those that are not over.")


class OneSchedule(Ok):
    schedule: Schedule


class Schedules(Ok):
    schedules: list[Schedule]


class OneOverride(Ok):
    override: Override


class Shifts(Ok):
    shifts: list[OnCall]
    gaps: list[Gap]


class Policy(EditedShape):
    policy_id: UUID
    name: str
    place: int
    match: dict[str, Any]
    escalation: dict[str, Any]
    calendar: str | None
    least: dict[str, Any]


class OnePolicy(Ok):
    policy: Policy


class Policies(Ok):
    policies: list[Policy]


class Replayed(Shape):
    """A task, how it really went, and how it would have gone."""

    task_id: UUID
    headline: str
    opened_at: datetime
    over_at: datetime | None
    how: Literal["decided", "expired", "withdrawn", "waiting"]
    outcome: str | None
    reminders: int
    asked: list[str] = Field(description="Who would have been asked as well.")
    then: Literal["fail", "expire", "complete"] | None = Field(description="How it would have ended, had that come first.")


class Replay(Ok):
    """What a policy would have done to the tasks of the last 7 days, had everybody decided when they did."""

    since: datetime
    looked_at: int = Field(description="How many tasks were looked at: the newest, 1,000 at most.")
    cut: bool = Field(description="Whether there are more, older ones.")
    own: int = Field(description="Those that brought what happens themselves.")
    earlier: dict[str, int] = Field(description="Those that fit but follow a policy that is tried before, by its name.")
    followed: int = Field(description="Those that would have followed the policy. All below is about them.")
    stages: dict[str, int] = Field(
        description="How far it would have got: nothing, reminded (and no more), asked (others as well), ended (first)."
    )
    reminders: int
    asked: dict[str, int] = Field(description="How many tasks would have been assigned to each as well.")
    ended: dict[str, int] = Field(description="How many would have ended before anybody decided, by how.")
    really: dict[str, int] = Field(description="How they really went: decided, expired, withdrawn or waiting.")
    decided_after_seconds: float | None = Field(description="Within which half of the decisions were made.")
    tasks: list[Replayed] = Field(description="The newest 50 of them.")


class Preview(Ok):
    plan: Plan | None = Field(description="Null when no policy fits: then nothing happens until somebody decides.")
    next_steps: list[NextStep]


class ChatAddress(Shape):
    address_id: UUID
    name: str
    service: str = Field(description="What its URL belongs to, like Slack.")


class NotificationSettings(Shape):
    channels: list[dict[str, Any]]
    browser: list[Risk]
    quiet: dict[str, Any] | None
    digest: dict[str, Any] | None
    unsubscribed: list[str]
    time_zone: str = Field(description="In which the times are read: that of your profile.")
    email: str | None = Field(description="Where mail goes; null when the server sends none.")
    addresses: list[ChatAddress]


class OneNotificationSettings(Ok):
    settings: NotificationSettings


class OneChatAddress(Ok):
    address: ChatAddress


class SentMessage(Shape):
    """A message that told it, or is to."""

    channel: str = Field(description="Its name: `email`, `chat`.")
    address: str | None = Field(description="The name of the chat address.")
    state: Literal["ready", "leased", "sent", "failed", "skipped"]
    due_at: datetime = Field(description="When it is tried next; the end of the try that runs, when `leased`.")
    attempts: int
    answer: str | None = Field(description="What the provider said last.")
    ended_at: datetime | None
    left_out: bool = Field(
        description="Whether it was decided or read before the message was sent, or a later one in it asks the same."
    )


class Notification(Shape):
    notification_id: UUID
    kind: Literal[
        "assigned",
        "delegated",
        "escalated",
        "reminder",
        "mentioned",
        "answered",
        "unreached",
        "unroutable",
        "policy_broken",
        "overridden",
        "test",
    ]
    number: int = Field(description="Of several of a kind about one task.")
    risk: Risk
    task_id: UUID | None
    headline: str
    created_at: datetime
    read_at: datetime | None
    messages: list[SentMessage]


class Notifications(Ok):
    notifications: list[Notification]
    unread: int = Field(description="Of tasks that still wait; up to 1,000.")
    next_cursor: str | None


class OneNotification(Ok):
    notification: Notification


class ReadMany(Ok):
    read: int = Field(description="How many were unread before.")


class WaitsFor(Shape):
    kind: Literal["human", "tool", "agent", "time"]
    who: str | None = Field(description="The people asked, by name, or the tool and its job.")
    until: datetime | None = Field(description="When the wait ends by itself.")
    task_id: UUID | None = Field(description="The task of a wait for people.")


class ReportedProgress(Shape):
    """What its agent last told of the work."""

    percent: float | None = None
    step: Any = None
    total: Any = None
    message: Any = None


class WatchedIntent(Shape):
    """An intent as those who watch see it."""

    id: UUID
    intent_type: str
    status: StatusName
    waiting_reason: WaitName | None
    waits_for: WaitsFor | None
    risk: Risk | None = Field(description="Of the newest task about it.")
    age_in_state_seconds: int = Field(
        description="Since the open wait began, since it ended, or since the last sign of work on it."
    )
    created_at: datetime
    updated_at: datetime
    deadline_at: datetime | None
    attempts: int = Field(description="Deliveries and retries of the work at hand.")
    from_agent: str
    to_agent: str
    progress: ReportedProgress | None


class WatchedIntents(Ok):
    items: list[WatchedIntent]
    total: int = Field(description="How many match in all.")
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last.")
