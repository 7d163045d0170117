"""The rules of the house that no linter knows."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCES = sorted(
    path
    for folder in ("axme_site", "inbox", "intents")
    for path in (ROOT / folder).rglob("*.py")
    if "migrations" not in path.parts
)
STATUS_WRITERS = {
    "intents/engine/services/submit.py",
    "intents/engine/services/submission.py",
    "intents/engine/services/submitted.py",
    "intents/engine/services/transitions.py",
}
ERASER = "intents/engine/erasing.py"
"""Writes what intents carried, and no status: intents that are over."""
ERASERS = {ERASER, "intents/engine/redactions.py"}
ENTITIES = {"intent", "row", "parent", "child", "run", "locked"}


@cache
def parsed() -> list[tuple[str, ast.Module]]:
    """Each module with its name, read once for all tests."""
    return [(str(path.relative_to(ROOT)), ast.parse(path.read_text())) for path in SOURCES]


@cache
def nodes(tree: ast.AST) -> tuple[ast.AST, ...]:
    """All of a module, walked through once for all tests."""
    return tuple(ast.walk(tree))


def status_writes(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every place that could write an intent's status: an assignment to its attribute, `Intent(status=)`,
    `Intent.objects...update/create(status=)`, `setattr`, and SQL that updates or inserts intents."""
    for node in nodes(tree):
        match node:
            case ast.Assign(targets=targets) if any(_is_intents_status(one) for one in targets):
                yield node.lineno, "assigns .status"
            case ast.AugAssign(target=target) | ast.AnnAssign(target=target) if _is_intents_status(target):
                yield node.lineno, "assigns .status"
            case ast.Call(func=called, keywords=keywords) if any(
                one.arg in ("status", "waiting_reason") for one in keywords
            ):
                text = ast.unparse(called)
                if text.startswith("Intent.objects.") and text.endswith(
                    (".update", ".create", ".bulk_create", ".get_or_create")
                ):
                    yield node.lineno, f"{text}(status=)"
                elif text in ("Intent", "models.Intent"):
                    yield node.lineno, "Intent(status=)"
                elif text == "statements.new" and ast.unparse(node.args[0]) in ("Intent", "models.Intent"):
                    yield node.lineno, "statements.new(Intent, status=)"
            case ast.Call(func=ast.Name(id="setattr"), args=[_, ast.Constant(value="status"), *_]):
                yield node.lineno, "setattr status"
            case ast.Call(func=ast.Attribute(attr="bulk_update" | "save", value=value), args=args, keywords=keywords):
                named = ast.unparse(ast.Tuple(elts=[*args, *(one.value for one in keywords)]))
                if _is_intent(value) and "status" in named:
                    yield node.lineno, "saves status"
            case ast.Constant(value=str(text)):
                lowered = " ".join(text.lower().split())
                if "update intents_intent " in lowered or "insert into intents_intent " in lowered:
                    yield node.lineno, "SQL writes intents"


def _is_intents_status(target: ast.expr) -> bool:
    return isinstance(target, ast.Attribute) and target.attr in ("status", "waiting_reason") and _is_intent(target.value)


def _is_intent(value: ast.expr) -> bool:
    name = value.attr if isinstance(value, ast.Attribute) else value.id if isinstance(value, ast.Name) else ""
    return name in ENTITIES


def test_an_intents_status_is_written_by_submit_and_advance_alone() -> None:
    found = {name: list(status_writes(tree)) for name, tree in parsed()}
    writers = {name for name, places in found.items() if places}
    elsewhere = {name: found[name] for name in writers - STATUS_WRITERS if name != ERASER}
    assert elsewhere == {}
    assert "intents/engine/services/transitions.py" in writers, "the search finds nothing any more"
    assert writers & {"intents/engine/services/submit.py", "intents/engine/services/submission.py"}


