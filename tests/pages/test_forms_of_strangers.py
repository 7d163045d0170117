"""A form is an agent's, and can pretend nothing: what it asks for and what its buttons do is said."""

import re
from typing import Any

import pytest

from inbox.tasks.models import Task
from tests.callers import KeyCaller
from tests.inbox.conftest import ask
from tests.pages.browser import Browser
from tests.pages.forms import TEXT, asked, of


def test_a_form_is_marked_as_the_agents(shop: KeyCaller, bobs: Browser) -> None:
    page = bobs.get(f"/inbox/{asked(shop, of(a=TEXT)).task_id}")
    assert re.search(r"\S+ wrote these questions\. What you fill in goes to it\.", page.text)
    page = bobs.get(f"/inbox/{ask(shop, task_type='clarification').task_id}")
    assert "wrote these questions" not in page.text


@pytest.mark.parametrize(
    ("key", "title"),
    [
        ("password", None),
        ("x", "Please confirm that it is you: Passw\u200bord"),
        ("x", "ＰＡＳＳＷＯＲＤ"),
        ("pin", None),
        ("smsCode", None),
        ("x", "One-time code"),
        ("x", "Your 6-digit code"),
        ("x", "Passw0rd"),
        ("x", "Mot de passe"),
        ("x", "Contrasen\u0303a"),
        ("x", "Security answer"),
        ("api_key", None),
        ("x", "P a s s w o r d"),
        ("x", "Pass-word"),
        ("x", "P\u0430ssword"),
        ("x", "密码"),
    ],
)
def test_a_field_that_asks_for_a_secret_warns(shop: KeyCaller, bobs: Browser, key: str, title: str | None) -> None:
    part = TEXT | ({"title": title} if title else {})
    page = bobs.get(f"/inbox/{asked(shop, of(**{key: part})).task_id}")
    assert "Never type a password or code of your own here" in page.text


@pytest.mark.parametrize(
    "part",
    [TEXT | {"format": "password"}, {"type": "array", "items": TEXT | {"title": "Password"}}],
    ids=["format", "items"],
)
def test_a_field_that_is_a_secret_by_its_format_or_its_items_warns(
    shop: KeyCaller, bobs: Browser, part: dict[str, Any]
) -> None:
    assert "Never type a password" in bobs.get(f"/inbox/{asked(shop, of(x=part)).task_id}").text


@pytest.mark.parametrize("title", ["Country code", "Discount code", "Shipping", "Opinion", "Spinning", "Tango", "A or B"])
def test_a_field_that_asks_for_no_secret_warns_of_nothing(shop: KeyCaller, bobs: Browser, title: str) -> None:
    page = bobs.get(f"/inbox/{asked(shop, of(x=TEXT | {'title': title})).task_id}")
    assert "Never type" not in page.text


@pytest.mark.parametrize("many", [2, 6])
def test_a_title_that_differs_from_what_is_sent_shows_it(shop: KeyCaller, bobs: Browser, many: int) -> None:
    choices = [{"const": 100_000, "title": "10 EUR"}, {"const": "de", "title": "DE"}]
    choices += [{"const": f"c{place}", "title": f"C {place}"} for place in range(many - 2)]
    page = bobs.get(f"/inbox/{asked(shop, of(amount={'oneOf': choices})).task_id}")
    assert re.search(r"10 EUR \(?sends 100000", page.text)
    assert not re.search(r"DE \(?sends", page.text)
    assert not re.search(r"sends c0", page.text)


def test_the_buttons_of_two_outcomes_never_say_the_same(shop: KeyCaller, bobs: Browser) -> None:
    to = ask(shop, title="Same words", allowed_outcomes=["rejected", "approved"])
    task = Task.objects.get(id=to.task_id)
    # Such a task is refused by now, but may be stored.
    task.spec = task.spec.replace('["rejected","approved"]', '["rejected","Reject","approved"]')
    task.save()
    row = bobs.get(f"/inbox/{to.task_id}").flat.partition('<div class="row">')[2].partition("<dialog")[0]
    found = re.findall(r'name="outcome" value="([^"]+)"[^>]*> ?<span class="words" dir="auto">([^<]+)</span>', row)
    assert found == [("approved", "Approve"), ("rejected", "Reject (rejected)"), ("Reject", "Reject (Reject)")]


@pytest.mark.parametrize(
    ("outcomes", "pressed"),
    [(["no", "approved"], ["approved"]), (["no", "maybe"], []), (["rejected", "later"], [])],
)
def test_the_key_of_agreeing_presses_no_other_button(
    shop: KeyCaller, bobs: Browser, outcomes: list[str], pressed: list[str]
) -> None:
    to = ask(shop, title="Which?", allowed_outcomes=outcomes)
    page = bobs.get(f"/inbox/{to.task_id}").html
    assert re.findall(r'name="outcome" value="([^"]+)"[^>]* data-key="a"', page) == pressed
