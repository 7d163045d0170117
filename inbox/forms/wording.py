"""How a form's fields are called. The words are an agent's: they are shown with what they stand for, and with a warning
where they ask for what no agent may know."""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from inbox import presentation

MOST_SHAPE = 4000
_SECRETS = re.compile(
    r"pass(w[o0]rd|phrase|code|wort)|kennwort|mot de passe|contrase[ñn]a|\bsenha\b|пароль|"
    r"\bpins?\b|\btans?\b|\botp\b|\bcv[cv]2?\b|\bmfa\b|\b2fa\b|secret|"
    r"(sms|security|verification|authentication|authenticator|confirmation|one.?time|recovery|backup|login|sign.?in|"
    r"activation|access|six.?digit|6.?digit) ?(code|key|token|number)|api.?key|private.?key|seed.?phrase|"
    r"security ?(answer|question)|密码|口令|パスワード|暗証番号|비밀번호",
    re.IGNORECASE,
)
"""What people use to show that it is them. A plain "code" is none: countries, discounts and products have codes."""


def label(key: str | None, title: Any) -> str:
    """What a field is called on the page: its schema's title, or else words made of its key (None: of the whole form)."""
    return presentation.one_line(str(title), most=200) if title else presentation.label(key or "")


_DRESSED = re.compile(r"(?<![^\W_])(?:[^\W_][\W_]+){3,}[^\W_](?![^\W_])|(?<=[^\W_])[-.·*](?=[^\W_])")
"""A word whose letters stand apart, and marks inside words."""
_READ = 1000
"""Characters of a name or a hint that are read: fewer are shown."""
_LOOKALIKES = str.maketrans("асеорхуіѕԁкмт", "aceopxyisdkmt")


def warning(schema: Mapping[str, Any], key: str) -> str:
    """What is said beside a field that asks for a secret: by its format, its names, or those of its items."""
    items = schema.get("items")
    named = [schema, items] if isinstance(items, Mapping) else [schema]
    if any(one.get("format") == "password" for one in named):
        return _warned()
    titles = [one.get(name) for one in named for name in ("title", "description")]
    words = " ".join(str(one)[:_READ] for one in (key, presentation.label(key), *titles) if one)
    plain = unicodedata.normalize("NFKC", "".join(one for one in words if unicodedata.category(one) != "Cf")).lower()
    together = _DRESSED.sub(lambda found: re.sub(r"[\W_]", "", found[0]), plain)
    spellings = (plain, together, plain.translate(_LOOKALIKES))
    return _warned() if any(_SECRETS.search(re.sub(r"[_\W]+", " ", one)) for one in spellings) else ""


def _warned() -> str:
    return _("Never type a password or code of your own here: the agent asks for it, and what you type goes to it.")


def text(value: Any) -> str:
    """A JSON value as the text of an input: a text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def pretty(value: Any) -> str:
    """A JSON value as JSON text of several lines, for whoever edits it."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def said(value: Any) -> str:
    """A value in words."""
    words = presentation.one_line(text(value).replace("_", " "), most=400)
    return words[:1].upper() + words[1:]


def choices(values: Sequence[tuple[Any, Any]]) -> list[tuple[str, str]]:
    """(label, what it sends where that is another thing) for each (value, title)."""
    labels = [presentation.one_line(str(title), most=400) if title else said(value) for value, title in values]
    made = []
    for (value, title), words in zip(values, labels, strict=True):
        tells = labels.count(words) == 1 and (isinstance(value, bool) or not title or _bare(title) == _bare(text(value)))
        made.append((words, "" if tells else presentation.one_line(text(value), most=80)))
    return made


def _bare(words: Any) -> str:
    return re.sub(r"[\W_]", "", str(words)).casefold()


def shape(schema: dict[str, Any]) -> str:
    """What a field of JSON may hold, for who wants to know it exactly."""
    known = {key: value for key, value in schema.items() if key not in ("title", "description", "default", "$schema", "$id")}
    return pretty(known)[:MOST_SHAPE] if known else ""
