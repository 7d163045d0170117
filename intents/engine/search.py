"""Finding intents by words: which words an intent is found by, and what a search means.

A word is a run of letters and digits, in lower case. An intent is found by the words of its type, its addresses, its
correlation id, its payload and its human task; a search names the beginnings of words, all of which must be there.
"""

import re
import unicodedata
from uuid import UUID

from intents.kernel import statements
from intents.kernel.errors import InvalidField

READ_CHARACTERS = 16_384
MOST_WORDS = 512
LONGEST_WORD = 64
"""How much of a payload is read, and kept: the index is written with the intent and must stay cheap."""
SEARCHED_WORDS = 8

_WORD = re.compile(r"[^\W_]+")
_ESCAPE = re.compile(r"\\(?:u[0-9a-f]{4}|.)")
_ID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{1,4}|[0-9a-f]{4}-?(?:[0-9a-f]{0,4}-?){0,2}[0-9a-f]{0,12})?")


def _words(text: str) -> list[str]:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return _WORD.findall(text.lower())


def document(*, payload: str, human_task: str | None, correlation_id: UUID, names: tuple[str, ...]) -> str:
    """The words of an intent, each once, with a space between. `payload` and `human_task` are JSON texts."""
    text = f"{payload[:READ_CHARACTERS]} {(human_task or '')[:READ_CHARACTERS]}"
    if "\\" in text:
        text = _ESCAPE.sub(" ", text)
    found = dict.fromkeys([correlation_id.hex, *_words(" ".join(names)), *_words(text)])
    return " ".join([word[:LONGEST_WORD] for word in list(found)[:MOST_WORDS]])


def query(text: str) -> str:
    """`text` as a tsquery of word beginnings. Raises InvalidField when it holds no word, or too many."""
    found = [text.replace("-", "").lower()] if id_range(text) else _words(text)
    if not 1 <= len(found) <= SEARCHED_WORDS:
        raise InvalidField("q", f"1 to {SEARCHED_WORDS} words, or the beginning of an id")
    return " & ".join(f"{word[:LONGEST_WORD]}:*" for word in found)


def id_range(text: str) -> tuple[UUID, UUID] | None:
    """The first and the last id that begin with `text`, None unless it looks like the first 8 digits of an id or more."""
    digits = text.replace("-", "").lower()
    if not _ID.fullmatch(text.lower()) or len(digits) > 32:
        return None
    return UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))


def merge_new() -> None:
    """Merge what was written lately into the index, so that neither a search nor a submit has to."""
    statements.rows("SELECT gin_clean_pending_list('intentbody_document'::regclass)", ())
