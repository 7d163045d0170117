"""Agents, intents and all that belongs to them, to look at."""

from django.contrib.admin import display, register
from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from intents.accounts.models import Agent, AgentKey, AuditEntry
from intents.admin.base import InWorkspace, LiveStatus, ReadOnly, site
from intents.engine.models import Callback, Delivery, Instance, Intent, IntentEvent, Signal, StoredStep, Timer, Wait


@register(Agent, site=site)
class AgentTable(ReadOnly):
    list_display = ("name", "workspace", "status", "delivery_mode", "created_at")
    list_filter = (InWorkspace,)
    list_select_related = ("workspace__organization",)
    fields = (
        *("id", "name", "workspace", "display_name", "description", "status", "delivery_mode", "callback_url"),
        *("lease_seconds", "created_by", "created_at", "updated_at"),
    )
    search_help_text = "An id or a name"

    def found(self, term: str) -> Q:
        return Q(name=term) | super().found(term)


@register(AgentKey, site=site)
class AgentKeyTable(ReadOnly):
    list_display = ("hint", "agent", "workspace", "scope", "last_used_at", "expires_at", "revoked_at")
    list_filter = (InWorkspace,)
    list_select_related = ("agent", "workspace__organization")
    fields = (
        *("id", "hint", "agent", "workspace", "scope", "created_by", "created_at"),
        *("last_used_at", "expires_at", "revoked_at"),
    )
    found_by = ("id", "agent_id")
    search_help_text = "The id of a key or of an agent"


@register(Intent, site=site)
class IntentTable(ReadOnly):
    """What an intent carries is its sender's and its agent's: the payload is not shown here."""

    list_display = ("id", "intent_type", "status", "waiting_reason", "mailbox", "workspace", "updated_at")
    list_filter = (InWorkspace, LiveStatus)
    list_select_related = ("workspace__organization",)
    fields = (
        *("id", "workspace", "intent_type", "status", "waiting_reason", "history"),
        *("from_agent", "to_agent", "reply_to", "handler", "correlation_id", "parent_id", "seq", "checkpoint_seq"),
        *("controls", "policy", "policy_generation", "deadline_at", "remind_after_seconds", "remind_interval_seconds"),
        *("max_reminders", "remind_count", "escalate_to", "max_delivery_attempts", "retry_count"),
        *("created_at", "updated_at"),
    )
    found_by = ("id", "parent_id")
    search_help_text = "The id of an intent, or of the parent of some"

    @display(description="history")
    def history(self, row: Intent) -> SafeString:
        return format_html_join(
            ", ",
            '<a href="{}?q={}">{}</a>',
            [(reverse(f"admin:intents_{name}_changelist"), row.id, label) for name, label in self.parts],
        )

    parts = (("intentevent", "events"), ("delivery", "deliveries"), ("timer", "timers"), ("wait", "waits"))


@register(IntentEvent, site=site)
class IntentEventTable(ReadOnly):
    list_display = ("intent_id", "seq", "event_type", "status", "actor", "at")
    fields = (
        *("id", "workspace", "intent", "seq", "event_type", "status", "waiting_reason", "pending_type", "pending_ref"),
        *("handler", "actor", "at", "details", "trace_id", "request_id"),
    )
    found_by = ("id", "intent_id")
    search_help_text = "The id of an intent or of an event"


@register(Delivery, site=site)
class DeliveryTable(ReadOnly):
    list_display = ("intent_id", "binding", "target", "state", "attempt", "lease_expires_at", "last_error", "created_at")
    fields = (
        *("id", "workspace", "intent", "binding", "target", "state", "attempt", "mailbox_seq", "lease_seconds"),
        *("lease_expires_at", "holder_key_id", "carried_by", "begun_at", "last_error", "created_at", "ended_at"),
    )
    found_by = ("id", "intent_id")
    search_help_text = "The id of an intent or of a delivery"


@register(Timer, site=site)
class TimerTable(ReadOnly):
    list_display = ("due_at", "kind", "intent_id")
    # Those that are overdue come first.
    ordering = ("next_at",)
    fields = ("id", "workspace", "intent", "kind", "subject_id", "due_at", "next_at")
    found_by = ("id", "intent_id")
    search_help_text = "The id of an intent or of a timer"


@register(Wait, site=site)
class WaitTable(ReadOnly):
    list_display = ("intent_id", "reason", "state", "opened_at", "deadline_at", "ended_at")
    fields = ("id", "workspace", "intent", "reason", "state", "on_timeout", "opened_at", "deadline_at", "ended_at")
    found_by = ("id", "intent_id")
    search_help_text = "The id of an intent or of a wait"


@register(Callback, site=site)
class CallbackTable(ReadOnly):
    list_display = ("intent_id", "wait_id", "created_at")
    fields = ("id", "workspace", "intent", "wait", "created_at")
    found_by = ("id", "intent_id")
    search_help_text = "The id of an intent or of a callback"


@register(Signal, site=site)
class SignalTable(ReadOnly):
    """What a tool's job resulted in is for the agent that waits for it, and not shown here."""

    list_display = ("tool", "external_id", "received_at", "wait_id")
    list_filter = (InWorkspace,)
    fields = ("id", "workspace", "tool", "external_id", "received_at", "wait_id")


@register(StoredStep, site=site)
class StoredStepTable(ReadOnly):
    """What a step resulted in is its agent's, and not shown here."""

    list_display = ("intent_id", "key", "actor", "created_at")
    fields = ("id", "workspace", "intent", "key", "actor", "created_at")
    found_by = ("id", "intent_id")
    search_help_text = "The id of an intent or of a step"


@register(AuditEntry, site=site)
class AuditTable(ReadOnly):
    list_display = ("at", "actor", "action", "subject", "workspace")
    list_filter = (InWorkspace,)
    list_select_related = ("workspace__organization",)
    fields = ("id", "workspace", "at", "actor", "action", "subject", "details")


@register(Instance, site=site)
class InstanceTable(ReadOnly):
    list_display = ("kind", "host", "started_at", "heartbeat_at")
    ordering = ("-heartbeat_at",)
    fields = ("id", "kind", "host", "started_at", "heartbeat_at")
