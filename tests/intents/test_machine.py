"""Any sequence of calls, deliveries and passing time does to the intents what it does to a model of a few lines.

The model is written from the protocol. After every step the invariants must hold too.
"""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.intents.machine import Intents
from tests.turns import share


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_intents_do_what_the_model_does(database: None) -> None:
    limits = settings(
        max_examples=share(10, whole=100),
        stateful_step_count=40,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Intents, settings=limits)
