"""The admin: who gets in, what cannot be written there, what is never shown, and that lists stay cheap."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.test.client import ClientHandler
from django.test.utils import CaptureQueriesContext
from django.urls import path

from axme_site import urls
from intents import admin, models
from intents.accounts.models import AgentKey, AuditEntry, Member, PersonToken, User, Workspace
from intents.admin.base import COUNTED
from intents.engine import models as engine_models
from intents.engine.models import Intent
from intents.kernel.actors import Role
from intents.sending import email
from tests.callers import KeyCaller, PersonCaller

urlpatterns = [*urls.urlpatterns, path("admin/", admin.site.urls)]

pytestmark = pytest.mark.urls(__name__)

EDITABLE = {"organization", "workspace", "user", "member"}
TABLES = sorted(model._meta.model_name for model in admin.site._registry)
LOOKED_AT = [name for name in TABLES if name not in EDITABLE]


def row_of(table: str) -> Any:
    return getattr(models, next(name for name in models.__all__ if name.lower() == table)).objects.first()


def lists(table: str) -> str:
    return f"/admin/intents/{table}/"


HANDLER = ClientHandler(enforce_csrf_checks=False)


def visitor() -> Client:
    """A browser of its own; all share what answers them, which looks through all static files when it is made."""
    client = Client()
    client.handler = HANDLER
    return client


def with_second_factor(client: Client) -> Client:
    """As if this session had given a code of the authenticator app."""
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": 0}]
    session["account_authentication_methods_user"] = session[SESSION_KEY]
    session.save()
    return client


@pytest.fixture
def root(workspace: Workspace) -> Client:
    client = visitor()
    client.force_login(User.objects.create_superuser("root@myorg.example", "a long password"))
    return with_second_factor(client)


@pytest.fixture
def filled(workspace: Workspace, machine: KeyCaller, bob: PersonCaller) -> str:
    """A row in each table: the id of an intent that waits for its next try."""
    intent_id = machine.submit("order-service", payload={"card": "4111-secret"}, deadline_at="2999-01-01T00:00:00Z")
    machine.post(f"/intents/{intent_id}/fail", {"error": {"code": "busy"}, "retryable": True}).ok()
    email.enqueue_text("new@myorg.example", subject="An invitation", text="4111-secret")
    engine_models.Instance.objects.create(
        kind="web", host="here", started_at="2026-01-01T00:00:00Z", heartbeat_at="2026-01-01T00:00:00Z"
    )
    job = {"external_id": "job-1", "result": {"card": "4111-secret"}}
    machine.post("/tools/ci/completions", job).ok()
    waiting = machine.submit("order-service")
    machine.send("PUT", f"/intents/{waiting}/steps/charge", raw=b'{"result": {"card": "4111-secret"}}')
    machine.post(f"/intents/{waiting}/wait", {"for": "tool", "tool": "ci"}).ok()
    return intent_id


def test_it_is_off_unless_enabled(client: Client, settings: Any) -> None:
    settings.ROOT_URLCONF = "axme_site.urls"
    assert settings.ADMIN_ENABLED is False
    assert client.get("/admin/").status_code == 404


@pytest.mark.parametrize("table", TABLES)
def test_nobody_but_a_superuser_gets_in(table: str, filled: str) -> None:
    staff = User.objects.create_user("staff@myorg.example", "a long password", is_staff=True)
    retired = User.objects.create_superuser("old@myorg.example", "a long password", is_active=False)
    for user in (AnonymousUser(), User.objects.get(email="bob@myorg.example"), staff, retired):
        client = visitor()
        if user.pk:
            client.force_login(user)
            with_second_factor(client)
        for page in ("/admin/", lists(table), f"{lists(table)}{row_of(table).pk}/change/", f"{lists(table)}add/"):
            answer = client.get(page)
            assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/admin/login/"), page


def test_a_superuser_signs_in_as_all_do_and_then_needs_the_second_factor(workspace: Workspace) -> None:
    user = User.objects.create_superuser("root@myorg.example", "a long password")
    client = visitor()
    assert client.get("/admin/login/").headers["Location"] == "/sign-in?next=%2Fadmin%2F"
    client.force_login(user)
    assert client.get("/admin/login/").headers["Location"] == "/account/second-factor/turn-on?next=%2Fadmin%2F"
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
    assert client.get("/admin/login/").headers["Location"] == "/account/confirm/code?next=%2Fadmin%2F"
    assert client.get("/admin/").status_code == 302
    assert with_second_factor(client).get("/admin/").status_code == 200


def test_a_second_factor_alone_lets_nobody_in(bob: PersonCaller) -> None:
    client = visitor()
    client.force_login(bob.user)
    assert with_second_factor(client).get("/admin/").status_code == 302
    assert client.get("/admin/login/").status_code == 403


@pytest.mark.parametrize("table", TABLES)
def test_every_list_and_page_opens(table: str, root: Client, filled: str) -> None:
    assert root.get(lists(table)).status_code == 200
    assert root.get(f"{lists(table)}{row_of(table).pk}/change/").status_code == 200
    assert root.get(lists(table), {"q": str(row_of(table).pk)}).status_code == 200
    assert root.get(lists(table), {"q": "no such thing '"}).status_code == 200
    assert root.get(lists(table), {"q": "no such thing \0"}).status_code == 400


@pytest.mark.parametrize("table", LOOKED_AT)
def test_what_has_a_history_cannot_be_written(table: str, root: Client, filled: str) -> None:
    row = row_of(table)
    before = {name: value for name, value in vars(row).items() if name != "_state"}
    page = f"{lists(table)}{row.pk}/change/"
    assert b'name="_save"' not in root.get(page).content
    fields = {"status": "COMPLETED", "state": "done", "scope": "own", "_save": "Save"}
    for answer in (
        root.post(page, fields),
        root.post(f"{lists(table)}add/", fields),
        root.post(f"{lists(table)}{row.pk}/delete/", {"post": "yes"}),
        root.get(f"{lists(table)}add/"),
    ):
        assert answer.status_code == 403
    root.post(lists(table), {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"})
    row = row_of(table)
    assert {name: value for name, value in vars(row).items() if name != "_state"} == before


def test_intents_can_be_found_and_lead_to_their_history(root: Client, filled: str) -> None:
    page = root.get(f"{lists('intent')}{filled}/change/").content.decode()
    for part in ("intentevent", "delivery", "timer", "wait"):
        link = f"{lists(part)}?q={filled}"
        assert link in page
        assert (
            root.get(link).context["cl"].result_count
            == getattr(models, {"intentevent": "IntentEvent"}.get(part, part.capitalize()))
            .objects.filter(intent_id=filled)
            .count()
        )


def test_live_intents_of_a_workspace_can_be_filtered(root: Client, filled: str, machine: KeyCaller) -> None:
    machine.submit()
    home = str(Workspace.objects.get().id)

    def shown(**query: str) -> int:
        found: int = root.get(lists("intent"), query).context["cl"].result_count
        return found

    assert shown(workspace=home) == 3
    assert shown(workspace=home, status="WAITING") == 2
    assert shown(workspace=filled) == 0


def test_no_secret_and_no_payload_is_shown(root: Client, filled: str, machine: KeyCaller, bob: PersonCaller) -> None:
    hidden = [machine.secret, bob.secret, "4111-secret", "argon2", "pbkdf2"]
    for row in (*AgentKey.objects.all(), *PersonToken.objects.all()):
        hidden += [bytes(row.fingerprint).hex(), repr(bytes(row.fingerprint))]
    for table in TABLES:
        pages = [lists(table), f"{lists(table)}{row_of(table).pk}/change/"]
        pages += [f"{lists('user')}{user.pk}/change/" for user in User.objects.all()]
        for page in pages:
            text = root.get(page).content.decode()
            assert [one for one in hidden if one in text] == [], page


@pytest.mark.slow
@pytest.mark.parametrize("table", TABLES)
def test_a_list_counts_within_a_limit_and_asks_no_more_for_more_rows(
    table: str, root: Client, filled: str, machine: KeyCaller
) -> None:
    def asked() -> list[str]:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert root.get(lists(table)).status_code == 200
        return [query["sql"] for query in queries]

    few = asked()
    for number in range(6):
        machine.submit(f"agent-{number}", deadline_at="2999-01-01T00:00:00Z")
        root.post(
            f"{lists('member')}add/",
            {"user": str(User.objects.create_user(f"{number}@myorg.example").pk)}
            | {"workspace": str(Workspace.objects.get().pk), "role": "viewer"},
        )
    many = asked()
    assert len(many) == len(few)
    counts = [sql for sql in many if "COUNT(" in sql]
    assert counts
    assert all(f"LIMIT {COUNTED}" in sql for sql in counts), counts


def test_a_role_can_be_given_changed_and_taken_away_and_each_is_in_the_audit_log(root: Client, workspace: Workspace) -> None:
    carol = User.objects.create_user("carol@myorg.example")
    form = {"user": str(carol.pk), "workspace": str(workspace.pk), "role": "viewer"}
    assert root.post(f"{lists('member')}add/", form).status_code == 302
    member = Member.objects.get(user=carol)
    assert root.post(f"{lists('member')}{member.pk}/change/", {"role": "approver"}).status_code == 302
    assert Member.objects.get(user=carol).role == Role.APPROVER
    assert root.post(f"{lists('member')}{member.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Member.objects.filter(user=carol).exists()
    told = AuditEntry.objects.filter(subject=carol.email).order_by("id")
    assert [entry.action for entry in told] == ["member.set", "member.set", "member.remove"]
    assert {entry.actor for entry in told} == {"system:admin root@myorg.example"}


def test_a_person_can_be_shut_out_but_not_renamed_to_another_address(root: Client, bob: PersonCaller) -> None:
    form = {"name": "Bob", "time_zone": "UTC", "email": "mallory@myorg.example", "password": "x"}
    assert root.post(f"{lists('user')}{bob.user.pk}/change/", form).status_code == 302
    kept = User.objects.get(pk=bob.user.pk)
    assert (kept.name, kept.email, kept.is_active, kept.is_superuser) == ("Bob", "bob@myorg.example", False, False)
    assert kept.password == bob.user.password


def test_a_workspace_can_be_set_to_registered_agents_only(root: Client, workspace: Workspace, machine: KeyCaller) -> None:
    page = f"{lists('workspace')}{workspace.pk}/change/"
    assert root.post(page, {"name": "Main", "require_registered_agents": "on", "slug": "taken"}).status_code == 302
    assert AuditEntry.objects.get(action="workspace.update").details == {
        "changes": {"name": "Main", "require_registered_agents": True}
    }
    assert Workspace.objects.get().slug == "production"
    assert Intent.objects.count() == 0
    body = {"intent_type": "order.fulfill.v1", "to_agent": "nobody", "payload": {}}
    assert machine.post("/intents", body).code == "agent_not_found"
