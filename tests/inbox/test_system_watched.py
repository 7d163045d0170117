"""What those who watch are told of the system: its parts, its database, its findings and how it grows."""

from uuid import uuid4

import pytest

from axme_site import __version__
from intents.audit import auditor, sizes
from intents.audit.models import AuditFinding, TableSize
from intents.kernel import clock
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock


def test_the_system_tells_its_parts_database_tables_and_findings(
    machine: KeyCaller, vera: PersonCaller, foreign_machine: KeyCaller, charlie: PersonCaller
) -> None:
    found = vera.get("/operations/system").ok()
    parts = {one["name"]: one for one in found["parts"]}
    assert __version__ in parts["Version"]["detail"]
    assert {"Redis", "Email", "This process"} <= set(parts)
    database = found["database"]
    assert 0 < database["connections"] <= database["max_connections"]
    assert {one["name"] for one in found["tables"]} <= set(sizes_known())
    assert set(found["lags"]) >= {"beat_age_seconds", "timer_lag_seconds", "outbox_lag_seconds"}
    assert found["audit"]["items"] == []
    finding = AuditFinding(rule="r", workspace=machine.agent.workspace, intent_id=uuid4())
    finding.first_seen_at = finding.last_seen_at = finding.counts_at = clock.now()
    finding.save()
    assert [one["rule"] for one in vera.get("/operations/system").ok()["audit"]["items"]] == ["r"]
    foreign = charlie.get("/operations/system").ok()["audit"]
    assert (foreign["findings"], foreign["items"]) == (1, [])
    auditor.run()
    assert vera.get("/operations/system").ok()["audit"]["findings"] == 0


def sizes_known() -> set[str]:
    sizes.note()
    return set(TableSize.objects.values_list("name", flat=True))


def test_growth_is_told_by_the_day(machine: KeyCaller, now: SettableClock) -> None:
    sizes.note()
    assert {one.bytes_a_day for one in sizes.largest()} == {None}
    TableSize.objects.filter(name="intents_intent").update(bytes=0)
    now.advance(days=10)
    (grown,) = [one for one in sizes.largest() if one.name == "intents_intent"]
    assert grown.bytes_a_day == pytest.approx(grown.bytes / 10)
    sizes.note()
    sizes.note()
    assert TableSize.objects.filter(name="intents_intent").count() == 2
    now.advance(days=200)
    sizes.note()
    assert TableSize.objects.filter(name="intents_intent").count() == 1
