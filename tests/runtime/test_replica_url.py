"""DATABASE_REPLICA_URL: beside the primary, impatient, in one snapshot; and nothing of it where it is not set."""

from pathlib import Path

import pytest

from tests.runtime.test_settings import load, loaded, scaled  # noqa: F401 - a fixture

STANDBY = "postgresql://axme@standby.example:5432/inbox"


def test_a_standby_is_an_alias_beside_the_primary(tmp_path: Path, scaled: dict[str, str]) -> None:  # noqa: F811
    settings = loaded(tmp_path, **scaled, DATABASE_REPLICA_URL=f"{STANDBY}?connect_timeout=9")
    entry, primary = settings["DATABASES"]["replica"], settings["DATABASES"]["default"]
    assert (entry["HOST"], entry["NAME"]) == ("standby.example", "inbox")
    assert entry["OPTIONS"]["options"] == primary["OPTIONS"]["options"]
    assert (entry["OPTIONS"]["connect_timeout"], entry["OPTIONS"]["tcp_user_timeout"]) == ("9", "3000")
    assert settings["DATABASE_ROUTERS"] == ["intents.kernel.replica.Router"]
    assert "axme_site.acted.ActedMiddleware" in settings["MIDDLEWARE"]
    assert list(loaded(tmp_path, **scaled)["DATABASES"]) == ["default"]
    assert "axme_site.acted.ActedMiddleware" not in loaded(tmp_path, **scaled)["MIDDLEWARE"]


def test_with_a_way_past_a_pooler_it_may_be_a_pooler_too(tmp_path: Path, scaled: dict[str, str]) -> None:  # noqa: F811
    pooled = scaled | {"DATABASE_DIRECT_URL": scaled["DATABASE_URL"], "DATABASE_REPLICA_URL": STANDBY}
    options = loaded(tmp_path, **pooled)["DATABASES"]["replica"]["OPTIONS"]
    assert (options["prepare_threshold"], "options" in options) == (None, False)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"DATABASE_URL": ""}, "set both"),
        ({"DATABASE_REPLICA_URL": "postgresql://standby.example"}, "DATABASE_REPLICA_URL must name a database"),
        ({"DATABASE_REPLICA_URL": "standby.example"}, "DATABASE_REPLICA_URL must start with postgresql://"),
    ],
)
def test_a_standby_of_nothing_stops_the_start(
    tmp_path: Path,
    scaled: dict[str, str],  # noqa: F811
    changes: dict[str, str],
    says: str,
) -> None:
    done = load(tmp_path, **({**scaled, "DATABASE_REPLICA_URL": STANDBY} | changes))
    assert done.returncode != 0
    assert says in done.stderr.splitlines()[-1]
