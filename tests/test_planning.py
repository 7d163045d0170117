"""Whether what is planned each time would be seen."""

import pytest

from intents.kernel import statements
from tests.planning import planned_each_time

# Without its value the second seems to read a tenth of the rows. Neither depends on what tables hold.
KEPT = "SELECT %s::int"
EACH_TIME = "SELECT n FROM generate_series(1, 100000) n LIMIT %s"


@pytest.mark.django_db
@pytest.mark.parametrize(("statement", "kept"), [(KEPT, True), (EACH_TIME, False)])
def test_what_is_planned_for_its_values_is_seen(statement: str, kept: bool) -> None:
    assert (planned_each_time(lambda: statements.rows(statement, [1])) == []) is kept
