"""Every page and button of the site, and things of a workspace for those that are about one."""

import json
from dataclasses import dataclass

import pytest
from django.urls import URLPattern, reverse

from inbox.models import IntentTypeName
from inbox.operations.selectors import own_views
from inbox.urls import urlpatterns
from intents.accounts.models import Agent, ClaimMapping, Member, Workspace
from intents.accounts.services import groups, invitations, tenancy
from intents.engine.models import Tool
from intents.kernel import clock
from intents.kernel.actors import Role
from intents.scenarios import trying
from intents.scenarios.services import applying, drafts
from intents.schemas import bundles
from intents.semantics.models import SemanticSchema
from tests.callers import SETUP, PersonCaller, make_person
from tests.inbox.conftest import person
from tests.pages.browser import Browser
from tests.pages.drafting import DOCUMENT
from tests.security.conftest import OF_ACCOUNTS, Store
from tests.security.routes import UNKNOWN

PUBLIC = {
    # What a home screen needs, which knows nobody.
    *("manifest", "worker", "offline"),
    *("session", "language"),
    *("account_login", "account_inactive", "account_reset_password", "account_reset_password_done"),
    *("account_reset_password_from_key", "account_reset_password_from_key_done", "setup", "invitation", "settings"),
    *("passkey-options", "mfa_login_webauthn", "oidc-start", "oidc-callback"),
    "exchange-ticket",
}
"""For everybody. Of these `settings` only leads on, and the two with a secret in them show a way in to who knows it."""


FOR_ADMINS = {
    *("settings-change-role", "settings-remove-member", "settings-invite", "settings-invite-again"),
    *("settings-revoke-invitation", "settings-create-group", "settings-rename-group", "settings-delete-group"),
    *("settings-join-group", "settings-leave-group", "settings-create-agent", "settings-delete-agent"),
    *("settings-create-policy", "settings-policy", "settings-delete-policy", "settings-move-policy"),
    *("confirm-create-policy", "confirm-policy", "settings-create-key", "settings-rotate-key", "settings-revoke-key"),
    *(
        "settings-set-manager",
        "settings-set-owner",
        "settings-workspace-language",
        "settings-workspace-status",
        "settings-presence",
        "settings-reassign",
    ),
    *("settings-new-calendar", "settings-edit-calendar", "settings-delete-calendar", "settings-new-schedule"),
    *("settings-edit-schedule", "settings-delete-schedule", "settings-stand-in", "settings-stand-down"),
    *("settings-suspend-member", "settings-unsuspend-member", "confirm-set-manager", "confirm-invite"),
    *("confirm-create-key", "confirm-rotate-key"),
    *("settings-agent-delivery", "confirm-agent-delivery", "settings-rotate-secret", "confirm-rotate-secret"),
    "settings-enable-url",
    *("operations-new-endpoint", "operations-edit-endpoint", "operations-rotate-endpoint", "operations-test-endpoint"),
    *("operations-disable-endpoint", "operations-enable-endpoint", "operations-delete-endpoint"),
    *("confirm-new-endpoint", "confirm-edit-endpoint", "confirm-rotate-endpoint"),
    *("settings-new-tool", "confirm-new-tool", "settings-edit-tool", "confirm-edit-tool", "settings-remove-tool"),
    *(
        "settings-name-type",
        "settings-rename-type",
        "settings-unname-type",
        "settings-standing-rules",
        "confirm-standing-rules",
        "operations-people-visibility",
    ),
    *("operations-edit-limits", "operations-edit-agent-limits"),
    *("settings-new-schema", "settings-edit-schema", "settings-new-schema-version", "settings-edit-quotas"),
    *("settings-edit-data", "confirm-data", "operations-erase", "settings-erase-person", "confirm-erase-person"),
    *("settings-edit-sign-in", "confirm-edit-sign-in", "settings-add-mapping", "confirm-add-mapping"),
    *("settings-remove-mapping", "settings-remove-demo", "settings-first-request"),
    *("confirm-new-calendar", "confirm-calendar", "confirm-new-schedule", "confirm-schedule", "confirm-stand-in"),
}


OWN = {"settings-end-session", "settings-revoke-token", "settings-remove-address"}
"""Of a person's own things: another's are unknown to everybody."""


FORM = {
    "name": "x",
    "email": "z@myorg.example",
    "role": "viewer",
    "scope": "own",
    "days": "30",
    "overlap": "0",
    "outcome": "approved",
    "comment": "x",
    "question": "x",
    "text": "x",
    "reason": "x",
    "until": "2999-01-01T00:00",
    "to": "alice@myorg.example",
    "time_zone": "UTC",
    "theme": "dark",
    "density": "dense",
    "code": "1",
    "password": "x",
    "oldpassword": "x",
    "password1": "a new long one",
    "password2": "a new long one",
    "to_agent": "billing",
    "hours": "2",
    "q": "is:stuck",
}


