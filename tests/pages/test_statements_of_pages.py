"""How often a page of a task goes to the database. Each statement more costs everybody's throughput, so it is on purpose."""

from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.callers import KeyCaller
from tests.inbox.conftest import Asked, ask
from tests.pages.browser import Browser, Page

TASK = {"title": "Refund 42.00 EUR to ACME", "task_type": "approval"}


def sent(call: Callable[[], Page]) -> tuple[Page, list[str]]:
    """What a call answers, and the statements that it sends, without those that begin and end a transaction."""
    with CaptureQueriesContext(connection) as captured:
        page = call()
    texts = [" ".join(query["sql"].split()) for query in captured.captured_queries]
    return page, [text for text in texts if text not in ("BEGIN", "COMMIT")]


def opened(by: Browser, asked: Asked, **headers: str) -> tuple[str, list[str]]:
    """The digest that the page of a task shows, and what it sends."""
    page, statements = sent(lambda: by.get(f"/inbox/{asked.task_id}", **headers))
    assert page.status == 200
    return page.html.partition('name="payload_digest" value="')[2][:64], statements


def test_opening_a_task_stays_within_its_statements(shop: KeyCaller, bobs: Browser) -> None:
    asked = ask(shop, **TASK)
    opened(bobs, asked)  # Who has no one to decide is looked for once a minute.
    _, alone = opened(bobs, asked, HX_Request="true")
    _, beside_the_list = opened(bobs, asked)
    # Who asks, the task, and all else of its page.
    assert len(alone) <= 3, alone
    assert len(beside_the_list) <= 12, beside_the_list


def test_deciding_a_task_stays_within_its_statements(shop: KeyCaller, bobs: Browser) -> None:
    asked, following = ask(shop, **TASK), ask(shop, **TASK)
    digest, _ = opened(bobs, asked)
    form = {"outcome": "approved", "payload_digest": digest}
    page, statements = sent(lambda: bobs.post(f"/inbox/{asked.task_id}/decide", form, HX_Request="true"))
    assert page.status == 200
    assert page.headers["hx-push-url"].endswith(following.task_id)
    # The decision is three of them; the others are for who asks, the task, which is next, and for that one's page.
    assert len(statements) <= 8, statements
