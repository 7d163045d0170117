"""Code, queries, differences and logs: text in which each line and each blank counts."""

from dataclasses import dataclass

from inbox.presentation.labels import words

_KEYS = frozenset("diff patch sql code log logs query script stacktrace traceback".split())  # noqa: SIM905
_DIFF_KEYS = frozenset({"diff", "patch"})
MOST_LINES = 400
MOST_CHARACTERS = 20_000
"""Of a listing that the page of a task shows; the rest is counted, and stands in the raw data."""


@dataclass(frozen=True, slots=True)
class CodeLine:
    """`kind` is same, or in a difference gone, new, or head for what tells where it is."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """A listing; `more` counts the lines that are left out. A difference has all that are new and gone counted."""

    lines: tuple[CodeLine, ...]
    more: int = 0
    is_diff: bool = False
    new: int = 0
    gone: int = 0

    @property
    def number(self) -> int:
        """Of all lines."""
        return len(self.lines) + self.more


def code(key: str, text: str) -> Code | None:
    """The text under `key` as a listing, None where it is none by its key or its beginning."""
    parts = words(key)
    named = bool(parts) and parts[-1] in _KEYS
    is_diff = text.startswith(("@@ ", "diff --git ", "--- ")) and ("\n@@ " in text or text.startswith("@@ "))
    if not (is_diff or (named and ("\n" in text or len(text) > 40))):
        return None
    is_diff = is_diff or parts[-1] in _DIFF_KEYS
    every = text.replace("\r\n", "\n").strip("\n").split("\n")
    if len(every[0]) > MOST_CHARACTERS:  # lines are counted, not parts of one: as a plain text it is folded, and whole
        return None
    shown: list[str] = []
    left = MOST_CHARACTERS
    for line in every[:MOST_LINES]:
        left -= len(line) + 1
        if left < 0 and shown:
            break
        shown.append(line)
    kinds = [_kind(line) if is_diff else "same" for line in every]
    lines = tuple(map(CodeLine, kinds, shown))
    return Code(lines, len(every) - len(shown), is_diff, kinds.count("new"), kinds.count("gone"))


def _kind(line: str) -> str:
    if line.startswith(("@@", "diff ", "index ", "--- ", "+++ ")):
        return "head"
    return {"+": "new", "-": "gone"}.get(line[:1], "same")
