"""Behind a pooler that gives each transaction another session: nothing of a session is asked for, but past it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.core.checks import Tags, run_checks
from django.db import connection
from psycopg.conninfo import conninfo_to_dict
from pytest_django.fixtures import Settings

from axme_site import direct, postgres_tools
from tests.runtime.test_settings import load, loaded, scaled  # noqa: F401 - a fixture

ROOT = Path(__file__).resolve().parents[2]
POOLER = "postgresql://axme@pooler.example:6432/inbox"


@pytest.fixture
def pooled(scaled: dict[str, str]) -> dict[str, str]:  # noqa: F811
    return scaled | {"DATABASE_URL": POOLER, "DATABASE_DIRECT_URL": scaled["DATABASE_URL"]}


@pytest.fixture
def behind_a_pooler(settings: Settings) -> None:
    """As if there were one: both ways lead to the tests' database."""
    options = connection.settings_dict["OPTIONS"] | {"application_name": "past the pooler"}
    settings.DIRECT_DATABASE = connection.settings_dict | {"OPTIONS": options}


def test_a_session_behind_a_pooler_is_told_and_keeps_nothing(tmp_path: Path, pooled: dict[str, str]) -> None:
    settings = loaded(tmp_path, **pooled)
    database = settings["DATABASES"]["default"]
    assert (database["HOST"], database["PORT"]) == ("pooler.example", "6432")
    assert database["OPTIONS"] == {"application_name": "axme", "prepare_threshold": None}
    assert database["DISABLE_SERVER_SIDE_CURSORS"] is True


def test_past_it_a_session_is_as_without(tmp_path: Path, pooled: dict[str, str], scaled: dict[str, str]) -> None:  # noqa: F811
    assert loaded(tmp_path, **pooled)["DIRECT_DATABASE"] == loaded(tmp_path, **scaled)["DATABASES"]["default"]
    assert loaded(tmp_path, **scaled)["DIRECT_DATABASE"] is None


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"DATABASE_URL": ""}, "set both"),
        ({"DATABASE_DIRECT_URL": "postgresql://db.example"}, "DATABASE_DIRECT_URL must name a database"),
        ({"DATABASE_DIRECT_URL": "db.example"}, "DATABASE_DIRECT_URL must start with postgresql://"),
    ],
)
def test_a_way_past_nothing_stops_the_start(
    tmp_path: Path, pooled: dict[str, str], changes: dict[str, str], says: str
) -> None:
    done = load(tmp_path, **(pooled | changes))
    assert done.returncode != 0
    assert says in done.stderr.splitlines()[-1]


HINT = re.compile(r"advisory|LISTEN|NOTIFY|notify|\bSET\b|PREPARE|DEALLOCATE|DISCARD|DECLARE|TEMP|currval|lastval")
OF_A_SESSION = re.compile(
    r"pg_(try_)?advisory_lock|pg_advisory_unlock|^\s*(UN)?LISTEN |^\s*NOTIFY |pg_notify"
    r"|(^|;)\s*SET (?!LOCAL |TRANSACTION )\w+ (=|TO) |(^|;)\s*(PREPARE|DEALLOCATE|DISCARD|DECLARE) "
    r"|CREATE TEMP(ORARY)? TABLE (?!.* ON COMMIT DROP)|currval\(|lastval\(",
    re.DOTALL,
)


def texts(source: str) -> Iterator[str]:
    """Each that is no docstring; of one with values in it the whole."""
    tree = ast.parse(source)
    passed: set[int] = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            passed |= {id(part) for part in node.values}
            yield "".join(part.value if isinstance(part, ast.Constant) else "?" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in passed:
            yield node.value


def test_nothing_but_migrations_backups_and_moves_needs_a_session() -> None:
    asking = set()
    for application in ("axme_site", "inbox", "intents"):
        for path in (ROOT / application).rglob("*.py"):
            source = path.read_text()
            if "migrations" not in path.parts and HINT.search(source) and any(map(OF_A_SESSION.search, texts(source))):
                asking.add(str(path.relative_to(ROOT)))
    inside_of_direct_connected = {"axme_site/backup.py", "axme_site/management/commands/migrate.py"}
    on_sessions_of_their_own = {f"axme_site/cells/{name}.py" for name in ("fence", "moving", "unfinished")}
    assert asking == inside_of_direct_connected | on_sessions_of_their_own


@pytest.mark.parametrize(
    ("statement", "needs"),
    [
        ("SELECT pg_advisory_lock(1)", True),
        ("SELECT pg_advisory_xact_lock(1)", False),
        ("BEGIN; SET work_mem = 1", True),
        ("SET LOCAL work_mem = 1", False),
        ("UPDATE x SET a = 1", False),
        ("LISTEN hints", True),
        ("CREATE TEMP TABLE x ON COMMIT DROP AS SELECT 1", False),
        ("CREATE TEMP TABLE x (id int)", True),
    ],
)
def test_what_needs_a_session_is_known(statement: str, needs: bool) -> None:
    assert bool(OF_A_SESSION.search(statement)) is needs


@pytest.mark.django_db(transaction=True)
def test_what_needs_a_session_gets_one_and_leaves_it(behind_a_pooler: None) -> None:
    former = connection.settings_dict

    def named() -> str:
        connection.ensure_connection()
        return str(conninfo_to_dict(connection.connection.info.dsn).get("application_name"))

    pooled_name = named()
    with direct.connected():
        assert named() == "past the pooler"
    assert connection.settings_dict is former
    assert named() == pooled_name


@pytest.mark.django_db(transaction=True)
def test_past_it_a_database_beside_is_not_left(behind_a_pooler: None) -> None:
    """As the one that is restored, which is migrated before it takes its place."""
    beside = postgres_tools.connected_to(postgres_tools.MAINTENANCE)
    with direct.connected(), beside, direct.connected(), connection.cursor() as cursor:
        cursor.execute("SELECT current_database(), current_setting('application_name')")
        assert cursor.fetchone() == (postgres_tools.MAINTENANCE, "past the pooler")


def test_without_a_pooler_all_is_as_it_is(settings: Settings) -> None:
    former = connection.settings_dict
    with direct.connected():
        assert connection.settings_dict is former


SET_FOR_ROLE = """
SELECT unnest(setconfig) FROM pg_db_role_setting WHERE setrole = current_user::regrole
AND setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY 1
"""


def set_for_role() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(SET_FOR_ROLE)
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.django_db
def test_migrating_has_the_server_limit_the_sessions_behind_it(behind_a_pooler: None) -> None:
    direct.limit()
    assert set_for_role() == [
        "idle_in_transaction_session_timeout=30000",
        "lock_timeout=2000",
        "statement_timeout=10000",
    ]


@pytest.mark.django_db
@pytest.mark.usefixtures("behind_a_pooler")
def test_a_role_is_left_alone_that_is_not_the_poolers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(configured.DATABASES["default"], "USER", "of_the_pooler")
    direct.limit()
    assert set_for_role() == []


@pytest.mark.django_db
def test_without_a_pooler_the_role_is_left_alone() -> None:
    direct.limit()
    assert set_for_role() == []


@pytest.mark.django_db
def test_statements_that_nothing_limits_are_warned_of() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
    (warning,) = run_checks(tags=[Tags.database], databases=["default"])
    assert warning.id == "axme.W006"
    assert "lock_timeout = 2000" in str(warning.hint)


@pytest.mark.django_db
def test_the_connections_of_a_pooler_are_not_counted(settings: Settings, behind_a_pooler: None) -> None:
    settings.WORKER_CONCURRENCY = 1000
    assert run_checks(tags=[Tags.database], databases=["default"]) == []
