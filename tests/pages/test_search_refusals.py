"""What a search that means nothing is told, in the reader's language."""

import re

import pytest
from django.utils import translation

from inbox.operations.language import TASKS
from inbox.operations.measures import narrowed
from inbox.operations.query import INTENTS, Language, parse
from inbox.views.kit.refusals import begun, marked
from inbox.views.kit.search_refusals import SEARCH_REFUSALS
from intents.kernel.errors import InvalidField

SEARCHES = [
    (INTENTS, '"billing'),
    (INTENTS, 'agent:"a"b'),
    (INTENTS, "is:failed OR is:open"),
    (INTENTS, "is:"),
    (INTENTS, "payload.amount:"),
    (INTENTS, "colour:red"),
    (TASKS, "colour:red"),
    (TASKS, "risk:hihg"),
    (INTENTS, "created:soon"),
    (INTENTS, "created:24h"),
    (INTENTS, "created:2026-01-31"),
    (INTENTS, "created:<99999d"),
    (INTENTS, "payload..amount:1"),
    (INTENTS, "payload.amount:>much"),
    (INTENTS, "id:1"),
    (INTENTS, "correlation:1"),
    (INTENTS, "???"),
    (INTENTS, "a " * 100),
]


def refused(language: Language, text: str) -> str:
    with pytest.raises(InvalidField) as refusal:
        parse(text, language)
    return str(refusal.value.details.get("why", refusal.value.reason))


@pytest.mark.parametrize("reader", ["de", "ar"])
@pytest.mark.parametrize(("language", "text"), SEARCHES)
def test_a_search_is_refused_in_the_readers_language(language: Language, text: str, reader: str) -> None:
    why = refused(language, text)
    assert begun(why) == why[0].upper() + why[1:]
    with translation.override(reader):
        said = begun(why)
    assert said not in (why, begun(why))
    assert not re.search(r"not understood|say w|takes|named|at most", said)


def test_each_refusal_of_a_search_is_tried() -> None:
    tried = {translated for translated in SEARCH_REFUSALS for one in SEARCHES if matches(translated, refused(*one))}
    assert tried == set(SEARCH_REFUSALS)


def test_what_was_searched_for_keeps_its_direction_in_a_sentence_from_right_to_left() -> None:
    why = refused(INTENTS, "is:")
    with translation.override("ar"):
        said = marked(why)
        assert re.findall(r"<bdi>([^<]*)</bdi>", said) == ["is:", "is:"]
        assert re.sub(r"</?bdi>", "", said) == begun(why)
        assert "<b>" not in marked(refused(INTENTS, "colour:<b>"))


def test_what_an_overview_is_not_narrowed_by_is_said_in_the_readers_language() -> None:
    with pytest.raises(InvalidField) as refusal:
        narrowed("age:>2d")
    why = str(refusal.value.details["why"])
    with translation.override("de"):
        assert begun(why) == "Die Übersicht lässt sich nur nach agent:, from:, type: und risk: eingrenzen"


def matches(text: str, why: str) -> bool:
    return re.fullmatch(re.sub(r"%\\\((\w+)\\\)s", ".+", re.escape(text)), why) is not None
