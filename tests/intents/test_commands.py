"""The commands for the first organization, key and person."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from intents import auth
from intents.accounts.models import AgentKey, AuditEntry, Member, Organization, PersonToken, User, Workspace
from intents.accounts.services import tenancy
from intents.auth import Credentials
from intents.kernel.actors import Machine, Person, Role, Scope
from intents.kernel.errors import DomainError

pytestmark = pytest.mark.django_db

HOME = ("--workspace", "acme/prod")


def run(*command: str) -> tuple[str, str]:
    """What a command prints to standard output and to standard error."""
    out, err = StringIO(), StringIO()
    call_command(*command, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def refused(*command: str) -> str:
    with pytest.raises(CommandError) as refusal:
        run(*command)
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


@pytest.fixture
def home() -> Workspace:
    run("create_organization", "acme", "--name", "Acme Inc.")
    run("create_workspace", "acme/prod")
    return Workspace.objects.get()


@pytest.fixture
def worker(home: Workspace) -> None:
    run("create_agent", "worker", *HOME)


def accepted(secret: str) -> Machine | Person:
    auth.forget()
    return auth.authenticate(Credentials(authorization=f"Bearer {secret}"))


def test_organizations_and_workspaces_are_made_once(home: Workspace) -> None:
    assert "exists already" in run("create_organization", "acme", "--name", "Other")[1]
    assert "exists already" in run("create_workspace", "acme/prod")[1]
    assert Organization.objects.get().name == "Acme Inc."
    assert str(Workspace.objects.get()) == "acme/prod"


def test_a_new_person_gets_a_password_on_standard_output_alone(home: Workspace) -> None:
    out, err = run("create_person", "Alice@Example.com", *HOME, "--role", "owner", "--name", "Alice")
    password = out.strip()
    alice = User.objects.get(email="alice@example.com")
    assert alice.check_password(password)
    assert password not in err
    assert not alice.is_superuser
    assert Member.objects.get(user=alice).role == Role.OWNER


def test_a_known_person_gets_another_role_and_keeps_the_password(home: Workspace) -> None:
    password = run("create_person", "alice@example.com", *HOME, "--role", "admin")[0].strip()
    assert run("create_person", "ALICE@example.com", *HOME, "--role", "viewer")[0] == ""
    alice = User.objects.get()
    assert alice.check_password(password)
    assert Member.objects.get(user=alice).role == Role.VIEWER


def test_the_last_owner_stays_one(home: Workspace) -> None:
    run("create_person", "alice@example.com", *HOME, "--role", "owner")
    with pytest.raises(CommandError, match="a workspace needs an owner"):
        run("create_person", "alice@example.com", *HOME, "--role", "viewer")
    assert Member.objects.get().role == Role.OWNER


@pytest.mark.usefixtures("worker")
def test_a_key_is_printed_once_works_and_is_kept_as_a_hash_alone() -> None:
    out, err = run("create_key", "agent://acme/prod/worker", *HOME)
    secret = out.strip()
    actor = accepted(secret)
    assert isinstance(actor, Machine)
    assert (actor.label, actor.scope) == ("agent://acme/prod/worker", Scope.OWN)
    key = AgentKey.objects.get()
    assert str(key.id) in err
    assert secret not in err
    assert all(secret not in str(value) for value in vars(key).values())
    assert not AuditEntry.objects.filter(details__icontains=secret[-20:]).exists()


@pytest.mark.usefixtures("worker")
def test_a_key_can_reach_the_workspace_and_can_expire() -> None:
    run("create_key", "worker", *HOME, "--scope", "workspace", "--expires-in-days", "1.5")
    key = AgentKey.objects.get()
    assert key.scope == Scope.WORKSPACE
    assert key.expires_at is not None
    assert 129_500 < (key.expires_at - key.created_at).total_seconds() < 129_700


@pytest.mark.parametrize("named_by", ["id", "secret"])
@pytest.mark.usefixtures("worker")
def test_a_revoked_key_is_refused_and_revoking_twice_changes_nothing(named_by: str) -> None:
    secret = run("create_key", "worker", *HOME)[0].strip()
    name = secret if named_by == "secret" else str(AgentKey.objects.get().id)
    assert secret not in "".join(run("revoke_key", name))
    ended = AgentKey.objects.get().revoked_at
    assert ended is not None
    run("revoke_key", name)
    assert AgentKey.objects.get().revoked_at == ended
    with pytest.raises(DomainError):
        accepted(secret)


def test_a_token_speaks_for_its_person_until_it_is_revoked(home: Workspace) -> None:
    run("create_person", "alice@example.com", *HOME, "--role", "approver")
    secret = run("create_token", "alice@example.com", *HOME, "--name", "laptop")[0].strip()
    actor = accepted(secret)
    assert isinstance(actor, Person)
    assert (actor.email, actor.role) == ("alice@example.com", Role.APPROVER)
    run("revoke_token", str(PersonToken.objects.get().id))
    with pytest.raises(DomainError):
        accepted(secret)


def test_what_they_do_is_in_the_audit_log(home: Workspace) -> None:
    run("create_agent", "worker", *HOME)
    run("revoke_key", run("create_key", "worker", *HOME)[0].strip())
    actions = AuditEntry.objects.order_by("id").values_list("action", flat=True)
    assert list(actions) == ["workspace.create", "agent.create", "key.create", "key.revoke"]
    assert set(AuditEntry.objects.values_list("actor", flat=True)) == {"system:command"}


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (["create_organization", "Acme!"], "lower-case letters"),
        (["create_workspace", "acme"], "organization/workspace"),
        (["create_workspace", "acme/"], "organization/workspace"),
        (["create_workspace", "acme/a/b"], "organization/workspace"),
        (["create_workspace", "nobody/prod"], "no organization nobody"),
        (["create_person", "alice", *HOME, "--role", "owner"], "no email address"),
        (["create_person", "a@example.com", "--workspace", "acme/other", "--role", "owner"], "no workspace acme/other"),
        (["create_person", "a@example.com", *HOME, "--role", "king"], "invalid choice"),
        (["create_agent", "worker", *HOME], "exists already"),
        (["create_agent", "no good", *HOME], "agent address"),
        (["create_agent", "agent://other/prod/x", *HOME], "no agent has the address"),
        (["create_key", "wrker", *HOME], "no agent is registered as wrker"),
        (["create_key", "worker", *HOME, "--expires-in-days", "-1"], "passed already"),
        (["create_key", "worker", *HOME, "--expires-in-days", "1e300"], "no number of days"),
        (["create_key", "worker", *HOME, "--expires-in-days", "nan"], "no number of days"),
        (["create_token", "nobody@example.com", *HOME, "--name", "x"], "nobody is registered"),
        (["revoke_key", "axme_sa_nonsense"], "no such key"),
        (["revoke_token", "01a1fa98-c5c6-722d-8c7f-2990e7ec5162"], "no such token"),
    ],
)
@pytest.mark.usefixtures("worker")
def test_what_cannot_be_done_is_refused_in_one_line(command: list[str], reason: str) -> None:
    assert reason in refused(*command)
    assert AgentKey.objects.count() == User.objects.count() == 0


def test_a_token_for_a_stranger_to_the_workspace_is_refused(home: Workspace) -> None:
    User.objects.create_user("bob@example.com")
    assert "no member" in refused("create_token", "bob@example.com", *HOME, "--name", "x")


def test_a_database_that_is_away_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**kwargs: object) -> None:
        raise OperationalError("connection refused\nIs the server running?")

    monkeypatch.setattr(tenancy, "create_organization", away)
    assert "the database does not answer; is the server running? (connection refused)" in refused(
        "create_organization", "acme"
    )
