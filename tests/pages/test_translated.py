"""Every text of the pages, of their script and of the messages can be translated, and none that is kept is."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.test import RequestFactory

from axme_site import problems
from inbox.notifications import wording
from inbox.notifications.channels import chat, email
from inbox.notifications.services import fan_out
from inbox.notifications.services.messages import Item, OutgoingMessage
from inbox.templatetags.script import script_words
from inbox.views import design
from inbox.views.tasks import stuck
from inbox.vocabulary.kinds import KINDS
from intents.accounts.models import Workspace
from intents.accounts.services import invitations
from intents.kernel.actors import Role
from tests.callers import SETUP, KeyCaller, PersonCaller
from tests.inbox.conftest import ask
from tests.inbox.test_replaying import opened
from tests.pages.browser import Browser, Page
from tests.pages.marked import CLOSE, OPEN, bare, brackets
from tests.pages.policies import FORM
from tests.pages.signing import turn_on
from tests.pages.test_confirming import long_ago
from tests.security.conftest import ids
from tests.security.places import PLACES, PUBLIC, places

__all__ = ["ids", "places"]

MAIL = [name.with_suffix("") for name in Path(settings.BASE_DIR, "templates").glob("*/email/*_subject.txt")]
NAMES = {
    *("AXME Inbox", "EMAIL_URL", "UTC", "EET", "Europe/Riga", "JSON", "alice", "bob", "myorg", "production", "demo", "shop"),
    *(
        "order-service",
        "tests",
        "gone",
        "test",
        "Office",
        "Late",
        "Night",
        "Team chat",
        "Finance",
        "May I?",
        "Please",
        "Refund",
        "0.00 USD",
    ),
    *(
        "ACME",
        "Fulfill order",
        "EUR",
        "Amount",
        "Customer",
        "Lines",
        "SKU",
        "Price",
        "X-1",
        "Laptop",
        "small",
        "Small",
        "Budget",
    ),
    # The task about an access request is kept in the workspace's language.
    *("access", "access.request.v1", "owner, admin", "asks for access to"),
    *("Mine", "is:stuck", "corpor", "approver, admin, owner", "order.fulfill.v1", "crm", "GitHub", "Slack", "Stripe"),
    *("English", "Deutsch", "العربية", "Small refunds", "customer = ACME"),
    *("HMAC-SHA256", "curl", "Python", "TypeScript"),
    *("intent.*", "webhook.test", "settle.odd.v1", "Refund to a customer"),
    *("Rule stands", "refund.*", "order.refund", "amount.eur", "Large refunds"),
    *("Fulfil an order", "Fulfil an order ·  · AXME Inbox", "Ship it?", "check", "sign", "tell", "clerk", "manager"),
    *("· clerk", "· manager", "order.fulfil.v1"),
}
"""Data: what people and agents are called, what they wrote, and the names of fields that come from data."""
PAYLOAD = {"amount": 129, "currency": "EUR", "customer": "ACME", "lines": [{"sku": "X-1", "price": 1, "currency": "EUR"}]}
SCHEMA = {"required": ["laptop"], "properties": {"laptop": {"enum": ["small"]}, "budget": {"type": "number"}}}
LOOKING = ("inbox", "task", "notifications", "settings-policies", "settings-policy", "settings-people", "settings-group")
"""Pages that say something else to who may not change them."""


def all_in_brackets(pages: dict[str, Page | str]) -> None:
    shown = {name: page if isinstance(page, str) else page.html for name, page in pages.items()}
    found = sorted({f"{name}: {text}" for name, html in shown.items() for text in bare(html, NAMES)})
    assert not found, "not marked for translation:\n" + "\n".join(found)


def test_every_text_of_every_page_can_be_translated(places: dict[str, str], alice: PersonCaller, bob: PersonCaller) -> None:
    fan_out.notify()
    seen: dict[str, Page | str] = {}
    viewers = (
        ("an owner", Browser().sign_in(alice.user).confirmed(), {place.name for place in PLACES}),
        ("a manager", Browser().sign_in(bob.user), LOOKING),
        ("nobody", Browser(), PUBLIC),
    )
    with brackets():
        for who, browser, names in viewers:
            for place in PLACES:
                page = browser.get(place.at(places)) if place.name in names else None
                if page and page.status in (200, 410) and page.headers["content-type"].startswith("text/html"):
                    seen[f"{place.name} for {who}"] = page
    assert len(seen) > 50
    all_in_brackets(seen)


def test_what_is_said_of_tasks_can_be_translated_and_what_is_kept_stays(
    shop: KeyCaller, alice: PersonCaller, bob: PersonCaller
) -> None:
    stuck.forget()
    both = {"assignees": ["alice@myorg.example", "approver"], "escalation": {"end": {"after_seconds": 3600, "then": "fail"}}}
    levels = [{"after_seconds": 60, "to": to} for to in ("owner", "manager", "bob@myorg.example")]
    late = {
        "levels": levels,
        "reminders": {"after_seconds": 60, "at_most": 9},
        "end": {"after_seconds": 3600, "then": "fail"},
    }
    tasks = {kind: ask(shop, PAYLOAD, task_type=kind, risk="low", **both) for kind in KINDS}
    tasks |= {
        "filled": ask(shop, task_type="form", form_schema={"type": "object"} | SCHEMA, evidence_required=True, **both),
        "risky": ask(shop, PAYLOAD, title="Refund 5.00 EUR", description="Please", risk="high", **both),
        "watched": ask(shop, title="Please", assignees=["alice@myorg.example"], required_comment=True, escalation=late),
        "lost": ask(shop, title="Please", assignees=["nobody@elsewhere.example"]),
        "talked": ask(shop, title="Please", **both),
    }
    at = {name: f"/inbox/{one.task_id}" for name, one in tasks.items()}
    alices, bobs, away = (Browser().sign_in(who.user).confirmed() for who in (alice, bob, alice))
    long_ago(away)
    swap, yes = {"hx_request": "true"}, {"outcome": "approved"}
    with brackets():
        for verb, form in (
            *(("comment", {"text": "Please"}), ("ask", {"text": "Please"}), ("assign", {"to": "bob@myorg.example"})),
            *(("claim", {}), ("release", {}), ("delegate", {"to": "bob@myorg.example"}), ("snooze", {"until": "tomorrow"})),
        ):
            assert alices.post(f"{at['talked']}/{verb}", form).status == 302, verb
        assert bobs.post(f"{at['review']}/claim").status == 302
        no = {"outcome": "rejected", "reason": "Rule stands", "comment": "Please"}
        assert alices.post(f"{at['override']}/decide", no).status == 302
        assert alices.post(f"{at['override']}/undo").status == 302
        assert alices.post(f"{at['approval']}/decide", yes).status == 302

        seen: dict[str, Page | str] = {f"{name} for an owner": alices.get(path) for name, path in at.items()}
        seen |= {f"{name} for a manager": bobs.get(path) for name, path in at.items()}
        seen |= {view: alices.get(f"/inbox?view={view}") for view in ("waiting", "claimed", "snoozed", "over", "undecided")}
        seen["a search"], seen["stuck"] = alices.get("/inbox?q=nothing"), alices.get("/inbox/stuck")
        seen["to confirm"] = alices.post(f"{at['risky']}/decide", yes, **swap)
        seen["to show that it is them"] = away.post(f"{at['risky']}/decide", yes, **swap)
        seen["in their place"] = alices.get(f"{at['lost']}?override=yes")
        seen["decided"] = bobs.post(f"{at['clarification']}/decide", {"outcome": "declined", "comment": "Please"}, **swap)
    all_in_brackets(seen)
    for one in tasks.values():
        kept = json.dumps([shop.events(one.intent_id), one.task(alice)], ensure_ascii=False)
        assert OPEN not in kept, kept


def test_what_forms_answer_can_be_translated(
    workspace: Workspace, shop: KeyCaller, alice: PersonCaller, bob: PersonCaller, olga: PersonCaller
) -> None:
    opened(ask(shop, title="Please"), 2).decide(bob, "approved").ok()
    opened(ask(shop, title="Please"), 30)
    browser, anybody = Browser().sign_in(alice.user).confirmed(), Browser()
    turn_on(Browser().sign_in(olga.user).confirmed())
    second = Browser().sign_in(olga.user).confirmed()
    link = (
        "/invitations/"
        + invitations.invite(actor=SETUP, workspace=workspace, role=Role.VIEWER, email="new@myorg.example")[1]
    )
    known = "/invitations/" + invitations.invite(actor=SETUP, workspace=workspace, role=Role.VIEWER)[1]
    agent, request = f"/settings/agents/{shop.agent.id}", RequestFactory().get("/", headers={"Accept": "text/html"})
    wide = FORM | {
        "match.risks": "medium",
        "match.intent_types": "",
        "match.payload.0.field": "",
        "match.payload.0.value": "",
    }
    shift = {
        "name": "Night",
        "time_zone": "UTC",
        "starts_on": "2026-01-01",
        "hand_over": "09:00",
        "length": "1",
        "unit": "days",
    }
    seen: dict[str, Page | str] = {}

    def send(path: str, **form: Any) -> None:
        page = browser.post(path, {name.replace("__", "."): value for name, value in form.items()})
        seen[f"{path} {form}"] = page if page.status in (200, 422) else browser.get(page.location)

    with brackets():
        send("/settings/profile", name="", time_zone="Nowhere", theme="dark", density="dense")
        send("/settings/notifications", browser="low", quiet_start="10:00", digest_every="day", digest_at="25:00")
        send("/settings/calendars/new", name="Office", time_zone="Europe/Riga", mon="17-9")
        send("/settings/on-call/new", **shift)
        send("/settings/on-call/new", person_0=str(bob.user.id), person_1=str(alice.user.id), mon="9-17", **shift)
        send("/settings/policies/new", do="add:condition", **FORM)
        send("/settings/policies/new", do="preview", **FORM)
        send("/settings/policies/new", do="replay", **wide)
        send("/settings/policies/new", do="save", **FORM)
        send("/settings/tokens/new", name="test", days="30")
        send(f"{agent}/keys/new", scope="own", tools="test", days="30")
        send(f"{agent}/keys/{shop.key_id}/rotate", overlap="24")
        send("/settings/invitations/new", email="i@myorg.example", role="viewer")
        send("/settings/groups/new", name="Finance")
        send("/setup")
        seen["policies for a manager"] = Browser().sign_in(bob.user).get("/settings/policies")
        for name in ("turn-off", "codes", "codes/new"):
            seen[name] = second.get(f"/account/second-factor/{name}")
        for path in (link, known):
            seen |= {f"{path[:14]} for nobody": anybody.get(path), f"{path[:14]} for Alice": browser.get(path)}
        seen["a wrong password"] = anybody.post("/sign-in", {"login": "bob@myorg.example", "password": "x"})
        seen["nowhere"] = browser.get("/nowhere")
        seen["without its token"] = browser.post("/settings/profile", {"csrfmiddlewaretoken": "x" * 32})
        for view in (design.setup, design.code, problems.server_error):
            seen[view.__name__] = view(request).content.decode()
        seen["too many tries"] = render_to_string("429.html")
    all_in_brackets(seen)


@pytest.mark.parametrize("template", MAIL, ids=lambda name: name.stem)
def test_the_mail_of_the_account_can_be_translated(template: Path) -> None:
    user = SimpleNamespace(email="bob@myorg.example")
    invitation = SimpleNamespace(
        invited_by="alice@myorg.example", role="approver", expires_at=datetime(2030, 1, 1, tzinfo=UTC)
    )
    workspace = SimpleNamespace(name="production", organization=SimpleNamespace(name="myorg"))
    known = {"base_url": settings.BASE_URL, "link": "https://a.example/b", "password_reset_url": "https://a.example/c"}
    known |= {"user": user, "invitation": invitation, "workspace": workspace}
    known |= {"timestamp": datetime(2030, 1, 1, tzinfo=UTC), "ip": "::1", "user_agent": "test"}
    with brackets():
        message = str(template).removesuffix("_subject")
        all_in_brackets({part: render_to_string(f"{message}_{part}.txt", known) for part in ("subject", "message")})


def test_messages_can_be_translated() -> None:
    first = Item(UUID(int=1), "assigned", 1, "high", UUID(int=2), "Please", "shop", datetime.now(UTC), "user", None)
    items = [replace(first, kind=kind) for kind in wording.SAYS] + [replace(first, reason="group", group="Finance")]
    items += [replace(first, reason="role"), replace(first, kind="reminder", number=2)]
    whom = {"email": "bob@myorg.example", "name": "bob", "workspace": "production", "zone": ZoneInfo("Europe/Riga")}
    whom |= {"attempt": 1, "channel": "email", "slot": "", "address_id": None, "sealed": None}
    one = OutgoingMessage(id=UUID(int=3), total=1, items=(first,), **whom)
    many = OutgoingMessage(id=UUID(int=3), total=99, items=tuple(items), **whom)
    with brackets():
        for message in (one, many):
            mail = email.compose(message)
            assert isinstance(mail.body, str)
            html = str(mail.alternatives[0][0])
            all_in_brackets(
                {
                    "subject": mail.subject,
                    "text": mail.body,
                    "html": html,
                    "chat": "\n".join([*chat.parts(message), *chat.closing(message)]),
                }
            )


def test_the_script_says_what_came_with_the_page() -> None:
    with brackets():
        words = json.loads(re.sub(r"<[^>]*>", "", script_words()))
    assert all(text.startswith(OPEN) and text.endswith(CLOSE) for text in words.values())
    found = finders.find("js/app.js")
    assert isinstance(found, str)
    scripts = [path.read_text() for path in Path(found).parent.glob("*.js")]
    assert {name for script in scripts for name in re.findall(r"\bsaid\.(\w+)", script)} == words.keys()
    for path in Path(found).parent.glob("*.js"):
        code = re.sub(r"^\s*//.*$|\s// .*$", "", path.read_text(), flags=re.M)
        assert re.findall(r"[\"'`>][A-Z][a-z]+[ .][^\"'`]*", code) == [], f"{path.name} has a text of its own"
