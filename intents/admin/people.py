"""People and tenancy, to edit, and what they signed in with."""

from typing import Any

from django.contrib.admin import register
from django.db.models import Q
from django.http import HttpRequest

from intents.accounts import audit
from intents.accounts.models import Member, Organization, PersonToken, User, Workspace
from intents.accounts.services import tenancy
from intents.admin.base import InWorkspace, ReadOnly, Table, actor, site
from intents.kernel.actors import Role
from intents.sending.models import Email


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
    fields = ("email", "name", "time_zone", "is_active", "is_superuser", "email_verified_at", "last_login", "created_at")
    readonly_fields = ("email", "email_verified_at", "last_login", "created_at")
    search_help_text = "An email address"

    def found(self, term: str) -> Q:
        return Q(email=term.lower())

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "is_active" in form.changed_data:
            tenancy.set_active(actor=actor(request), user=obj, active=obj.is_active)


@register(Member, site=site)
class MemberTable(Table):
    list_display = ("user", "workspace", "role", "suspended_at", "created_at")
    list_filter = (InWorkspace,)
    list_select_related = ("user", "workspace__organization")
    fields = ("user", "workspace", "role", "suspended_at", "created_at")
    raw_id_fields = ("user", "workspace")
    search_help_text = "An email address"

    def found(self, term: str) -> Q:
        return Q(user__email=term.lower())

    def get_readonly_fields(self, request: HttpRequest, obj: Member | None = None) -> tuple[str, ...]:
        return ("user", "workspace", "suspended_at", "created_at") if obj else ("suspended_at", "created_at")

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


@register(Email, site=site)
class EmailTable(ReadOnly):
    """Without its text, which may hold a link that lets somebody in."""

    list_display = ("created_at", "to", "subject", "state", "attempt", "answer")
    exclude = ("sealed",)
    found_by = ("id", "invitation_id")
