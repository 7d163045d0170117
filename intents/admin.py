"""The tables for superusers, behind ADMIN_ENABLED: people and tenancy to edit, what has a status or a history to look at.

What moves an intent are the services alone, so nothing here writes one. The pages work on large tables: lists are in the
order of an index, filter by an index only, and count no further than they can be paged through.
"""

from typing import Any, ClassVar
from urllib.parse import urlencode
from uuid import UUID

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.contrib.admin import AdminSite, ModelAdmin, SimpleListFilter, display, register
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from intents import audit
from intents.actors import Role, System
from intents.errors import Denied
from intents.lifecycle import TERMINAL, Status
from intents.models import (
    Agent,
    AgentKey,
    AuditEntry,
    Callback,
    Delivery,
    Instance,
    Intent,
    IntentEvent,
    Member,
    Organization,
    PersonToken,
    Signal,
    StoredStep,
    Timer,
    User,
    Wait,
    Workspace,
)
from intents.services import tenancy

PAGE = 50
COUNTED = 2_000
"""How far a list goes; whoever looks for something older searches for it."""
WORKSPACES_OFFERED = 200


class Site(AdminSite):
    """For superusers who signed in with their second factor: being staff is not enough."""

    site_header = site_title = "AXME Inbox"
    index_title = "Tables"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request) and used_second_factor(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one way to sign in; this leads there, and on to what is missing. Raises Denied for all others."""
        if not request.user.is_authenticated:
            return self._to("account_login")
        if not is_superuser(request):
            raise Denied("only superusers use the tables")
        has_one = Authenticator.objects.filter(user=request.user, type=Authenticator.Type.TOTP).exists()
        return self._to("mfa_reauthenticate" if has_one else "mfa_activate_totp")

    def _to(self, name: str) -> HttpResponse:
        return HttpResponseRedirect(f"{reverse(name)}?{urlencode({'next': reverse('admin:index')})}")


def is_superuser(request: HttpRequest) -> bool:
    return request.user.is_active and request.user.is_superuser


def used_second_factor(request: HttpRequest) -> bool:
    return any(record["method"] == "mfa" for record in get_authentication_records(request, request.user))


site = Site()


def actor(request: HttpRequest) -> System:
    """The superuser as the audit log names them. A superuser needs no role in a workspace, so is no Person of one."""
    assert isinstance(request.user, User)
    return System(name=f"admin {request.user.email}")


class Capped(Paginator):  # type: ignore[type-arg]  # likewise
    """Counts no further than COUNTED rows."""

    @cached_property
    def count(self) -> int:
        assert isinstance(self.object_list, QuerySet)
        return self.object_list.order_by().values("pk")[:COUNTED].count()


class InWorkspace(SimpleListFilter):
    title = "workspace"
    parameter_name = "workspace"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        offered = Workspace.objects.select_related("organization").order_by("organization__slug", "slug")
        return [(str(one.id), str(one)) for one in offered[:WORKSPACES_OFFERED]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = as_id(self.value())
        return queryset.filter(workspace_id=wanted) if wanted else queryset


class LiveStatus(SimpleListFilter):
    """Within a workspace the live statuses have an index; finished intents are found by their ids."""

    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        if not as_id(request.GET.get(InWorkspace.parameter_name)):
            return []
        return [(status.value, status.value) for status in Status if status not in TERMINAL]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(status=self.value()) if self.value() else queryset


def as_id(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


class Table(ModelAdmin):  # type: ignore[type-arg]  # no generic at run time
    """A list that stays quick however long it is. `found_by` are the columns that the search box compares an id with."""

    found_by: tuple[str, ...] = ("id",)
    ordering: ClassVar[tuple[str, ...]] = ("-id",)
    sortable_by = ()
    paginator = Capped
    list_per_page = PAGE
    list_max_show_all = PAGE
    show_full_result_count = False
    actions = None
    search_fields = ("id",)
    search_help_text = "An id"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        return (queryset.filter(self.found(term)) if term else queryset), False

    def found(self, term: str) -> Q:
        """What a search for `term` asks an index for."""
        wanted = as_id(term)
        return Q(*((name, wanted) for name in self.found_by), _connector=Q.OR) if wanted else Q(pk__in=[])

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnly(Table):
    """Rows that only services write."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@register(Organization, site=site)
class OrganizationTable(Table):
    list_display = ("slug", "name", "created_at")
    fields = ("slug", "name", "created_at")
    # Addresses hold the slug.
    readonly_fields = ("slug", "created_at")
    search_help_text = "A slug"

    def found(self, term: str) -> Q:
        return Q(slug=term)


@register(Workspace, site=site)
class WorkspaceTable(Table):
    list_display = ("slug", "organization", "name", "created_at")
    list_select_related = ("organization",)
    fields = ("organization", "slug", "name", "require_registered_agents", "created_at")
    readonly_fields = ("organization", "slug", "created_at")
    search_help_text = "An id or a slug"

    def found(self, term: str) -> Q:
        return Q(slug=term) | super().found(term)

    def save_model(self, request: HttpRequest, obj: Workspace, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        audit.note(workspace_id=obj.id, actor=actor(request), action="workspace.update", subject=str(obj), changes=changes)


@register(User, site=site)
class PersonTable(Table):
    """Passwords are set with `manage.py changepassword`, so that no form of ours ever holds one."""

    list_display = ("email", "name", "is_active", "is_superuser", "created_at")
    fields = ("email", "name", "time_zone", "is_active", "is_superuser", "last_login", "created_at")
    readonly_fields = ("email", "last_login", "created_at")
    search_help_text = "An e-mail address"

    def found(self, term: str) -> Q:
        return Q(email=term.lower())


@register(Member, site=site)
class MemberTable(Table):
    list_display = ("user", "workspace", "role", "created_at")
    list_filter = (InWorkspace,)
    list_select_related = ("user", "workspace__organization")
    fields = ("user", "workspace", "role", "created_at")
    raw_id_fields = ("user", "workspace")
    search_help_text = "An e-mail address"

    def found(self, term: str) -> Q:
        return Q(user__email=term.lower())

    def get_readonly_fields(self, request: HttpRequest, obj: Member | None = None) -> tuple[str, ...]:
        return ("user", "workspace", "created_at") if obj else ("created_at",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return True

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def save_model(self, request: HttpRequest, obj: Member, form: Any, change: bool) -> None:
        done = tenancy.set_member(actor=actor(request), workspace=obj.workspace, user=obj.user, role=Role(obj.role))
        obj.pk = done.object.pk

    def delete_model(self, request: HttpRequest, obj: Member) -> None:
        tenancy.remove_member(actor=actor(request), member=obj)


@register(PersonToken, site=site)
class PersonTokenTable(ReadOnly):
    list_display = ("name", "hint", "user", "workspace", "last_used_at", "expires_at", "revoked_at")
    list_filter = (InWorkspace,)
    list_select_related = ("user", "workspace__organization")
    fields = ("id", "name", "hint", "user", "workspace", "created_at", "last_used_at", "expires_at", "revoked_at")


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
