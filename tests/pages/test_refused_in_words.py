"""What forms refuse is said in the language of who filled them in, and what others wrote keeps its direction."""

from django.utils import translation

from inbox.templatetags.operations import jointed
from inbox.views.settings.policies.form import beside
from inbox.views.tasks import sure
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import ask
from tests.pages.browser import Browser
from tests.pages.test_schedules import OFFICE
from tests.pages.test_tools import GITHUB


def test_a_form_refuses_in_the_language_of_the_reader(alices: Browser) -> None:
    alices.confirmed()
    calendar = alices.post("/settings/calendars/new", OFFICE | {"tue": "17-9"}, accept_language="de")
    assert "17:00 bis 09:00 endet nicht nach dem Beginn." in calendar.text
    tool = alices.post("/settings/tools/new", GITHUB | {"name": "printer", "secret": "short"}, accept_language="de")
    assert "8 bis 512 Zeichen, ohne Leerzeichen davor und danach." in tool.text
    with translation.override("de"):
        assert beside([("name", "must not be empty")]) == {"name": "Darf nicht leer sein."}


def test_a_question_about_a_title_ends_with_its_sign_from_right_to_left_too(olga: PersonCaller, shop: KeyCaller) -> None:
    assert sure.question("Approve", "Refund ACME?") == "Approve: Refund ACME?"
    with translation.override("ar"):
        assert sure.question("موافقة", "Refund ACME") == "موافقة: \u2068Refund ACME?\u2069"
    ask(shop, title="Sign the contract?", assignees=["nobody@myorg.example"])
    page = Browser().sign_in(olga.user).get("/operations", accept_language="ar")
    assert "\u2068Sign the contract?\u2069" in page.text


def test_words_of_programs_break_at_their_joints() -> None:
    said = jointed('signing_secret {"types":["a.b"],"payload":1}')
    assert said.split("<wbr>") == [
        "signing_", "secret {&quot;types&quot;:", "[&quot;a.", "b&quot;],", "&quot;payload&quot;:", "1}",
    ]  # fmt: skip
