"""What a cell knows of the others, and the places that it gives in the feed."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django.fixtures import Settings

from axme_site import cell_settings
from axme_site.cell_settings import Cell
from intents.feed import sequencer
from intents.kernel import statements
from tests.callers import KeyCaller

EAST = {"CELL_EAST_DATABASE_URL": "postgresql://east/axme", "CELL_EAST_URL": "http://east:8000"}
OWN = "https://west.example"


def test_the_other_cells_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert cell_settings.cells(OWN) == {}
    assert cell_settings.number({}) == -1
    for name, value in {"CELLS": "east", "CELL_NUMBER": "3", **EAST}.items():
        monkeypatch.setenv(name, value)
    found = cell_settings.cells(OWN)
    assert found == {"east": Cell("east", "postgresql://east/axme", "http://east:8000", "")}
    monkeypatch.setenv("CELL_EAST_BASE_URL", "https://east.example/")
    assert cell_settings.cells(OWN)["east"].base_url == "https://east.example"
    assert cell_settings.number(found) == 3


@pytest.mark.parametrize(
    ("variables", "why"),
    [
        ({"CELLS": "East"}, "CELLS: 'East' is no name"),
        ({"CELLS": "east,east"}, "CELLS names one twice"),
        ({"CELLS": "east", "CELL_EAST_URL": ""}, "belong together"),
        ({"CELLS": "east", "CELL_EAST_BASE_URL": "javascript:alert(1)"}, "CELL_EAST_BASE_URL must start with"),
        ({"CELLS": "east", "CELL_EAST_DATABASE_URL": "mysql://x"}, "CELL_EAST_DATABASE_URL must start with"),
        ({"CELLS": "east", "CELL_EAST_BASE_URL": f"{OWN}/"}, "CELL_EAST_BASE_URL is the own BASE_URL"),
        ({"CELLS": "east"}, "CELL_NUMBER: with CELLS"),
        ({"CELLS": "east", "CELL_NUMBER": "32"}, "CELL_NUMBER"),
    ],
)
def test_what_is_malformed_is_refused(variables: dict[str, str], why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (EAST | variables).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=why):
        cell_settings.number(cell_settings.cells(OWN))


def test_each_cell_gives_places_of_its_own(machine: KeyCaller, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequencer, "STEP", 32)
    seen: list[int] = []
    for number in (3, 4, 31):
        settings.CELL_NUMBER = number
        machine.submit()
        while sequencer.sequence():
            pass
        ((found, last),) = statements.rows(
            "SELECT array_agg(seq ORDER BY seq), (SELECT last_seq FROM intents_feedstate)"
            " FROM intents_feedentry WHERE seq > %s",
            [max(seen, default=0)],
        )
        assert {seq % 32 for seq in found} == {number}
        assert found[-1] == last
        seen += found
    assert seen == sorted(set(seen))
