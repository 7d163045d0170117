"""The catalogs of translations: whole, of one piece with what is compiled of them, and with nothing lost of a text."""

import gettext
import re
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

from inbox.views.kit.refusals import REFUSALS
from inbox.views.kit.sign_in_refusals import SIGN_IN_REFUSALS
from inbox.vocabulary.unsent import UNSENT
from tests.catalogs import APPLICATIONS, Entry, Key, read, used

LANGUAGES = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%")
TAG = re.compile(r"</?\w+[^>]*>|<data-here>")
EXACT = {"de": {0: 1}, "ar": {1: 1, 2: 2}}
"""Plural forms that are for one number alone, which their words may say instead of a digit."""


def catalog(language: str) -> Path:
    return Path(settings.LOCALE_PATHS[0], language, "LC_MESSAGES", "django.po")


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def texts(language: str) -> list[Entry]:
    header, *entries = read(catalog(language))
    assert not header.text
    assert len(entries) > 2000
    return entries


def test_what_pages_are_made_of_is_what_the_catalog_says(language: str) -> None:
    with catalog(language).with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    said = {}
    for entry in texts(language):
        key = f"{entry.context}\x04{entry.text}" if entry.context else entry.text
        for number, form in entry.forms.items():
            said[(key, number) if entry.plural else key] = form
    compiled.pop("", None)
    assert compiled == said, "run make messages"


def test_every_entry_is_translated_and_none_is_in_doubt(language: str) -> None:
    header = read(catalog(language))[0].forms[0]
    number = int(re.findall(r"nplurals=(\d)", header)[0])
    bare = [one.key for one in texts(language) if not all(one.forms.values()) or "fuzzy" in one.flags]
    assert not bare
    short = [one.key for one in texts(language) if len(one.forms) != (number if one.plural else 1)]
    assert not short, "a form is missing"


def test_a_translation_has_the_placeholders_and_the_markup_of_its_text(language: str) -> None:
    wrong = []
    for entry in texts(language):
        several = entry.plural or entry.text
        for form, said in entry.forms.items():
            kept = sorted(PLACEHOLDER.findall(said)), sorted(TAG.findall(said))
            whole = sorted(PLACEHOLDER.findall(several)), sorted(TAG.findall(several))
            missing = set(whole[0]) - set(kept[0])
            # What stands for the number may be a word where there is only one.
            worded = entry.plural and form in EXACT[language] and set(kept[0]) <= set(whole[0]) and len(missing) <= 1
            if kept[1] != whole[1] or (kept[0] != whole[0] and not worded):
                wrong.append((entry.text, said))
    assert not wrong


def test_blanks_and_ends_of_lines_at_the_edges_of_a_text_are_kept(language: str) -> None:
    for entry in texts(language):
        for said in entry.forms.values():
            assert said[:1].isspace() == entry.text[:1].isspace(), entry.text
            assert said[-1:].isspace() == entry.text[-1:].isspace(), entry.text


@cache
def texts_of_sources() -> dict[Key, str]:
    return used()


def test_every_text_of_the_sources_has_its_translation_and_no_other_is_kept(language: str) -> None:
    translated, sources = {entry.key for entry in texts(language)}, texts_of_sources()
    missing = [f"{where}: {key[1]}" for key, where in sources.items() if key not in translated]
    assert not missing, "run make messages, and translate:\n" + "\n".join(missing)
    kept = [text for context, text in translated if (context, text) not in sources]
    assert not kept, "run make messages: no source has\n" + "\n".join(kept)


def test_each_refusal_that_pages_translate_is_one_of_the_domain() -> None:
    root = Path(settings.BASE_DIR)
    sources = [path for name in APPLICATIONS for path in (root / name).rglob("*.py")]
    code = "".join(path.read_text() for path in sources if not path.name.endswith(("refusals.py", "unsent.py")))
    every = (*REFUSALS, *SIGN_IN_REFUSALS, *UNSENT)
    beginnings = [text.partition("%(")[0][:30] or text.rpartition(")s")[2][:30] for text in every]
    assert not [one for one in beginnings if one not in code]