@dataclass(frozen=True)
class Place:
    name: str
    parameters: tuple[str, ...]

    def __str__(self) -> str:
        return self.name

    def at(self, ids: dict[str, str]) -> str:
        """KeyError for a parameter nobody thought of."""
        return reverse(self.name, kwargs={name: ids[name] for name in self.parameters})


PLACES = [
    Place(one.name, tuple(one.pattern.converters) or tuple(one.pattern.regex.groupindex))
    for one in urlpatterns
    if isinstance(one, URLPattern) and one.name
]


SIGNED_IN = [place for place in PLACES if place.name not in PUBLIC]


WITH_IDS = [place for place in SIGNED_IN if place.parameters]


@pytest.fixture
def store(store: Store) -> Store:
    """Without bookkeeping: what a browser is at and when it was last seen, how often somebody tried something, and which
    tasks a person has looked at."""
    tables = sorted(set(store.tables) - {"intents_session", "intents_tries", "inbox_opened"})
    return Store([*tables, *OF_ACCOUNTS])


@pytest.fixture
def places(ids: dict[str, str], workspace: Workspace, alice: PersonCaller, bob: PersonCaller) -> dict[str, str]:
    """The path parameters of things that exist in Alice's workspace."""
    invitation, token = invitations.invite(actor=SETUP, workspace=workspace, role=Role.VIEWER, email="i@myorg.example")
    gone = make_person(workspace, "gone@myorg.example", Role.VIEWER)
    tenancy.remove_member(actor=SETUP, member=Member.objects.get(user=gone.user))
    view = own_views(person(alice)).create(
        workspace=workspace, user=alice.user, name="Mine", q="is:stuck", created_at=clock.now()
    )
    mapping = ClaimMapping.objects.create(
        workspace=workspace, provider="corpor", claim="groups", value="finance", role="viewer", created_at=clock.now()
    )
    return ids | {
        "token": token,
        "endpoint_id": ids["subscription_id"],
        **scenario(alice),
        "invitation_id": str(invitation.id),
        "view_id": str(view.id),
        "user_id": str(gone.user.id),
        "group_id": str(groups.create_group(actor=SETUP, workspace=workspace, name="Finance").id),
        "member_id": str(Member.objects.get(user=bob.user).id),
        "agent": "order-service",
        "agent_id": str(Agent.objects.get(name="order-service").id),
        "tool_id": str(Tool.objects.get().id),
        "name_id": str(IntentTypeName.objects.get().id),
        "schema_id": str(SemanticSchema.objects.get().id),
        "request_id": ids["access_request_id"],
        "token_id": str(alice.token.id),
        "session_id": str(Browser().sign_in(alice.user).session.id),
        "uidb36": "abc",
        "key": "nonsense",
        "to": "sideways",
        "passkey_id": "970001",
        "mapping_id": str(mapping.id),
        "provider_id": "corpor",
    }


def scenario(who: PersonCaller) -> dict[str, str]:
    """A scenario, and a draft of another, which was tried."""
    actor = person(who)
    read, made = bundles.compiled(DOCUMENT, actor=actor)
    applying.save(actor=actor, sent=DOCUMENT, compiled=made, base=0)
    draft = drafts.begin(actor=actor, text=json.dumps(DOCUMENT))
    tried = trying.rehearse(program=made.program, run=read.run, played={"sign": "late"}, now=clock.now())
    drafts.keep_try(actor=actor, draft_id=draft.id, revision=1, rehearsal=tried, played={})
    return {"scenario_id": DOCUMENT["scenario_id"], "draft_id": str(draft.id)}


NOWHERE = {
    "scenario_id": "no.such.v1",
    "agent": "no-such-agent",
    "draft_id": UNKNOWN,
    "number": "918273",
    **dict.fromkeys(
        ("task_id", "invitation_id", "group_id", "member_id", "agent_id", "key_id", "token_id", "policy_id", "address_id"),
        UNKNOWN,
    ),
    **dict.fromkeys(
        (
            "calendar_id",
            "schedule_id",
            "override_id",
            "view_id",
            "intent_id",
            "bulk_id",
            "delivery_id",
            "tool_id",
            "name_id",
            "user_id",
            "grant_id",
            "schema_id",
            "request_id",
        ),
        UNKNOWN,
    ),
    **dict.fromkeys(("session_id", "message_id", "endpoint_id"), UNKNOWN),
    "token": "nonsense",
    "uidb36": "abc",
    "key": "nonsense",
    "to": "nothing",
    "passkey_id": "0",
    "mapping_id": UNKNOWN,
    "provider_id": "nobody",
}
