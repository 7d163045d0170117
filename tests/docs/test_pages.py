"""What the pages name exists, and the settings they list are those there are."""

import ast
import re
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("adapters", "docs", "examples")
PAGES = sorted([*ROOT.glob("*.md"), *(page for room in ROOMS for page in (ROOT / room).rglob("*.md"))])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as the common renderers make them."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 _-]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(FENCED.sub("", page.read_text())):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_and_file_that_is_named_exists(page: Path) -> None:
    text = page.read_text()
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:^    |`)make ([a-z]+)", text, re.MULTILINE)) <= targets
    assert set(re.findall(r"manage\.py ([a-z_]+)", text)) <= set(get_commands())
    for path in re.findall(r"`((?:adapters|deploy|examples|tests|requirements|intents|inbox|axme_site)/[\w./-]+)", text):
        assert (ROOT / path).exists(), path


def test_the_index_lists_every_page() -> None:
    docs = ROOT / "docs"
    listed = set(LINK.findall((docs / "README.md").read_text()))
    assert {page.name for page in docs.glob("*.md")} - {"README.md"} <= listed


@pytest.mark.parametrize("application", ["inbox", "intents"])
def test_the_map_of_rooms_names_each_that_there_is(application: str) -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    table = text[text.index(f"| `{application}` | what it is |") :].partition("\n\n")[0]
    cells = re.findall(r"^\| (.+?) \| ", table, re.MULTILINE)[1:]
    named = {name for cell in cells for name in re.findall(r"`([\w/]+)`", cell)}
    folder = ROOT / application
    rooms = {path.stem for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert rooms - {name.partition("/")[0] for name in named} == {"__init__", "apps", "models", "migrations"}
    assert [name for name in named if not (folder / name).exists() and not (folder / f"{name}.py").exists()] == []


PROOF = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def test_every_promise_names_a_test() -> None:
    rows = re.findall(r"^\| (\*\*.*)$", (ROOT / "docs" / "reliability.md").read_text(), re.MULTILINE)
    assert rows
    assert [row for row in rows if not PROOF.search(row)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_test_that_is_named_exists(page: Path) -> None:
    for path, name in PROOF.findall(page.read_text()):
        assert re.search(rf"^ *def {name}\(", (ROOT / path).read_text(), re.MULTILINE), f"{path}::{name}"


EXCERPT = re.compile(r"<!-- from (\S+) -->\n```\w+\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_excerpt_of_a_program_is_what_it_says(page: Path) -> None:
    for path, excerpt in EXCERPT.findall(page.read_text()):
        assert excerpt in (ROOT / path).read_text(), path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_is_not_run_can_be_read_by_python_at_least(page: Path) -> None:
    for program in re.findall(r"<!-- not run[^>]*-->\n```python\n(.*?)```", page.read_text(), re.DOTALL):
        ast.parse(program)


def settings_read() -> dict[str, object]:
    """The variables that the settings read, with their defaults where those are plain values."""
    found: dict[str, object] = {}
    sources = [
        (ROOT / "axme_site" / f"{name}.py").read_text()
        for name in ("settings", "oidc_settings", "chat_settings", "cell_settings")
    ]
    for node in ast.walk(ast.parse("\n".join(sources))):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="env"), attr=kind), args=[ast.JoinedStr(values=parts), *rest]
            ):
                # Of one of several identity providers: told as of the only one.
                name = "OIDC" + "".join(part.value for part in parts if isinstance(part, ast.Constant))
                if not name.endswith("_FILE") and (kind != "text" or name not in found):
                    found[name] = rest[0].value if rest and isinstance(rest[0], ast.Constant) else None
            case ast.Call(func=ast.Attribute(value=ast.Name(id="env")), args=[ast.Constant(value=str(name)), *rest]):
                try:
                    source = ast.unparse(rest[0]) if rest else "None"
                    found[name] = eval(source, {"__builtins__": {}})
                except (NameError, AttributeError, TypeError):
                    found[name] = None
    return found


def test_the_settings_that_are_listed_are_those_there_are() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.*?) \|", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE)
    listed = dict(rows)
    read = settings_read()
    assert set(listed) == set(read)
    for name, default in read.items():
        if default not in (None, "") and not isinstance(default, list):
            shown = str(int(default)) if isinstance(default, bool) else f"{default}"
            assert f"`{shown}`" in listed[name], (name, default, listed[name])


def test_every_error_code_is_explained() -> None:
    text = (ROOT / "docs" / "api.md").read_text()
    codes = set(re.findall(r'^    code = "(\w+)"', (ROOT / "intents" / "kernel" / "errors.py").read_text(), re.MULTILINE))
    assert codes
    assert sorted(code for code in codes if f"`{code}`" not in text) == []
