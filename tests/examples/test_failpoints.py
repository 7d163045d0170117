"""Each example ends well though the server dies at a named place, and its programs with the connection.

Each failpoint is passed once here, by turns; the soak lets every example die at each one that it passes.
"""

import pytest

from intents.kernel import failpoints
from tests import turns
from tests.examples.deaths import EXAMPLES, survive
from tests.examples.programs import Ground

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CHOSEN = [(name, example.passes[0]) for name, example in EXAMPLES.items()]


@pytest.mark.parametrize(("name", "failpoint"), turns.each(CHOSEN, of=6))
def test_an_example_survives_the_servers_death_at(ground: Ground, name: str, failpoint: str) -> None:
    survive(ground, name, failpoint)


def test_every_failpoint_is_passed() -> None:
    # No example has a mail server or an endpoint: tests/inbox/test_account_email.py and tests/webhooks/test_posting.py do.
    passed = {failpoint.partition(":")[0] for _, failpoint in CHOSEN} | {"message_taken", "fanned_out"}
    assert passed == failpoints.NAMES
