"""The tables. Constraints, querysets and `__str__`; rules live in the services."""

from intents.a2a.models import PushConfig, TaskNotification
from intents.access.models import AccessRequest
from intents.accounts.models.agent import Agent, AgentKey, AgentStatus
from intents.accounts.models.agent_policy import AgentPolicy
from intents.accounts.models.audit import AuditEntry
from intents.accounts.models.command_line import BrowserTicket, CommandLine, CommandLineGrant
from intents.accounts.models.invitation import Invitation
from intents.accounts.models.people import Group, GroupMember, Member, PersonToken, User
from intents.accounts.models.profile import Profile
from intents.accounts.models.session import Session
from intents.accounts.models.sign_in import ClaimGrant, ClaimMapping, Identity, SignInRules
from intents.accounts.models.stop import AgentStop
from intents.accounts.models.tenancy import Organization, Workspace
from intents.audit.models.finding import AuditFinding, AuditProgress
from intents.audit.models.size import TableSize
from intents.audit.models.tree import AuditCheckpoint, AuditLeaf, AuditTile, AuditTree
from intents.dispatch.models import Push
from intents.engine.models.delivery import Delivery, DeliveryState
from intents.engine.models.erasure import Erasure, Redaction, RemovedEvent
from intents.engine.models.intent import IdempotencyRecord, Intent, IntentBody, IntentEvent
from intents.engine.models.signal import Callback, Signal, StoredStep
from intents.engine.models.timer import Instance, Pulse, Timer
from intents.engine.models.tool import RefusedCall, RefusedIncoming, Tool, UsedSignature
from intents.engine.models.viewer import ThreadViewer
from intents.engine.models.wait import Wait, WaitState
from intents.feed.models import FeedConsumer, FeedEntry, FeedState, WorkspaceEvent
from intents.files.models import IntentMedia, Media
from intents.kernel.models import Row, new_id
from intents.mesh.models import (
    Heartbeat,
    HeartbeatReceipt,
    MeshBaseline,
    MeshBreach,
    MeshEvent,
    MeshHour,
    MeshMeter,
    MeshReservation,
)
from intents.quotas.models import QuotaPolicy, UsageMeter
from intents.receiving.models import ReceiveEntry, ReceiveRule
from intents.retention.models import Retention
from intents.rollups.models import FoldedHour, HourlyCount
from intents.scenarios.models import RunStep, ScenarioDraft, ScenarioRun, ScenarioVersion, StepState
from intents.semantics.models import SemanticSchema
from intents.sending.models.attempt import Attempt
from intents.sending.models.email import Email
from intents.sending.models.health import EndpointHealth
from intents.sending.models.sending import Sending, SendState
from intents.telemetry.models import TraceCursor
from intents.threads.models import AgentSession, HiddenEntry, SessionMessage
from intents.webhooks.models import FanOutCursor, Subscription, WebhookMessage

__all__ = [
    "AccessRequest",
    "Agent",
    "AgentKey",
    "AgentPolicy",
    "AgentSession",
    "AgentStatus",
    "AgentStop",
    "Attempt",
    "AuditCheckpoint",
    "AuditEntry",
    "AuditFinding",
    "AuditLeaf",
    "AuditProgress",
    "AuditTile",
    "AuditTree",
    "BrowserTicket",
    "Callback",
    "ClaimGrant",
    "ClaimMapping",
    "CommandLine",
    "CommandLineGrant",
    "Delivery",
    "DeliveryState",
    "Email",
    "EndpointHealth",
    "Erasure",
    "FanOutCursor",
    "FeedConsumer",
    "FeedEntry",
    "FeedState",
    "FoldedHour",
    "Group",
    "GroupMember",
    "Heartbeat",
    "HeartbeatReceipt",
    "HiddenEntry",
    "HourlyCount",
    "IdempotencyRecord",
    "Identity",
    "Instance",
    "Intent",
    "IntentBody",
    "IntentEvent",
    "IntentMedia",
    "Invitation",
    "Media",
    "Member",
    "MeshBaseline",
    "MeshBreach",
    "MeshEvent",
    "MeshHour",
    "MeshMeter",
    "MeshReservation",
    "Organization",
    "PersonToken",
    "Profile",
    "Pulse",
    "Push",
    "PushConfig",
    "QuotaPolicy",
    "ReceiveEntry",
    "ReceiveRule",
    "Redaction",
    "RefusedCall",
    "RefusedIncoming",
    "RemovedEvent",
    "Retention",
    "Row",
    "RunStep",
    "ScenarioDraft",
    "ScenarioRun",
    "ScenarioVersion",
    "SemanticSchema",
    "SendState",
    "Sending",
    "Session",
    "SessionMessage",
    "SignInRules",
    "Signal",
    "StepState",
    "StoredStep",
    "Subscription",
    "TableSize",
    "TaskNotification",
    "ThreadViewer",
    "Timer",
    "Tool",
    "TraceCursor",
    "UsageMeter",
    "UsedSignature",
    "User",
    "Wait",
    "WaitState",
    "WebhookMessage",
    "Workspace",
    "WorkspaceEvent",
    "new_id",
]
