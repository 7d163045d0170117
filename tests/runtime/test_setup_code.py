"""How whoever starts a fresh server learns what setting it up asks for."""

from io import StringIO

from django.conf import settings
from django.core.management import call_command

from intents.accounts.models import Workspace
from intents.accounts.services import first_run
from intents.kernel.actors import Role
from tests.callers import make_person


def said() -> str:
    out = StringIO()
    call_command("setup_code", stdout=out)
    return out.getvalue()


def test_where_and_by_which_code_a_fresh_server_is_set_up_is_told(database: None) -> None:
    assert f"{settings.BASE_URL}/setup" in said()
    assert first_run.code() in said()


def test_once_somebody_is_registered_no_code_is_told(workspace: Workspace) -> None:
    make_person(workspace, "ann@myorg.example", Role.OWNER)
    assert first_run.code() not in said()
