"""Who may come in, and what all tables have in common."""

from typing import Any, ClassVar
from urllib.parse import urlencode
from uuid import UUID

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.contrib.admin import AdminSite, ModelAdmin, SimpleListFilter
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import cached_property

from intents.accounts.models import User, Workspace
from intents.engine.lifecycle import TERMINAL, Status
from intents.kernel.actors import System
from intents.kernel.errors import Denied

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
