"""What cannot be seen in a text is named, what is written stays as it is, and no text is slow to look at."""

import os
import subprocess
import sys

import pytest

from inbox import presentation
from tests import turns

PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
IGNORABLE = (
    *(0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFEFF, 0xFFA0),
    *range(0x180B, 0x1810),
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    *range(0xFE00, 0xFE10),
    *range(0xFFF0, 0xFFF9),
    *range(0x1BCA0, 0x1BCA4),
    *range(0x1D173, 0x1D17B),
    *range(0xE0000, 0xE1000),
)
"""Default_Ignorable_Code_Point of Unicode 16."""
BLANK = (0x2800, 0x1D159, 0xFFFC, 0x2028, 0x2029, 0x0007, 0x2000, 0x200A, 0x205F, 0x1680, 0x0085)


@pytest.mark.parametrize("around", ["pay{}ee", "{}{}", "DE00{} 1234", "a{}\u0301"])
def test_every_character_that_cannot_be_seen_is_named(around: str) -> None:
    missed = []
    for code in (*IGNORABLE, *BLANK):
        text = around.format(chr(code), chr(code))
        if f"U+{code:04X}" not in presentation.plain(text) or chr(code) in presentation.plain(text):
            missed.append(f"U+{code:04X}")
    assert not missed


@pytest.mark.parametrize("selector", ["\ufe0f", "\ufe0e", "\U000e0100", "\u180b"])
def test_a_selector_counts_once_and_only_after_what_it_selects(selector: str) -> None:
    after = {"\ufe0f": "\u2764", "\ufe0e": "\u2764", "\U000e0100": "\u8fbb", "\u180b": "\u1820"}[selector]
    assert presentation.plain(after + selector) == after + selector
    assert presentation.plain(after + selector * 2) == f"{after}{selector}⟨U+{ord(selector):04X}⟩"
    assert presentation.plain(f"a{selector}") == f"a⟨U+{ord(selector):04X}⟩"


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Zoë paid 3 €",
            "שלום",
            "مرحبا",
            "नमस्ते",
            "line\nline",
            "e\u0301",
            "10 000\u00a0€",
            "10\u202f000\u202f€",
            "日本\u3000語",
        ),
        *("👨\u200d👩\u200d👧 ok", "🏳\ufe0f\u200d🌈", "👩🏽\u200d🚒", "❤\ufe0f", "1\ufe0f\u20e3", "☎\ufe0e", "👍🏿", "🇱🇻"),
        *(PERSIAN, "क्\u200dष", "ശ്രീ\u200cയ", "a    b", "a\tb"),
    ],
)
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert presentation.plain(text) == text


@pytest.mark.parametrize(
    "text", ["a\u200cb", f"{PERSIAN}\u200c", "\u200d", "👨\u200d", "ab\u200d👧", "1\ufe0f", "\u0645\u200c1"]
)
def test_joiners_outside_of_words_and_pictures_are_named(text: str) -> None:
    assert "⟨U+" in presentation.plain(text)


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u3000", "\u202f", "\t", " \u00a0"])
def test_more_than_a_few_blanks_in_a_row_are_counted(blank: str) -> None:
    assert presentation.plain(f"a{blank * 250}b") == f"a⟨{250 * len(blank):,} spaces⟩b"
    assert "⟨" not in presentation.plain(f"a{blank}b")


def test_blanks_that_align_a_listing_stay() -> None:
    listing = "- name:\n      value\n+ name:\n      other"
    assert presentation.folded(listing).aligned
    assert "".join(one.text for one in presentation.visible(listing, blanks=presentation.MOST_INDENT)) == listing
    assert [one.odd for one in presentation.visible("a" + " " * 500 + "b", blanks=presentation.MOST_INDENT)] == [
        False,
        True,
        False,
    ]


def test_prose_is_no_listing() -> None:
    assert not presentation.folded("Dear Ann,\nplease look at this.\n\nThank you\nBob").aligned


def test_a_pile_of_marks_is_cut() -> None:
    assert len(presentation.plain("a" + "\u0301" * 500)) < 30


def test_empty_lines_are_counted() -> None:
    folded = presentation.folded("first" + "\n" * 10_001 + "last")
    assert folded.top == "first\n\n⟨10,000 empty lines⟩\n\nlast"
    assert not folded.hidden


@pytest.mark.parametrize("text", ["a\n\nb", "a\n \n \nb", "  a\n  b", "\n\na"])
def test_a_few_empty_lines_stay(text: str) -> None:
    assert presentation.folded(text).top == text.strip("\n")


def test_a_long_text_is_folded_and_nothing_of_it_is_lost() -> None:
    text = "\n".join(f"line {number}" for number in range(30))
    folded = presentation.folded(text)
    assert folded.hidden == 22
    assert f"{folded.top}\n{folded.rest}" == text


def test_a_line_that_was_cut_ends_with_an_ellipsis() -> None:
    assert presentation.one_line("x" + "\u200b" * 5_000 + "tail").endswith("…")


SLOW = {
    "spaces": "a" + " " * 120_000 + "b",
    "blank lines": "a" + " \n" * 60_000 + "b",
    "no-break spaces": "\u00a0" * 120_000,
    "joined pictures": "😀\u200d" * 30_000,
    "marks": "a" + "\u0301" * 60_000,
    "digits": "1" * 120_000,
    "digits and commas": "1,234" * 24_000,
    "words": "EUR " * 30_000,
    "underscores": "_" * 120_000,
    "camels": "aB" * 60_000,
}


LOOK = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
import django
django.setup()
from django.template import engines
from inbox import presentation
from inbox.tasks.selectors import mentions
from inbox.templatetags.untrusted import markup, raw, whole

facts = engines["django"].get_template("tasks/facts.html")
said = engines["django"].get_template("tasks/says.html")
text = sys.stdin.read()
pair = {"old_note": text, "new_note": text + "x"}
for payload in ({"note": text}, {text[:40_000]: 1}, pair, {"amount": text, "currency": text}):
    found, more = presentation.facts(payload)
    facts.render({"facts": found, "more": more})
    presentation.headline("a.b.v1", payload, title=text[:255])
    whole(payload), raw(payload)
presentation.contradicted(text, {"amount": 1, "currency": "EUR"})
presentation.link("https://" + text), presentation.plain(text), presentation.one_line(text), markup(text[:2_000])
mentions._NAMED.findall(text)
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", turns.each(list(SLOW), of=3))
def test_a_text_of_a_whole_payload_is_shown_within_a_fixed_number_of_steps_for_each_character(name: str) -> None:
    """In a process of its own that may use a minute of a processor, some fifty times what it needs: what grows with the
    square of a text of this length needs longer, and no busy machine makes a difference."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK],
        input=SLOW[name] * 2,
        text=True,
        capture_output=True,
        check=False,
        env=os.environ | {"PYTHONUTF8": "1"},
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_line_of_code_that_is_too_long_for_a_listing_is_folded_and_nothing_of_it_is_lost() -> None:
    script = "x" * 20_001 + " rm -rf /"
    (shown,), more = presentation.facts({"script": script})
    assert (shown.kind, more) == ("long", 0)
    assert shown.value.top + shown.value.rest == script
