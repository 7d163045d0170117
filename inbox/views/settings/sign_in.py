"""How people sign in to the workspace: what is required, how long sessions last, and what claims give."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from inbox.templatetags.pages import role as role_words
from inbox.views.kit.acting import Request, acts, asks_confirmed, confirmed, sent, signed_in
from inbox.views.settings.page import FormPage, ask, show
from intents.accounts import selectors as accounts
from intents.accounts.models import Requirement, SignInRules
from intents.accounts.oidc import providers
from intents.accounts.oidc.gifts import EMAIL_DOMAIN
from intents.accounts.services import claims, sign_in_rules
from intents.accounts.services.sign_in_rules import SignInTerms
from intents.kernel.actors import Role
from intents.kernel.errors import Denied

REQUIREMENTS: dict[str, str | Promise] = {
    Requirement.NONE: _("Nothing beside the password"),
    Requirement.SECOND_FACTOR: _("A second factor: a passkey or an authenticator app"),
    Requirement.PASSKEY: _("A passkey"),
    Requirement.OIDC: _("Signing in with an identity provider"),
}


def ensure_owner(request: Request) -> None:
    """Raises Denied."""
    if request.person.role is not Role.OWNER:
        raise Denied("only an owner changes how people sign in")


def _roles(roles: Iterable[Role]) -> list[tuple[str, str]]:
    return [(str(role), role_words(role).capitalize()) for role in roles]


class RulesForm(forms.Form):
    requires = forms.ChoiceField(
        label=_("Require"), required=False, choices=list(REQUIREMENTS.items()), widget=forms.RadioSelect
    )
    roles = forms.MultipleChoiceField(
        label=_("Of whom"),
        required=False,
        choices=lambda: _roles(Role),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose none to require it of everybody."),
    )
    grace_days = forms.IntegerField(
        label=_("Days of grace"),
        min_value=0,
        max_value=sign_in_rules.LONGEST_GRACE_DAYS,
        help_text=_("How long people may go on without it, from now or from when they join. 0: at once."),
    )
    session_hours = forms.IntegerField(
        label=_("Sign in again after (hours)"),
        required=False,
        min_value=sign_in_rules.SESSION_HOURS[0],
        max_value=sign_in_rules.SESSION_HOURS[1],
        help_text=_("However much a session is used. Leave it empty for no limit."),
    )
    idle_minutes = forms.IntegerField(
        label=_("Sign out when away for (minutes)"),
        required=False,
        min_value=sign_in_rules.IDLE_MINUTES[0],
        max_value=sign_in_rules.IDLE_MINUTES[1],
        help_text=_("A page that is open and live counts as being there. Leave it empty for no limit."),
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)


class MappingForm(forms.Form):
    provider = forms.ChoiceField(label=_("Identity provider"))
    claim = forms.CharField(
        label=pgettext_lazy("of an identity provider", "Claim"),
        max_length=120,
        help_text=_("For example groups, realm_access.roles, or email_domain for the domain of a verified address."),
    )
    value = forms.CharField(label=_("Value"), max_length=255, help_text=_("For example finance, or example.com."))
    role = forms.ChoiceField(label=_("Role"), required=False)
    group = forms.ChoiceField(label=_("Group"), required=False)

    def __init__(self, *args: Any, groups: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given: Any = self.fields
        given["provider"].choices = [(one.id, one.name) for one in providers.known()]
        given["role"].choices = [
            ("", _("none")),
            *_roles(claims.MAPPED_ROLES),
        ]
        given["group"].choices = [("", _("none")), *groups]


@signed_in
@require_safe
def sign_in_page(request: Request) -> HttpResponse:
    rules = accounts.sign_in_rules(request.person.workspace_id)
    names = {one.id: one.name for one in providers.known()}
    known = {
        "rules": rules,
        "requires": REQUIREMENTS[rules.requires if rules else ""],
        "mappings": [
            {"row": row, "provider": names.get(row.provider, row.provider), "by_domain": row.claim == EMAIL_DOMAIN}
            for row in accounts.claim_mappings(request.person.workspace_id)
        ],
        "providers": names,
        "owns": request.person.role is Role.OWNER,
    }
    return show(request, "sign-in", known, template="sign_in")


@asks_confirmed
def edit_rules(request: Request) -> HttpResponse:
    ensure_owner(request)
    page = FormPage(
        tab="sign-in",
        route="edit-sign-in",
        title=_("Rules for signing in"),
        intro=_("Who does not meet them is led to set up what is missing, and sees and decides nothing until then."),
        button=_("Save"),
        back=reverse("settings-sign-in"),
        back_words=_("Signing in"),
        confirms=True,
    )
    row = accounts.sign_in_rules(request.person.workspace_id)
    form = RulesForm(sent(request), initial=_initial(row))

    def save(given: Mapping[str, Any]) -> HttpResponse:
        terms = SignInTerms(
            requires=Requirement(given["requires"]),
            roles=[Role(role) for role in given["roles"]],
            grace_days=given["grace_days"],
            session_hours=given["session_hours"],
            idle_minutes=given["idle_minutes"],
        )
        sign_in_rules.save(actor=request.person, rules=terms, revision=given["revision"])
        messages.success(request, _("The rules for signing in are saved."))
        return redirect("settings-sign-in")

    return ask(request, page, form, save, else_at="requires")


def _initial(row: SignInRules | None) -> dict[str, Any]:
    if row is None:
        return {"requires": Requirement.NONE, "grace_days": 7, "revision": 0}
    names = ("requires", "roles", "grace_days", "session_hours", "idle_minutes", "revision")
    return {name: getattr(row, name) for name in names}


@asks_confirmed
def add_mapping(request: Request) -> HttpResponse:
    ensure_owner(request)
    page = FormPage(
        tab="sign-in",
        route="add-mapping",
        title=_("Map a claim"),
        intro=_("Whoever signs in with this value gets the role, the group, or both; without it they lose what this gave."),
        button=_("Add"),
        back=reverse("settings-sign-in"),
        back_words=_("Signing in"),
        confirms=True,
    )
    choices = [(str(group.id), group.name) for group in accounts.groups(request.person)]

    def add(given: Mapping[str, Any]) -> HttpResponse:
        group = UUID(given["group"]) if given["group"] else None
        parts = {name: given[name] for name in ("provider", "claim", "value", "role")}
        claims.add(actor=request.person, group_id=group, **parts)
        messages.success(request, _("The mapping counts from everybody's next sign-in."))
        return redirect("settings-sign-in")

    return ask(request, page, MappingForm(sent(request), groups=choices), add, else_at="value")


@acts
@confirmed
def remove_mapping(request: Request, mapping_id: UUID) -> HttpResponse:
    ensure_owner(request)
    claims.remove(actor=request.person, mapping=accounts.claim_mapping(request.person, mapping_id))
    messages.success(request, _("Removed. What it gave is taken back at each person's next sign-in."))
    return redirect("settings-sign-in")
