"""Why something was not sent, as pages say it."""

import pytest
from django.utils import translation

from inbox.vocabulary import unsent
from intents.webhooks.models import Subscription
from tests.intents.pushes import inside, nowhere
from tests.pages.browser import Browser
from tests.pages.test_endpoints import FORM, post_due, try_it

__all__ = ["inside", "nowhere"]


@pytest.mark.usefixtures("inside")
def test_why_there_is_no_answer_is_said_in_the_language_of_the_reader(alices: Browser, nowhere: str) -> None:
    alices.confirmed().post("/operations/endpoints/new", FORM | {"callback_url": nowhere})
    event = try_it(alices, f"/operations/endpoints/{Subscription.objects.get().id}")
    post_due()
    assert "no connection: " in alices.get(event).text
    page = alices.get(event, accept_language="de")
    assert ("keine Verbindung: " in page.text, "no connection" in page.text) == (True, False)


def test_what_others_wrote_stays_as_it_is_and_a_part_of_ours_is_filled_in() -> None:
    with translation.override("de"):
        assert unsent.in_words("no answer within 2.5 s") == "keine Antwort innerhalb von 2.5 s"
        assert unsent.in_words("550 no such mailbox") == "550 no such mailbox"
        assert (unsent.fault("timeout"), unsent.fault(None)) == ("keine rechtzeitige Antwort", "")
