"""Forms of the settings: each has a page with an address of its own, which its list leads to."""

from dataclasses import dataclass

import pytest

from intents import auth
from intents.accounts.models import AgentKey, AuditEntry, Group, Member
from intents.accounts.services import groups
from tests.callers import SETUP, Caller, KeyCaller, PersonCaller
from tests.pages.browser import Browser
from tests.pages.test_schedules import turns
from tests.pages.test_settings import secret_of


@dataclass(frozen=True)
class Asks:
    """A form at `path`, which the page `at` leads to. `typed` is not in order: `field` is wrong, `kept` is shown again."""

    at: str
    path: str
    typed: dict[str, str]
    field: str
    kept: str

    def __str__(self) -> str:
        return self.path.removeprefix("/settings/")


LONG = "x" * 200
FORMS = [
    Asks("/settings/tokens", "/settings/tokens/new", {"name": "Laptop", "days": "31"}, "days", 'value="Laptop"'),
    Asks("/settings/agents", "/settings/agents/new", {"name": "no good", "description": "Refunds"}, "name", ">\nRefunds<"),
    Asks("/settings/agents/{agent}", "/settings/agents/{agent}/keys/new", {"tools": LONG}, "tools", LONG),
    Asks("/settings/agents/{agent}", "/settings/agents/{agent}/keys/{key}/rotate", {"overlap": "5"}, "overlap", ""),
    Asks(
        "/settings/agents/{agent}",
        "/settings/agents/{agent}/delivery",
        {"delivery_mode": "http", "callback_url": "agent.example"},
        "callback_url",
        'value="agent.example"',
    ),
    Asks("/settings/groups", "/settings/groups/new", {"name": "owner"}, "name", 'value="owner"'),
    Asks("/settings/groups/{group}", "/settings/groups/{group}/rename", {"name": "Owner"}, "name", 'value="Owner"'),
    Asks("/settings/people", "/settings/invitations/new", {"email": "x@y", "role": "viewer"}, "email", 'value="x@y"'),
    Asks("/settings/people/{member}", "/settings/people/{member}/manager", {"manager": "x@y.example"}, "manager", ""),
    Asks(
        "/settings/notifications", "/settings/notifications/chats/new", {"name": "Team", "url": "x"}, "url", 'value="Team"'
    ),
    Asks(
        "/settings/on-call/{schedule}",
        "/settings/on-call/{schedule}/stand-in",
        {"start": "2030-01-16T18:00"},
        "person",
        "T18",
    ),
]


@pytest.fixture
def where(alices: Browser, bob: PersonCaller, worker: KeyCaller, olga: PersonCaller) -> dict[str, str]:
    """The ids of things that stand in addresses."""
    alices.confirmed()
    schedule = alices.post("/settings/on-call/new", turns(bob, olga)).location.rpartition("/")[2]
    group = groups.create_group(actor=SETUP, workspace=worker.agent.workspace, name="Finance")
    return {
        "agent": str(worker.agent.id),
        "key": str(worker.key_id),
        "group": str(group.id),
        "member": str(Member.objects.get(user=bob.user).id),
        "schedule": schedule,
    }


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_a_form_has_a_page_that_its_list_leads_to(form: Asks, where: dict[str, str], alices: Browser) -> None:
    at, path = form.at.format(**where), form.path.format(**where)
    page = alices.get(at)
    assert f'href="{path}"' in page.html
    assert f'action="{path}"' not in page.html
    shown = alices.get(path)
    assert shown.status == 200
    assert f'action="{path}"' in shown.html
    assert f'href="{at}"' in shown.html
    assert "aria-invalid" not in shown.html


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_what_is_wrong_is_told_beside_its_field_and_what_was_typed_stays(
    form: Asks, where: dict[str, str], alices: Browser
) -> None:
    path = form.path.format(**where)
    page = alices.post(path, form.typed)
    assert page.status == 422
    assert f'id="id_{form.field}_error"' in page.html
    assert form.kept in page.html
    assert f'action="{path}"' in page.html


def test_an_empty_form_that_is_sent_tells_what_is_missing(where: dict[str, str], alices: Browser) -> None:
    page = alices.post("/settings/groups/new")
    assert (page.status, "This field is required." in page.text) == (422, True)


