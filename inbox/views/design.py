"""Every piece of the pages once, to be looked at by those who change one. Served with DEBUG alone."""

from datetime import timedelta
from typing import Any

from allauth.mfa.base.forms import AuthenticateForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from inbox import forms, presentation
from inbox.notifications.chat_links import SLACK, TEAMS, Member
from inbox.views.account import arriving
from inbox.views.tasks.shown.data import AgentStatement
from inbox.vocabulary.kinds import RISKS
from intents.kernel import clock

PAYLOAD = {
    "amount": 129.0,
    "currency": "EUR",
    "customer": {"name": "ACME GmbH", "since": "2019-03-01"},
    "old_iban": "DE89 3704 0044 0532 0130 00",
    "new_iban": "LV80 BANK 0000 4351 9500 1",
    "lines": [
        {"sku": "X-1", "quantity": 2, "price": 40, "currency": "EUR"},
        {"sku": "Y", "quantity": 1, "price": 49, "currency": "EUR"},
    ],
    "paid": True,
    "note": None,
    "site": "https://\u0430cme.example/orders",
    "hidden": "pay\u202egnp.exe",
}
SCHEMA = {
    "type": "object",
    "required": ["amount", "laptop"],
    "properties": {
        "amount": {"type": "number", "title": "Amount", "description": "In EUR."},
        "laptop": {"enum": ["small", "large"], "title": "Laptop"},
        "office": {"enum": ["Riga", "Berlin", "Lisbon", "Porto", "Oslo"], "title": "Office"},
        "days": {"type": "array", "items": {"enum": ["Mon", "Tue", "Wed"]}, "title": "Days"},
        "start": {"type": "string", "format": "date", "title": "First day"},
        "remote": {"type": "boolean", "title": "Works remotely"},
        "address": {"type": "object", "title": "Address", "properties": {"street": {"type": "string", "maxLength": 80}}},
        "notes": {"type": "string", "title": "Notes"},
    },
}
SAID = "The customer **returned** the goods.\n" + "Another line.\n" * 12
NOTICES = (
    ("", "info", "Something to know."),
    ("accent", "hand", "Claimed by Ann."),
    ("green", "check", "You decided this: Approved."),
    ("amber", "clock", "Expired without a decision."),
    ("red", "triangle-alert", "The text says 10.00 EUR, the data says 129.00 EUR."),
)


WORKSPACE = {"name": "Production", "organization": {"name": "ACME Gesellschaft für Antriebstechnik"}}
INVITATION = {"invited_by": "olivia@myorg.example", "role": "approver", "email": "ines@partner.example"}
SEAT = {"workspace": "Production", "organization": "ACME Gesellschaft für Antriebstechnik"}
JOINING = {"workspace": WORKSPACE, "invitation": INVITATION}
RARE: dict[str, tuple[str, dict[str, Any]]] = {
    "recovery-codes": (
        "mfa/recovery_codes/index.html",
        {"can_view_codes": True, "unused_codes": [f"{number:08x}" for number in range(3**17, 3**18, 3**16 * 4 // 5)]},
    ),
    "suspended": ("account/account_inactive.html", {}),
    "no-workspace": ("account/no_workspace.html", {}),
    "password-changed": ("account/password_reset_from_key_done.html", {}),
    "invitation-expired": ("account/invitation_over.html", JOINING),
    "invitation-sign-in": ("account/invitation_sign_in.html", JOINING),
    "invitation-join": ("account/invitation_join.html", JOINING | {"mine": True}),
    "invitation-of-another": ("account/invitation_join.html", JOINING),
    "slack-link": (
        "settings/notifications/member_link.html",
        {"chat": SLACK, "member": Member("T0123456789", "U0123", "ann", "myorg.slack.com"), "others": 3, "seat": SEAT},
    ),
    "teams-link": (
        "settings/notifications/member_link.html",
        {
            "chat": TEAMS,
            "member": Member("72f988bf-86f1-41af-91ab-2d7cd011db47", "7faf8ab2-3d56-4244-b585-20c8a42ed2b8", "Ann"),
            "seat": SEAT,
        },
    ),
    "setup-begun": ("account/setup.html", {"form": arriving.SetupForm()}),
}


def setup(request: HttpRequest) -> HttpResponse:
    """The setup page with a wrong code, which a server that is set up shows no more."""
    form = arriving.SetupForm({"organization": "ACME", "workspace": "Production", "code": "1234"})
    return render(request, "account/setup.html", {"form": form})


def code(request: HttpRequest) -> HttpResponse:
    """The second step of signing in, which only follows the first."""
    return render(request, "mfa/authenticate.html", {"form": AuthenticateForm(user=None)})


def rare(request: HttpRequest, name: str) -> HttpResponse:
    """A page that is hard to get to."""
    template, context = RARE[name]
    return render(request, template, context)


def _fields() -> list[forms.Field]:
    made = forms.fields(SCHEMA)
    forms.place(made, {"data.amount": "must be a number", "data.laptop": "this field is required"})
    return made


def pieces(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    facts, more = presentation.facts(PAYLOAD)
    context = {
        "now": now,
        "theme": request.GET.get("theme", ""),
        "risks": RISKS,
        "dues": [now + timedelta(minutes=minutes) for minutes in (-5, 20, 130, 2000)],
        "since": now - timedelta(hours=1),
        "fields": _fields(),
        "notices": NOTICES,
        "facts": facts,
        "more": more,
        "identity": "password",
        "said": AgentStatement(
            "Refund 10.00 EUR to ACME",
            presentation.folded("The customer **returned** the goods.\n" + "Another line.\n" * 12),
        ),
    }
    return render(request, "design.html", context)
