"""The texts of the sources and their translations, read without gettext's programs, which few machines have."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation.template import templatize

Key = tuple[str, str]
"""A text's context, or nothing, and the text, in the singular if it has a plural."""
APPLICATIONS = ("axme_site", "inbox", "intents")
_CALLS = {
    name: (context, plural)
    for context, plural, names in (
        (False, False, ("gettext", "gettext_lazy", "gettext_noop")),
        (False, True, ("ngettext", "ngettext_lazy")),
        (True, False, ("pgettext", "pgettext_lazy")),
        (True, True, ("npgettext", "npgettext_lazy")),
    )
    for name in names
}


@dataclass
class Entry:
    """A text of a catalog. `forms` are its translations: one, or one for each plural form."""

    context: str = ""
    text: str = ""
    plural: str = ""
    forms: dict[int, str] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)

    @property
    def key(self) -> Key:
        return self.context, self.text


def read(path: Path) -> list[Entry]:
    """The entries of a .po file, the header first. What is obsolete is left out."""
    return [_entry(block) for block in path.read_text().split("\n\n") if re.search(r"^msgid ", block, re.M)]


def _entry(block: str) -> Entry:
    entry, name = Entry(), ""
    said: dict[str, str] = {}
    for line in block.splitlines():
        if line.startswith("#,"):
            entry.flags |= {flag.strip() for flag in line[2:].split(",")}
        elif match := re.match(r'(?:(msg\w+(?:\[\d\])?) )?(".*")$', line):
            name = match[1] or name
            said[name] = said.get(name, "") + ast.literal_eval(match[2])
    entry.context, entry.text, entry.plural = (said.get(name, "") for name in ("msgctxt", "msgid", "msgid_plural"))
    forms = {name: text for name, text in said.items() if name.startswith("msgstr")}
    entry.forms = {int(name[7:-1] or 0) if "[" in name else 0: text for name, text in forms.items()}
    return entry


def used() -> dict[Key, str]:
    """The texts that the sources mark for translation, and where one of them stands."""
    root = Path(settings.BASE_DIR)
    found: dict[Key, str] = {}
    for path in sorted(one for name in APPLICATIONS for one in (root / name).rglob("*.py")):
        source = path.read_text()
        if "gettext" in source:
            found |= dict.fromkeys(_of_code(ast.parse(source)), str(path.relative_to(root)))
    for path in sorted((root / "templates").rglob("*.*")):
        if path.suffix in (".html", ".txt"):
            found |= dict.fromkeys(_of_template(path.read_text()), str(path.relative_to(root)))
    return found


def _of_code(tree: ast.AST) -> Iterator[Key]:
    names = dict(_CALLS)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            names |= {one.asname: _CALLS[one.name] for one in node.names if one.asname and one.name in _CALLS}
    yield from _calls(tree, names)


def _calls(tree: ast.AST, names: dict[str, tuple[bool, bool]]) -> Iterator[Key]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            context, _plural = names[node.func.id]
            given: list[Any] = [one.value for one in node.args if isinstance(one, ast.Constant)]
            if len(given) > context:
                yield (given[0], given[1]) if context else ("", given[0])


def _of_template(source: str) -> Iterator[Key]:
    if "{%" not in source and "_(" not in source:
        return
    code = templatize(source)
    for match in re.finditer(r"\b(n?p?gettext|_) ?\(", code):
        # To the bracket that ends the call: the texts in it are literals of Python.
        text = code[match.end() - 1 :]
        for end in (one.end() for one in re.finditer(r"\)", text)):
            try:
                tree = ast.parse("f" + text[:end])
            except SyntaxError:
                continue
            call = tree.body[0].value  # type: ignore[attr-defined]
            call.func.id = "gettext" if match[1] == "_" else match[1]
            yield from _calls(call, dict(_CALLS))
            break
