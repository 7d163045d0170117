"""The words of code, docs and templates are those of the glossary."""

import re

from tests.test_architecture import ROOT, SOURCES


def test_the_glossary_names_what_is_defined() -> None:
    text = "\n".join(path.read_text() for path in SOURCES)
    rows = re.findall(r"^\| (.+?) \| .+? \| (.+?) \|$", (ROOT / "docs" / "glossary.md").read_text(), re.MULTILINE)
    names = {name for _, cell in rows for name in re.findall(r"`(\w+)`", cell)}
    assert len(names) > 50
    defined = set(re.findall(r"(?:def|class) (\w+)|^ *(\w+)(?:: [^=\n]+)? =|^ +(\w+): |name=\"(\w+)\"", text, re.MULTILINE))
    known = {name for groups in defined for name in groups} | {path.stem for path in SOURCES}
    assert sorted(names - known) == []
    terms = [term for term, _ in rows]
    assert len(terms) == len(set(terms)) + terms.count("term") - 1


SAID = """
transactional outbox, at-least-once delivery, exactly-once effect, lease, fencing token, dead letter, exponential backoff
with jitter, idempotency key, optimistic concurrency, long poll, webhook, human in the loop, durable execution, workflow,
RBAC, separation of duties, four eyes, SLA, quorum, audit log
"""


def test_the_docs_say_the_words_that_readers_search_for() -> None:
    docs = " ".join(" ".join(path.read_text().split()) for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
    plain = docs.replace("*", "").lower()
    assert [words for words in " ".join(SAID.split()).split(", ") if words.lower() not in plain] == []


FIELD = re.compile(r"<(?:textarea|input)\b(?:\{%.*?%\}|\{\{.*?\}\}|[^>{])*>", re.DOTALL)
WRITTEN_IN = re.compile(r'^<textarea|type="(?:text|search|\{\{[^"]*)"|^<input(?!.*\btype=)', re.DOTALL)


def test_what_people_write_freely_runs_as_their_language_does() -> None:
    """But for what only programs read. Forms of Django have it by `control`."""
    fields = [
        (path.relative_to(ROOT), " ".join(tag.split()))
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for tag in FIELD.findall(path.read_text())
        if WRITTEN_IN.search(tag)
    ]
    assert len(fields) > 40
    assert [one for one in fields if not re.search(r'\bdir="|inputmode=|class="[^"]*\bcode\b', one[1])] == []


def test_no_line_of_a_template_is_longer_than_a_window() -> None:
    """Mails of plain text aside: what they break there is broken for who reads them."""
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) >= 160
    ]
    assert found == []


SPOKEN = re.compile(r"\{% blocktrans.*?endblocktranslate %\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)


def test_what_stands_between_two_of_several_is_that_of_the_language() -> None:
    """A comma, in most; Arabic has its own. Pages have it by `between` and `series`."""
    found = [
        f"{path.relative_to(ROOT)}: {one.group()}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for one in re.finditer(r"\0, *\s*\0", SPOKEN.sub("\0", path.read_text()))
    ]
    assert found == []
