"""Statements on events say whose: by its intent a history is found at once, and where it lay in parts, in one of them."""

import ast
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.test_architecture import nodes, parsed

WITHOUT = {
    "axme_site/cells/arriving.py": (3, "all of a workspace that has come"),
    "axme_site/cells/closing.py": (1, "the newest of a workspace that goes, by their ids"),
    "axme_site/cells/leaving.py": (1, "all of a workspace that has gone"),
    "intents/audit/auditor.py": (2, "the newest, by their ids"),
    "intents/audit/tree.py": (3, "the newest, by their ids; all of them, leaf by leaf, when they are verified"),
    "intents/engine/invariants.py": (5, "rules of all; asked of some intents, they see only these"),
    "intents/feed/rules.py": (2, "rules of all; asked of some intents, they see only these"),
    "intents/feed/selectors.py": (1, "those of entries, which know no intent"),
    "intents/feed/sequencer.py": (1, "the newest, by their ids"),
    "intents/retention/persons.py": (1, "whose they are is what is asked"),
    "intents/rollups/folding.py": (2, "the first"),
    "intents/rollups/sources.py": (1, "those of an hour, by their ids"),
    "intents/telemetry/selectors.py": (1, "those of leaves, which know no intent"),
}
"""How many statements of a module name no intent, and what they are after. These numbers only fall."""
_NAMED = re.compile(
    r"\b(FROM|JOIN|UPDATE|USING)\s+intents_intentevent\b(?:\s+(?:AS\s+)?(?!(?:WHERE|SET|ON|ORDER|JOIN|LEFT|LIMIT|USING)\b)(\w+))?"
)


def unbound(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Each place that reads or changes events without a condition on their intent, with its line."""
    for line, text in _texts(tree):
        for found in _NAMED.finditer(text):
            name = rf"{found[2]}\." if found[2] else r"(?:intents_intentevent\.)?"
            if not re.search(rf"(?<![\w.]){name}intent_id\s*(?:=|IN\b|BETWEEN\b)|=\s*{name}intent_id\b", text):
                yield line, found[0]


def _texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every text of a module with its line, those with values in them whole."""
    parts = set()
    for node in nodes(tree):
        if isinstance(node, ast.JoinedStr):
            parts |= {id(one) for one in ast.walk(node) if isinstance(one, ast.Constant)}
            yield node.lineno, "".join(str(one.value) if isinstance(one, ast.Constant) else "{}" for one in node.values)
    for node in nodes(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            yield node.lineno, node.value


def test_statements_on_events_name_their_intents() -> None:
    found = {name: list(unbound(tree)) for name, tree in parsed()}
    counted = Counter({name: len(places) for name, places in found.items() if places})
    assert counted == {name: count for name, (count, _) in WITHOUT.items()}, {
        name: places for name, places in found.items() if len(places) != WITHOUT.get(name, (0, ""))[0]
    }


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ('"SELECT * FROM intents_intentevent WHERE id = %s"', 1),
        ('"SELECT * FROM intents_intentevent e JOIN intents_intent i ON i.id = %s WHERE x.intent_id = 1"', 1),
        ('f"SELECT {c} FROM intents_intentevent e WHERE e.id = ANY({ids})"', 1),
        ('"UPDATE intents_intentevent SET details = NULL WHERE intent_id = ANY(%s)"', 0),
        ('"FROM ended JOIN intents_intentevent event ON event.intent_id = ended.id AND event.seq = ended.seq"', 0),
        ('"FROM intents_intent i LEFT JOIN intents_intentevent e ON i.id = e.intent_id"', 0),
        ('"INSERT INTO intents_intentevent (id) SELECT 1"', 0),
    ],
)
def test_it_is_seen(source: str, count: int) -> None:
    assert len(list(unbound(ast.parse(source)))) == count
