"""How a query that is being typed may go on."""

from collections.abc import Mapping, Sequence

from inbox.operations.language import INTENTS, PAYLOAD, Language
from inbox.operations.query import quoted

MOST = 12


def completions(
    text: str, values: Mapping[str, Sequence[str]], keys: Sequence[str] = (), language: Language = INTENTS
) -> list[str]:
    """How `text` may go on: its last term completed, by the `keys` there are (all of the language's unless given), what is
    known of them, and `values` of the workspace by key. At most MOST."""
    parts = language.examples.get(PAYLOAD, []) if not keys else []
    keys = keys or language.keys
    head, _, last = text.rpartition(" ")
    sign = "-" if last.startswith("-") else ""
    word = last.removeprefix("-")
    key, colon, begun = word.partition(":")
    if colon and key not in keys:
        found = []
    elif colon:
        known = [*language.named.get(key, ()), *language.moments.get(key, ()), *_examples(key, language)]
        found = [f"{key}:{one}" for one in known if one.startswith(begun.lower())]
        found += [f"{key}:{quoted(one)}" for one in values.get(key, ()) if one.lower().startswith(begun.strip('"').lower())]
    else:
        found = [f"{one}:" for one in keys if one.startswith(word.lower())]
        found += [f"is:{one}" for one in language.named["is"] if word and "is" in keys and one.startswith(word.lower())]
        found += [one for one in parts if word and one.startswith(word)]
    before = f"{head} " if head else ""
    return [f"{before}{sign}{one}" for one in dict.fromkeys(found)][:MOST]


def _examples(key: str, language: Language) -> list[str]:
    """Those of times and numbers, and who one is: other names are the workspace's."""
    if key not in (*language.times, *language.numbers, "assignee", "asked"):
        return []
    return [one.partition(":")[2] for one in language.examples.get(key, [])]
