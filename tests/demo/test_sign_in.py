"""The demo's sign-in links: one click for whoever sees what the server printed, and no way in for anybody else."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.urls import reverse

from axme_site.demo import env_file, sign_in
from axme_site.demo.cast import MANAGER, OPS
from intents.accounts.models import Session, User
from tests.docs.test_pages import settings_read
from tests.pages.browser import Browser, Page
from tests.pages.signing import code


@pytest.fixture
def values(database: None, tmp_path: Path, settings: Any) -> dict[str, str]:
    """A server that `make run` started, with its demo: the variables of `demo.env`."""
    settings.DATA_DIR = tmp_path
    settings.EMBEDDED, settings.BEHIND_PROXY = True, False
    settings.HOST, settings.BASE_URL = "127.0.0.1", "http://127.0.0.1:8000"
    call_command("demo")
    return env_file.read()


def place(values: dict[str, str], who: str = "manager") -> str:
    link = sign_in.link(who, values=values)
    assert link is not None
    assert link.startswith("http://127.0.0.1:8000/demo/as/")
    return urlsplit(link).path


def is_refused(page: Page) -> bool:
    return page.status == 404 and not Session.objects.exists()


@pytest.mark.parametrize(("who", "email"), [("manager", MANAGER), ("ops", OPS)])
def test_one_click_signs_in(values: dict[str, str], who: str, email: str) -> None:
    browser = Browser()
    page = browser.send("GET", place(values, who))
    assert (page.status, page.location) == (302, reverse("inbox"))
    assert browser.send("GET", reverse("inbox")).status == 200
    assert Session.objects.get().user.email == email


def test_the_sign_in_page_offers_the_demos_people_only_with_the_setting_on_and_near(
    values: dict[str, str], settings: Any
) -> None:
    offered = "Continue as Maria (decides)", "Continue as Dana (stands in)", "Continue as Otto (owner)"
    browser = Browser()
    assert "Continue as" not in browser.get("/sign-in").text
    assert is_refused(browser.post("/demo/continue/ops"))
    settings.DEMO_SIGN_IN = True
    far = Browser(address="192.0.2.1")
    assert "Continue as" not in far.get("/sign-in").text
    assert is_refused(far.post("/demo/continue/ops"))
    settings.BASE_URL = "https://inbox.example.com"
    assert is_refused(browser.post("/demo/continue/ops"))
    settings.BASE_URL = "http://127.0.0.1:8000"
    assert is_refused(browser.post("/demo/continue/somebody"))
    text = browser.get("/sign-in").text
    assert all(words in text for words in offered)
    assert browser.post("/demo/continue/ops").location == reverse("inbox")
    assert Session.objects.get(user__isnull=False).user.email == OPS


def test_who_was_going_somewhere_else_comes_there(values: dict[str, str], settings: Any) -> None:
    settings.DEMO_SIGN_IN = True
    browser = Browser()
    page = browser.get("/sign-in?next=/auth/cli%3Fcode%3DA")
    assert page.html.count('name="next" value="/auth/cli?code=A"') >= 4
    assert browser.post("/demo/continue/ops", {"next": "/auth/cli?code=A"}).location == "/auth/cli?code=A"
    assert browser.post("/demo/continue/ops", {"next": "https://elsewhere.example/"}).location == reverse("inbox")


def test_another_click_signs_in_as_the_other(values: dict[str, str]) -> None:
    browser = Browser()
    browser.send("GET", place(values, "manager"))
    browser.send("GET", place(values, "ops"))
    assert [one.user.email for one in Session.objects.all()] == [OPS]


def test_the_link_of_one_folder_stays_the_same_and_that_of_another_is_another(
    values: dict[str, str], tmp_path: Path, settings: Any
) -> None:
    call_command("demo")
    assert env_file.read()[sign_in.VARIABLE] == values[sign_in.VARIABLE]
    settings.DATA_DIR = tmp_path / "other"
    call_command("demo")
    assert env_file.read()[sign_in.VARIABLE] != values[sign_in.VARIABLE]
    assert is_refused(Browser().send("GET", place(values)))


def test_no_variable_of_the_file_is_a_setting_of_the_server(values: dict[str, str]) -> None:
    env_file.write({"DEMO_SIGN_IN" if name == sign_in.VARIABLE else name: value for name, value in values.items()})
    call_command("demo")
    found = env_file.read()
    assert found[sign_in.VARIABLE] == values[sign_in.VARIABLE]
    assert found.keys() & settings_read().keys() == set()


def test_a_folder_from_before_there_were_links_gets_one(values: dict[str, str]) -> None:
    env_file.write({name: value for name, value in values.items() if name != sign_in.VARIABLE})
    assert sign_in.link("manager", values=env_file.read()) is None
    call_command("demo")
    assert Browser().send("GET", place(env_file.read())).status == 302


@pytest.mark.parametrize("secret", ["x", "axme_demo_", "é", "None"])
def test_a_guess_is_refused(values: dict[str, str], secret: str) -> None:
    assert is_refused(Browser().send("GET", f"/demo/as/manager/{secret}"))


def test_nobody_else_has_a_link(values: dict[str, str]) -> None:
    assert is_refused(Browser().send("GET", place(values).replace("/manager/", "/owner/")))


def test_without_a_demo_there_is_no_way_in(values: dict[str, str]) -> None:
    path = place(values)
    env_file.path().unlink()
    assert is_refused(Browser().send("GET", path))
    assert sign_in.link("manager", values=env_file.read()) is None


@pytest.mark.parametrize(
    "server",
    [
        {"HOST": "0.0.0.0"},
        {"HOST": "::"},
        {"HOST": "192.168.1.7"},
        {"BASE_URL": "https://inbox.example.com"},
        {"BEHIND_PROXY": True},
        {"EMBEDDED": False},
    ],
    ids=str,
)
def test_a_server_that_others_may_reach_has_no_links(values: dict[str, str], settings: Any, server: dict[str, Any]) -> None:
    path = place(values)
    for name, value in server.items():
        setattr(settings, name, value)
    assert is_refused(Browser().send("GET", path))
    assert sign_in.link("manager", values=values) is None


@pytest.mark.parametrize("address", ["192.168.1.20", "::ffff:10.0.0.1", ""])
def test_a_browser_of_another_machine_is_refused(values: dict[str, str], address: str) -> None:
    assert is_refused(Browser(address=address).send("GET", place(values)))


@pytest.mark.parametrize("header", sign_in.FORWARDED)
def test_what_a_proxy_passes_on_is_refused(values: dict[str, str], header: str) -> None:
    assert is_refused(Browser().send("GET", place(values), **{header.replace("-", "_"): "127.0.0.1"}))


def test_another_name_for_this_machine_is_refused(values: dict[str, str], settings: Any, monkeypatch: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    monkeypatch.setattr("tests.pages.browser.HOST", "rebound.example.com")
    assert is_refused(Browser().send("GET", place(values)))


@pytest.mark.parametrize("method", ["HEAD", "POST"])
def test_only_a_click_signs_in(values: dict[str, str], method: str) -> None:
    assert Browser().send(method, place(values)).status in (403, 405)
    assert not Session.objects.exists()


def test_after_a_new_password_it_leads_to_the_sign_in_page(values: dict[str, str]) -> None:
    user = User.objects.get(email=MANAGER)
    user.set_password("their own from now on")
    user.save()
    page = Browser().send("GET", place(values))
    assert (page.status, page.location) == (302, reverse("account_login"))
    assert not Session.objects.filter(user=user).exists()


def test_a_second_step_is_asked_for(values: dict[str, str]) -> None:
    browser = Browser()
    browser.send("GET", place(values))
    page = browser.get("/account/second-factor/turn-on")
    if page.status == 302:
        browser.post(page.location, {"password": values["DEMO_MANAGER_PASSWORD"], "next": "/account/second-factor/turn-on"})
        page = browser.get("/account/second-factor/turn-on")
    secret = re.search(r"[A-Z2-7]{32}", page.text)
    assert secret is not None
    browser.post("/account/second-factor/turn-on", {"code": code(secret[0])})
    page = Browser().send("GET", place(values))
    assert (page.status, urlsplit(page.location).path) == (302, reverse("mfa_authenticate"))
    assert Session.objects.filter(user__email=MANAGER).count() == 1
