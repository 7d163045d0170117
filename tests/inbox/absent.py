"""Who is out of office, and who stands in."""

from typing import Any

import pytest

from intents import auth
from intents.accounts.models import Workspace
from intents.kernel.actors import Role
from tests.callers import PersonCaller, make_person

BOB, ANN = "bob@myorg.example", "ann@myorg.example"


@pytest.fixture
def ann(workspace: Workspace) -> PersonCaller:
    """An operator, to whom nothing is assigned by default."""
    return make_person(workspace, ANN, Role.OPERATOR)


@pytest.fixture
def dan(workspace: Workspace) -> PersonCaller:
    return make_person(workspace, "dan@myorg.example", Role.OPERATOR)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials are looked up each time."""
    monkeypatch.setattr(auth, "TRUST_SECONDS", 0.0)


def away(
    who: PersonCaller, stand_in: str | None = ANN, *, first: str | None = None, until: str = "2030-01-18", message: str = ""
) -> dict[str, Any]:
    body = {"from": first, "until": until, "stand_in": stand_in, "message": message}
    found: dict[str, Any] = who.put("/me/out-of-office", body).ok()["out_of_office"]
    return found


def listed(who: PersonCaller) -> list[str]:
    return [one["task_id"] for one in who.get("/me/tasks").ok()["tasks"]]
