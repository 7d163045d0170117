"""Signing in with an identity provider, which runs as a process of its own."""

import subprocess
import sys
import time
from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from pytest_django.fixtures import Settings

from intents.accounts.models import AuditEntry, ClaimMapping, Group, GroupMember, Identity, Member, Session, User
from intents.accounts.oidc import client
from intents.accounts.services import claims as claimed
from intents.accounts.services import groups, tenancy
from intents.kernel.actors import Role, System
from tests.callers import PersonCaller
from tests.oidc.provider import CLIENT, SECRET
from tests.pages.browser import Browser, Page
from tests.pages.signing import PASSWORD, ann, code, sign_in, turn_on

__all__ = ["ann"]
BOB = {"email": "bob@myorg.example", "email_verified": True}
NINA = {"sub": "n1", "email": "nina@myorg.example", "email_verified": True, "name": "Nina New"}


class Provider:
    def __init__(self, issuer: str) -> None:
        self.issuer = issuer

    def next(self, claims: dict[str, Any] | None = None, **more: Any) -> None:
        """What the next sign-in is to be."""
        httpx.post(f"{self.issuer}/next", json={"claims": claims or {}} | more, timeout=60).raise_for_status()

    def visit(self, browser: Browser, start: str = "/account/oidc/corp") -> str:
        """Where the provider sends the browser back to."""
        to = browser.get(start).location
        assert to.startswith(f"{self.issuer}/authorize?")
        back = httpx.get(to, timeout=60).headers["location"]
        assert back.startswith("http")
        return f"{urlsplit(back).path}?{urlsplit(back).query}"

    def sign_in(
        self, browser: Browser, claims: dict[str, Any] | None = None, start: str = "/account/oidc/corp", **more: Any
    ) -> Page:
        self.next(claims, **more)
        return browser.get(self.visit(browser, start))


@pytest.fixture(scope="module")
def process() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.oidc.provider"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        yield running.stdout.readline().strip()
        running.kill()


@pytest.fixture
def provider(process: str, settings: Settings) -> Provider:
    settings.OUTGOING_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    settings.OIDC = [
        {"id": "corp", "name": "Corp", "issuer": process, "client_id": CLIENT, "client_secret": SECRET},
        {"id": "other", "name": "Other", "issuer": f"{process}/other", "client_id": "x", "client_secret": ""},
    ]
    client.forget()
    return Provider(process)


@pytest.fixture
def mapped(bob: PersonCaller) -> Any:
    """Maps a claim in Bob's workspace."""

    def mapped(claim: str, value: str, role: str = "", group: Group | None = None) -> ClaimMapping:
        return ClaimMapping.objects.create(
            workspace=Member.objects.get(user=bob.user).workspace,
            provider="corp",
            claim=claim,
            value=value,
            role=role,
            group=group,
            created_at="2026-01-01T00:00:00Z",
        )

    return mapped


def signed_in(browser: Browser) -> bool:
    return browser.get("/settings/profile").status == 200


def test_a_verified_address_signs_in_to_the_account_that_has_it(ann: User, provider: Provider) -> None:
    browser = Browser()
    assert "Sign in with Corp" in browser.get("/sign-in").text
    page = provider.sign_in(browser, BOB, start="/account/oidc/corp?next=/settings/profile")
    assert (page.status, page.location) == (302, "/settings/profile")
    assert signed_in(browser)
    assert Session.objects.get(user=ann).provider == "corp"
    assert Identity.objects.get(user=ann).subject == "s1"
    # From now on it is the subject that counts, whatever address it has.
    assert provider.sign_in(Browser(), {"email": "robert@myorg.example"}).status == 302
    assert User.objects.filter(email__startswith="robert").count() == 0


@pytest.mark.parametrize(
    ("claims", "more", "reason"),
    [
        ({"iss": "http://evil.example"}, {}, "another identity provider"),
        ({"aud": "another"}, {}, "meant for another server"),
        ({"aud": [CLIENT, "another"]}, {}, "meant for another server"),
        ({"azp": "another"}, {}, "meant for another server"),
        ({"exp": 1}, {}, "has expired"),
        ({"exp": None}, {}, "how long"),
        ({"iat": 9_999_999_999}, {}, "clocks"),
        ({"nonce": "played again"}, {}, "another sign-in"),
        ({}, {"without": ["nonce"]}, "another sign-in"),
        ({"sub": ""}, {}, "who you are"),
        ({}, {"fault": "stranger"}, "not signed by it"),
        ({}, {"fault": "unsigned"}, "not signed by it"),
        ({}, {"header": {"alg": "none"}, "fault": "unsigned"}, "not accepted"),
        ({}, {"header": {"alg": "HS256"}}, "not accepted"),
        ({}, {"header": {"crit": ["b64"]}}, "not accepted"),
    ],
)
def test_an_answer_that_is_not_the_providers_or_not_for_this_sign_in_is_refused_on_a_page_that_says_why(
    ann: User, provider: Provider, claims: dict[str, Any], more: dict[str, Any], reason: str
) -> None:
    browser = Browser()
    page = provider.sign_in(browser, BOB | claims, **more)
    assert page.status == 403
    assert reason in page.text
    assert "Try Corp again" in page.text
    assert not signed_in(browser)
    assert not Identity.objects.exists()


