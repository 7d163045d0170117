"""The tables of this room."""

from intents.accounts.models.agent import Agent, AgentKey, AgentStatus
from intents.accounts.models.audit import AuditEntry
from intents.accounts.models.invitation import Invitation
from intents.accounts.models.people import (
    AfterDecision,
    Density,
    Group,
    GroupMember,
    Member,
    PersonToken,
    Theme,
    User,
    UserManager,
)
from intents.accounts.models.profile import Profile
from intents.accounts.models.session import Session
from intents.accounts.models.tenancy import Organization, Workspace

__all__ = [
    "AfterDecision",
    "Agent",
    "AgentKey",
    "AgentStatus",
    "AuditEntry",
    "Density",
    "Group",
    "GroupMember",
    "Invitation",
    "Member",
    "Organization",
    "PersonToken",
    "Profile",
    "Session",
    "Theme",
    "User",
    "UserManager",
    "Workspace",
]
