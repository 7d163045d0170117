"""The programs of other languages, where what runs them is there: HTTP alone, with the ids of children."""

import re
import shutil
import subprocess

import pytest
from playwright._impl._driver import compute_driver_executable

from tests import turns
from tests.acceptance.processes import ROOT
from tests.examples.programs import Ground

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PROGRAMS = ROOT / "examples" / "other_languages"


def node() -> str:
    """One that runs TypeScript as it is, as Node does from 22.18 on: what is there, or else that of the tests' browser."""
    if (found := shutil.which("node")) is not None:
        said = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
        if tuple(map(int, re.findall(r"\d+", said)[:2])) >= (22, 18):
            return found
    return str(compute_driver_executable()[0])


RUNS = {
    "typescript": [node(), str(PROGRAMS / "typescript" / "trip.mts")],
    "go": ["go", "run", str(PROGRAMS / "go" / "main.go")] if shutil.which("go") else None,
    "java": ["java", str(PROGRAMS / "java" / "Trip.java")] if shutil.which("javac") else None,
    "dotnet": ["dotnet", "run", "--project", str(PROGRAMS / "dotnet")] if shutil.which("dotnet") else None,
}
"""By what each is run here; None where that is not there."""


@pytest.mark.parametrize("language", turns.each([language for language, command in RUNS.items() if command], of=3))
def test_a_program_plans_a_trip_by_its_children(ground: Ground, language: str) -> None:
    command = RUNS[language]
    assert command is not None
    program = ground.run(f"trip_{language}", command)
    assert program.wait() == 0, program.output
    first, last = program.output.splitlines()
    assert (first.split()[0], last.replace(" ", "")) == ("submitted", 'COMPLETED{"total":275}')