def test_an_answer_counts_once_in_the_browser_that_asked_for_it(ann: User, provider: Provider) -> None:
    browser, other = Browser(), Browser()
    provider.next(BOB)
    back = provider.visit(browser)
    assert "belongs to no sign-in" in other.get(back).text
    query = dict(parse_qs(urlsplit(back).query))
    forged = f"{urlsplit(back).path}?{urlencode({'code': query['code'][0], 'state': 'guessed'})}"
    assert "belongs to no sign-in" in browser.get(forged).text
    assert "another identity provider" in browser.get(back.replace("/corp/", "/other/")).text, "and it is over with that"
    assert "belongs to no sign-in" in browser.get(back).text
    back = provider.visit(browser)
    assert browser.get(back).status == 302
    assert "belongs to no sign-in" in browser.get(back).text
    denied = provider.visit(browser).replace("code=", "error=")
    assert "did not sign you in" in browser.get(denied).text


def test_a_provider_that_changes_its_keys_is_asked_for_the_new_ones(ann: User, provider: Provider) -> None:
    assert provider.sign_in(Browser(), BOB).status == 302
    assert provider.sign_in(Browser(), BOB, fault="rotated").status == 302


def test_a_provider_that_cannot_be_reached_or_calls_itself_otherwise_is_told(ann: User, provider: Provider) -> None:
    page = Browser().get("/account/oidc/other")
    assert (page.status, "refused this sign-in" in page.text) == (403, True)
    provider.next({}, issuer="http://evil.example")
    page = Browser().get("/account/oidc/corp")
    assert "calls itself by another name" in page.text
    assert Browser().get("/account/oidc/nobody").status == 404


@pytest.mark.parametrize("verified", [False, None, "false", "yes"])
def test_an_address_that_the_provider_does_not_vouch_for_joins_no_account_and_opens_none(
    ann: User, provider: Provider, mapped: Any, verified: object
) -> None:
    mapped("email_domain", "myorg.example", "approver")
    page = provider.sign_in(Browser(), BOB | {"email_verified": verified})
    assert (page.status, "does not vouch for your email address" in page.text) == (403, True)
    assert not Identity.objects.exists()


def test_why_nobody_is_signed_in_is_told_in_the_language_of_the_page(database: None, provider: Provider) -> None:
    for claims, words in ((NINA, "Sie haben hier kein Konto."), (BOB | {"nonce": "x"}, "zu einer anderen Anmeldung")):
        provider.next(claims)
        browser = Browser()
        page = browser.get(provider.visit(browser), accept_language="de")
        assert (page.status, words in page.text) == (403, True)


def test_an_account_whose_own_address_nobody_verified_is_joined_by_nobody(ann: User, provider: Provider) -> None:
    User.objects.filter(pk=ann.pk).update(email_verified_at=None)
    page = provider.sign_in(Browser(), BOB)
    assert (page.status, "which nobody has verified" in page.text) == (403, True)


def test_who_is_not_known_comes_in_only_where_a_domain_or_a_group_is_mapped(
    bob: PersonCaller, provider: Provider, mapped: Any
) -> None:
    page = provider.sign_in(Browser(), NINA)
    assert (page.status, "Ask an owner or admin" in page.text) == (403, True)
    assert not User.objects.filter(email=NINA["email"]).exists()
    mapped("email_domain", "myorg.example", "viewer")
    mapped("groups", "finance", "approver")
    mapped("realm_access.roles", "boss", "admin")
    browser = Browser()
    assert provider.sign_in(browser, NINA, userinfo={"groups": ["finance", "all"]}).status == 302
    nina = User.objects.get(email=NINA["email"])
    assert (nina.name, nina.has_usable_password(), Member.objects.get(user=nina).role) == ("Nina New", False, "approver")
    assert signed_in(browser)
    provider.sign_in(browser, NINA | {"realm_access": {"roles": ["boss"]}})
    assert Member.objects.get(user=nina).role == "admin"


