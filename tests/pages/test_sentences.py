"""A refusal as a sentence: it begins with a capital letter, unless what it begins with is somebody's name or an address."""

import pytest
from django.utils.translation import override

from inbox import presentation
from inbox.views.kit import words
from inbox.views.kit.refusals import begun, in_a_sentence

pytestmark = pytest.mark.unit

DECIDED = "van Dyk decided this already: rejected"
OVER = "nobody needs to decide this any more: the intent is CANCELED"


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("say why", "Say why"),
        ("ein Feld fehlt", "Ein Feld fehlt"),
        ("", ""),
        ("ops@myorg.example decided this", "ops@myorg.example decided this"),
        ("to_agent: is required", "to_agent: is required"),
        ("order.fulfill.v1 is no type", "order.fulfill.v1 is no type"),
        ("iPads are left out", "iPads are left out"),
        ("field: is required", "Field: is required"),
    ],
)
def test_what_is_written_in_one_way_is_never_capitalised(text: str, begins: str) -> None:
    assert presentation.capitalised(text) == begins


@pytest.mark.parametrize(
    ("language", "message", "said"),
    [
        ("en", "viewers decide nothing", "Viewers decide nothing."),
        ("en", DECIDED, "van Dyk decided this already: rejected."),
        ("de", DECIDED, "van Dyk hat dies bereits entschieden: abgelehnt."),
        ("de", "Ann decided this already: changes_requested", "Ann hat dies bereits entschieden: Änderungen verlangt."),
        ("de", OVER.replace("CANCELED", "TIMED_OUT"), "Niemand muss dies mehr entscheiden: Der Vorgang ist abgelaufen."),
        ("en", OVER, "Nobody needs to decide this any more: the intent is canceled."),
        ("en", "not of ours, this one?", "Not of ours, this one?"),
    ],
)
def test_names_stay_and_words_of_the_protocol_are_said_in_the_language_of_the_page(
    language: str, message: str, said: str
) -> None:
    with override(language):
        assert in_a_sentence(message) == said
        assert begun(message) == said.rstrip(".")


@pytest.mark.parametrize("outcome", sorted(words.VERBS))
def test_what_was_done_is_said_alike_inside_a_sentence_and_alone(outcome: str) -> None:
    for language in ("en", "de", "ar"):
        with override(language):
            assert words.done_inside(outcome).lower() == words.done(outcome).lower()
    assert words.done_inside(outcome).islower()