def test_the_search_for_status_writers_finds_each_way_to_write_one() -> None:
    for source in (
        "intent.status = 'x'",
        "self.intent.waiting_reason = None",
        "Intent.objects.filter(id=1).update(status='x')",
        "Intent.objects.create(status='x')",
        "Intent(status='x')",
        "statements.new(Intent, status='x')",
        "setattr(intent, 'status', 'x')",
        "intent.save(update_fields=['status'])",
        "cursor.execute('UPDATE intents_intent SET status = 1')",
        "rows(f'INSERT INTO intents_intent (id) VALUES ({x})')",
    ):
        assert list(status_writes(ast.parse(source))), source


def test_no_function_imports() -> None:
    """Whoever needs one has the layers upside down. Only `AppConfig.ready` must: before it there are no models."""
    found = [
        f"{name}:{inner.lineno}"
        for name, tree in parsed()
        if not name.endswith("/apps.py")
        for node in nodes(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert found == []


def test_events_are_written_by_one_module_alone() -> None:
    """`events.INSERT` and the submit's one statement insert events; nothing updates or deletes one but ERASERS."""
    found = set()
    for name, tree in parsed():
        for node in nodes(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = " ".join(node.value.lower().split())
                if any(f"{verb} intents_intentevent" in text for verb in ("insert into", "update", "delete from")):
                    found.add(name)
            elif isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                if called.startswith("IntentEvent.objects") and called.endswith(
                    (".create", ".update", ".delete", ".bulk_create")
                ):
                    found.add(name)
    assert found <= {"intents/engine/events.py", *ERASERS, *STATUS_WRITERS}


def test_no_table_is_read_past_the_one_clock() -> None:
    """The domain takes the time from the database."""
    found = [
        f"{name}:{node.lineno}"
        for name, tree in parsed()
        if name.startswith(("intents/", "inbox/"))
        for node in nodes(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("timezone.now", "datetime.now", "datetime.utcnow", "date.today")
    ]
    assert found == []


def test_nothing_but_the_outbox_waits_for_later() -> None:
    """No Celery countdown or ETA: work for later is a row."""
    found = [
        f"{name}:{node.lineno}"
        for name, tree in parsed()
        for node in nodes(tree)
        if isinstance(node, ast.Call) and any(one.arg in ("countdown", "eta") for one in node.keywords)
    ]
    assert found == []


def test_no_module_is_called_utils() -> None:
    assert not [path for path in SOURCES if path.stem in ("utils", "util", "helpers", "misc", "common_utils")]


LONGEST = 300
LONG_ON_PURPOSE = {"examples/verify_evidence.py"}
"""What people copy as one file."""


def test_no_file_of_python_has_more_than_300_lines() -> None:
    """But migrations, which say what all tables are."""
    folders = ("axme_site", "bench", "examples", "inbox", "intents", "tests")
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts]
    long = {str(path.relative_to(ROOT)): lines for path in paths if (lines := path.read_text().count("\n")) > LONGEST}
    assert {name: lines for name, lines in long.items() if name not in LONG_ON_PURPOSE} == {}


# Counts that only fall: who lowers one lowers its number here.
QUERIES_OUTSIDE_OF_SELECTORS = 90
POSITIONAL_SERVICES = 31
SERVICES_WITHOUT_ACTOR = 98
VERBS_OF_THE_GATE = 10


def domain() -> Iterator[tuple[str, ast.Module]]:
    """The modules of the two applications."""
    return ((name, tree) for name, tree in parsed() if name.startswith(("intents/", "inbox/")))


def public(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    return (node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"))


def services() -> Iterator[tuple[str, ast.FunctionDef]]:
    for name, tree in domain():
        if "/services/" in name:
            yield from ((f"{name}:{node.name}", node) for node in public(tree) if isinstance(node, ast.FunctionDef))


def test_fewer_and_fewer_queries_stand_outside_of_selectors() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name, tree in domain()
        if not re.search(r"/(selectors|models)(/|\.py$)", name)
        for node in nodes(tree)
        if isinstance(node, ast.Attribute) and node.attr == "objects" and ast.unparse(node.value) != "statements"
    ]
    assert len(found) <= QUERIES_OUTSIDE_OF_SELECTORS, found


def test_fewer_and_fewer_services_take_positional_arguments() -> None:
    found = [name for name, node in services() if node.args.args]
    assert len(found) <= POSITIONAL_SERVICES, found


def test_fewer_and_fewer_services_take_no_actor() -> None:
    found = [name for name, node in services() if "actor" not in {one.arg for one in node.args.args + node.args.kwonlyargs}]
    assert len(found) <= SERVICES_WITHOUT_ACTOR, found


def test_the_gate_between_the_applications_gets_no_wider() -> None:
    tree = dict(parsed())["intents/engine/human_gate.py"]
    (gate,) = (node for node in public(tree) if node.name == "HumanGate")
    verbs = [node.name for node in ast.walk(gate) if isinstance(node, ast.FunctionDef)]
    assert len(verbs) == VERBS_OF_THE_GATE, verbs


def test_no_application_writes_a_table_of_the_other() -> None:
    """By SQL; the ORM's models are the rooms' own. Removing the demo deletes intents whole, with all that is theirs."""
    found = [
        f"{name}:{node.lineno}"
        for name, tree in domain()
        for node in nodes(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for verb, app in re.findall(r"\b(UPDATE|INSERT INTO|DELETE FROM)\s+(intents|inbox)_\w+", node.value)
        if not name.startswith(f"{app}/") and name != "inbox/demo.py"
    ]
    assert found == []


def test_a_public_class_has_a_name_of_its_own_in_its_application() -> None:
    """Shapes of the wire and commands aside, which are named after what they are about."""
    places: dict[tuple[str, str], list[str]] = {}
    for name, tree in domain():
        if "/schemas/" not in name and "/management/" not in name:
            for node in public(tree):
                if isinstance(node, ast.ClassDef):
                    places.setdefault((name.partition("/")[0], node.name), []).append(name)
    assert {f"{app}.{name}": found for (app, name), found in places.items() if len(found) > 1} == {}


def test_no_two_shapes_of_the_api_share_a_name() -> None:
    """The API's description knows them by it: of two, one would be described as the other. Bases are not in it."""
    places: dict[str, list[str]] = {}
    for name, tree in domain():
        if "/schemas/" in name:
            for node in public(tree):
                if isinstance(node, ast.ClassDef) and node.name != "Closed":
                    places.setdefault(node.name, []).append(name)
    assert {shape: found for shape, found in places.items() if len(found) > 1} == {}


def test_every_public_function_of_a_subject_says_what_it_does() -> None:
    edges = re.compile(
        r"^(intents/(api|streams|rpc|a2a|mcp|admin|management|schemas)|inbox/(api|views|schemas|templatetags))/"
    )
    found = [
        f"{name}:{node.name}"
        for name, tree in domain()
        if not edges.match(name)
        for node in public(tree)
        if isinstance(node, ast.FunctionDef) and not ast.get_docstring(node)
    ]
    assert found == []


FORMER = """
HandOut hand_out hand_outs hand_outs_allowed handout owe owe_parents owed owed_to_parents take_owed uncarry uncarry_all
renew_carried drop_silent parcel lasting Flight hinted clockwork Right behind ensure_apart Reaching reaching telling
notifying alarming arming happened talk Place claim_due claim_own unless_held give_back put_off put_off_until hand_on
take_over bring_back put_to wait_for boundary
"""
"""What things were called before they had the field's words; docs/glossary.md has those."""


def test_nothing_defined_has_a_former_name() -> None:
    """A function, a class, a parameter or a module; what the wire and the tables are called does not change."""
    found = []
    for name, tree in domain():
        for node in nodes(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.append((name, node.name))
            elif isinstance(node, ast.arg):
                found.append((name, node.arg))
        found.append((name, Path(name).stem))
    former = set(FORMER.split())
    assert [f"{name}: {word}" for name, word in found if word.lstrip("_") in former] == []
