"""Whether what is planned each time would be seen."""

from uuid import uuid4

import pytest

from intents.kernel import statements
from tests.planning import planned_each_time

OF_MANY = "SELECT id FROM intents_intent WHERE id = ANY(%s::uuid[])"
OF_ONE = "SELECT id FROM intents_intent WHERE id = %s::uuid"


@pytest.mark.django_db
@pytest.mark.parametrize(("statement", "given", "kept"), [(OF_ONE, uuid4(), True), (OF_MANY, [uuid4()], False)])
def test_what_is_planned_for_its_values_is_seen(statement: str, given: object, kept: bool) -> None:
    assert (planned_each_time(lambda: statements.rows(statement, [given])) == []) is kept