def test_what_was_made_once_is_refused_the_second_time_beside_its_field(where: dict[str, str], alices: Browser) -> None:
    """As from two tabs, or two presses without a script."""
    for path, form, field in (
        ("/settings/groups/new", {"name": "Treasury"}, "name"),
        ("/settings/agents/new", {"name": "billing"}, "name"),
        ("/settings/notifications/chats/new", {"name": "Team", "url": "jsons://chat.example/hook"}, "name"),
    ):
        assert alices.post(path, form).status == 302
        again = alices.post(path, form)
        assert (again.status, f'id="id_{field}_error"' in again.html) == (422, True), path
    assert Group.objects.filter(name="Treasury").count() == 1


def test_a_secret_is_shown_with_the_address_of_its_list(where: dict[str, str], alices: Browser) -> None:
    for path, form, at in (
        ("/settings/tokens/new", {"name": "x", "days": "30"}, "/settings/tokens"),
        ("/settings/agents/{agent}/keys/new", {"scope": "own", "days": "30"}, "/settings/agents/{agent}"),
        ("/settings/agents/{agent}/keys/{key}/rotate", {"overlap": "1"}, "/settings/agents/{agent}"),
        ("/settings/agents/{agent}/secret/rotate", {"overlap": "1"}, "/settings/agents/{agent}"),
        ("/settings/invitations/new", {"email": "new@partner.example", "role": "viewer"}, "/settings/people"),
    ):
        page = alices.post(path.format(**where), form)
        assert f'data-address="{at.format(**where)}"' in page.html, path


def test_a_key_completes_the_jobs_of_the_tools_it_was_made_for(where: dict[str, str], alices: Browser) -> None:
    form = {"scope": "own", "days": "30", "tools": " ocr \n\nprinter\nocr"}
    page = alices.post("/settings/agents/{agent}/keys/new".format(**where), form)
    assert "tools: ocr, printer" in page.text
    caller = Caller({"x-api-key": secret_of(page)})
    job = {"external_id": "1", "result": {}}
    taken, refused = (caller.post(f"/tools/{tool}/completions", job).status for tool in ("ocr", "scanner"))
    assert (taken < 300, refused) == (True, 403)
    many = form | {"tools": "\n".join(map(str, range(51)))}
    refused_page = alices.post("/settings/agents/{agent}/keys/new".format(**where), many)
    assert (refused_page.status, "At most 50 tools." in refused_page.text) == (422, True)
    rotated = alices.post(
        f"/settings/agents/{where['agent']}/keys/{AgentKey.objects.latest('id').id}/rotate", {"overlap": "0"}
    )
    assert rotated.text.count("tools: ocr, printer") == 2


def test_a_member_is_kept_out_until_unsuspended(
    where: dict[str, str], alices: Browser, bob: PersonCaller, bobs: Browser
) -> None:
    path = f"/settings/people/{where['member']}"
    assert "Suspend bob@myorg.example" in alices.get(path).text
    assert alices.post(f"{path}/suspend").location == "/settings/people"
    auth.forget()
    assert "bob@myorg.example is suspended" in alices.get("/settings/people").text
    assert bobs.get("/inbox").status == 403
    assert bob.get("/me/tasks").status in (401, 403)
    page = alices.get(path)
    assert "Unsuspend bob@myorg.example" in page.text
    assert f'action="{path}/suspend"' not in page.html
    alices.post(f"{path}/unsuspend")
    auth.forget()
    assert bobs.get("/inbox").status == 200
    assert bob.get("/me/tasks").status == 200
    done = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"member.suspend", "member.let_in"} <= done


def test_the_only_owner_is_not_suspended(alices: Browser, alice: PersonCaller) -> None:
    member = Member.objects.get(user=alice.user)
    path = f"/settings/people/{member.id}"
    assert "Suspend" not in alices.get(path).text
    page = alices.post(f"{path}/suspend", Referer=f"http://localhost{path}")
    assert page.location == path
    assert "A workspace needs an owner" in alices.get(path).text
    member.refresh_from_db()
    assert member.suspended_at is None


def test_an_admin_sees_no_button_for_what_only_owners_do(workspace: object, alice: PersonCaller, vera: PersonCaller) -> None:
    Member.objects.filter(user=vera.user).update(role="admin")
    owner = Member.objects.get(user=alice.user)
    browser = Browser().sign_in(vera.user).confirmed()
    page = browser.get(f"/settings/people/{owner.id}")
    assert f"/settings/people/{owner.id}/role" not in page.html
    assert "Suspend" not in page.text
    assert "Remove" not in page.text
    assert browser.post(f"/settings/people/{owner.id}/suspend").status == 403
