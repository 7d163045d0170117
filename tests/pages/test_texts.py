"""A character that no text in the database can hold is refused with words, by every page alike."""

import pytest

from intents.accounts.models import Agent
from tests.callers import KeyCaller
from tests.inbox.conftest import ask
from tests.pages.browser import Browser, Page

NUL = "a\x00b"


def refused(page: Page) -> bool:
    return (page.status, "This could not be understood" in page.text, "(NUL)" in page.text) == (400, True, True)


@pytest.mark.parametrize(
    ("verb", "sent"),
    [
        ("decide", {"outcome": "approved", "comment": NUL}),
        ("decide", {"outcome": "approved", NUL: "x"}),
        ("delegate", {"to": NUL, "days": "7"}),
        ("assign", {"to": NUL}),
        ("comment", {"text": NUL}),
        ("ask", {"text": NUL}),
        ("snooze", {"until": NUL}),
    ],
)
def test_nul_in_what_is_done_with_a_task_is_refused_and_nothing_is_done(
    alices: Browser, shop: KeyCaller, verb: str, sent: dict[str, str]
) -> None:
    asked = ask(shop, title="Refund")
    assert refused(alices.post(f"/inbox/{asked.task_id}/{verb}", sent))
    assert shop.intent(asked.intent_id)["status"] == "WAITING"


@pytest.mark.parametrize("path", ["/settings/policies/new", "/settings/agents/{agent}/owner", "/workspace"])
def test_nul_in_a_form_of_the_settings_is_refused(shop: KeyCaller, alices: Browser, path: str) -> None:
    ask(shop, title="So that there is an agent")
    where = path.format(agent=Agent.objects.values_list("id", flat=True)[0])
    assert refused(alices.post(where, {"name": NUL, "owner": NUL, "workspace": NUL}))


@pytest.mark.parametrize("path", ["/inbox?q=a%00b", "/inbox?view=%00", "/inbox?after=%00", "/settings/policies?x=%00"])
def test_nul_in_an_address_is_refused(alices: Browser, path: str) -> None:
    assert refused(alices.get(path))


def test_nul_is_refused_before_anybody_has_signed_in(database: None) -> None:
    assert refused(Browser().post("/sign-in", {"login": NUL, "password": NUL}))
