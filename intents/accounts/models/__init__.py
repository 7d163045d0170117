"""The tables of this room."""

from intents.accounts.models.absence import Absence
from intents.accounts.models.agent import Agent, AgentKey, AgentStatus
from intents.accounts.models.agent_policy import AgentPolicy, AnomalyAction, BreachAction
from intents.accounts.models.audit import AuditEntry
from intents.accounts.models.command_line import BrowserTicket, CommandLine, CommandLineGrant, GrantState
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
from intents.accounts.models.placement import Placement, PlacementState
from intents.accounts.models.profile import Profile
from intents.accounts.models.session import Session
from intents.accounts.models.sign_in import ClaimGrant, ClaimMapping, Identity, Requirement, SignInRules
from intents.accounts.models.stop import EVERYTHING, AgentStop, StopState
from intents.accounts.models.tenancy import Organization, TenantStatus, Workspace

__all__ = [
    "EVERYTHING",
    "Absence",
    "AfterDecision",
    "Agent",
    "AgentKey",
    "AgentPolicy",
    "AgentStatus",
    "AgentStop",
    "AnomalyAction",
    "AuditEntry",
    "BreachAction",
    "BrowserTicket",
    "ClaimGrant",
    "ClaimMapping",
    "CommandLine",
    "CommandLineGrant",
    "Density",
    "GrantState",
    "Group",
    "GroupMember",
    "Identity",
    "Invitation",
    "Member",
    "Organization",
    "PersonToken",
    "Placement",
    "PlacementState",
    "Profile",
    "Requirement",
    "Session",
    "SignInRules",
    "StopState",
    "TenantStatus",
    "Theme",
    "User",
    "UserManager",
    "Workspace",
]
