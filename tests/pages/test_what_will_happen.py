"""What the page of a task says will happen, of what the agent sent."""

from tests.conftest import KeyCaller
from tests.inbox.conftest import ask
from tests.inbox.test_order_as_sent import PAYLOAD, TASK
from tests.pages.browser import Browser


def test_facts_columns_and_form_fields_stand_in_the_order_they_were_sent_in(shop: KeyCaller, bobs: Browser) -> None:
    asked = ask(shop, PAYLOAD, **TASK)
    html = bobs.get(f"/inbox/{asked.task_id}").html
    for words in (["Travel from", "Destination", "Lines", "Approver"], ["What", "On", "Amount"], ["Zeta", "Midst", "Alpha"]):
        places = [html.index(f">{word}") for word in words]
        assert places == sorted(places), words