def test_what_a_claim_gave_goes_with_it_and_nothing_else(bob: PersonCaller, provider: Provider, mapped: Any) -> None:
    workspace = Member.objects.get(user=bob.user).workspace
    owner = System(name="test")
    finance, legal = (groups.create_group(actor=owner, workspace=workspace, name=name) for name in ("Finance", "Legal"))
    member = Member.objects.get(user=bob.user)
    groups.join(actor=owner, group=legal, member=member)
    was = member.role
    mapped("groups", "fin", "admin", finance)
    mapped("groups", "law", "", legal)

    def names() -> set[str]:
        return set(GroupMember.objects.filter(member=member).values_list("group__name", flat=True))

    provider.sign_in(Browser(), BOB | {"groups": ["fin", "law"]})
    assert (Member.objects.get(user=bob.user).role, names()) == ("admin", {"Finance", "Legal"})
    provider.sign_in(Browser(), BOB | {"groups": []})
    assert (Member.objects.get(user=bob.user).role, names()) == (was, {"Legal"}), "Legal was given by hand"
    # What was changed by hand since is not the claim's any more.
    provider.sign_in(Browser(), BOB | {"groups": ["fin"]})
    tenancy.set_member(actor=owner, workspace=workspace, user=bob.user, role=Role.OPERATOR)
    provider.sign_in(Browser(), BOB)
    assert (Member.objects.get(user=bob.user).role, names()) == ("operator", {"Legal"})
    assert AuditEntry.objects.filter(actor="system:oidc corp", action="group.leave").exists()


def test_whom_a_claim_made_a_member_is_none_without_it(bob: PersonCaller, provider: Provider, mapped: Any) -> None:
    mapped("groups", "fin", "approver")
    browser = Browser()
    provider.sign_in(browser, NINA | {"groups": "fin"})
    assert signed_in(browser)
    provider.sign_in(Browser(), NINA)
    assert not Member.objects.filter(user__email=NINA["email"]).exists()
    assert browser.get("/inbox").status == 403


def test_the_last_owner_stays_whatever_claims_say(ann: User, provider: Provider, mapped: Any) -> None:
    member = Member.objects.get(user=ann)
    tenancy.set_member(actor=System(name="test"), workspace=member.workspace, user=ann, role=Role.OWNER)
    mapped("groups", "fin", "admin")
    provider.sign_in(Browser(), BOB | {"groups": ["fin"]})
    provider.sign_in(Browser(), BOB)
    assert Member.objects.get(user=ann).role == "owner"
    assert Role.OWNER not in claimed.MAPPED_ROLES


def test_who_has_a_password_only_with_the_provider_confirms_there(
    bob: PersonCaller, provider: Provider, mapped: Any
) -> None:
    mapped("email_domain", "myorg.example", "approver")
    browser = Browser()
    provider.sign_in(browser, NINA)
    assert browser.get("/settings/tokens/new").status == 200, "signed in just now"
    session = browser.session
    session["account_authentication_methods"] = [{"method": "oidc", "at": time.time() - 3600}]
    session.save()
    assert browser.get("/settings/tokens/new").location.startswith("/account/confirm")
    asked = browser.get(browser.get("/settings/tokens/new").location)
    assert asked.location == "/account/oidc/confirm?next=%2Fsettings%2Ftokens%2Fnew"
    to = browser.get(asked.location).location
    assert "prompt=login" in to
    stale = provider.sign_in(browser, NINA | {"auth_time": time.time() - 3600}, start=asked.location)
    assert "did not ask who you are" in stale.text
    other = provider.sign_in(browser, {"sub": "somebody"}, start=asked.location)
    assert "Somebody else" in other.text
    assert provider.sign_in(browser, NINA, start=asked.location).location == "/settings/tokens/new"
    assert browser.get("/settings/tokens/new").status == 200


def test_a_second_step_of_ones_own_is_asked_for_after_the_provider_too(ann: User, provider: Provider) -> None:
    first = Browser()
    sign_in(first)
    secret, _ = turn_on(first)
    browser = Browser()
    assert provider.sign_in(browser, BOB).location == "/account/code"
    assert not signed_in(browser)
    browser.post("/account/code", {"code": code(secret, 1)})
    assert signed_in(browser)


def test_a_password_after_the_provider_is_no_sign_in_by_it(ann: User, provider: Provider) -> None:
    browser = Browser()
    provider.sign_in(browser, BOB)
    browser.post("/sign-out")
    sign_in(browser, password=PASSWORD)
    assert Session.objects.get(user=ann).provider == ""
