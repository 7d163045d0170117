"""What a list of tasks holds, by what it can be narrowed to."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from inbox.tasks import listing, places
from inbox.tasks.filters import EVERYTHING, TaskFilter
from inbox.tasks.lists import COUNTED, View, may_be_listed, may_list, params_of, statement_of
from inbox.tasks.places import DueGroup
from intents.kernel import clock, statements
from intents.kernel.actors import Person


@dataclass(frozen=True, slots=True)
class Tally:
    """How much a list holds, up to COUNTED + 1, and of that how much by group, risk, task type and who asks; with what it
    comes to in money, by currency."""

    total: int = 0
    groups: dict[DueGroup, int] = field(default_factory=dict)
    risks: dict[str, int] = field(default_factory=dict)
    types: dict[str, int] = field(default_factory=dict)
    agents: dict[str, int] = field(default_factory=dict)
    sums: dict[str, Decimal] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether that is all of the list."""
        return self.total <= COUNTED


_TALLY = """
WITH listed AS MATERIALIZED ({some})
SELECT GROUPING(s.grp) = 0, s.grp, t.risk, t.task_type, i.sender, s.currency, count(*), sum(s.amount)
FROM listed s JOIN inbox_task t ON t.id = s.id JOIN intents_intent i ON i.id = t.intent_id
GROUP BY GROUPING SETS ((), (s.grp), (t.risk), (t.task_type), (i.sender), (s.currency))
"""


def tally(person: Person, *, view: View = View.WAITING, find: TaskFilter = EVERYTHING, now: datetime | None = None) -> Tally:
    """What one of `person`'s lists holds, in one query. Raises Denied as `inbox` does."""
    if not may_list(person, view):
        return Tally()
    bounds = places.bounds(now or clock.now())
    params = params_of(person) | find.values | {"hour": bounds.hour, "today": bounds.today}
    made = Tally()
    total = 0
    for grouped, group, risk, task_type, sender, currency, count, amount in statements.rows(
        _TALLY.replace("{some}", listing.some(statement_of(person, view), find.whole)), params
    ):
        if grouped:
            made.groups[DueGroup(group)] = count
        elif risk is not None:
            made.risks[risk] = count
        elif task_type is not None:
            made.types[task_type] = count
        elif sender is not None:
            made.agents[sender] = count
        elif currency is not None:
            made.sums.update({currency: amount} if currency and amount is not None else {})
        else:
            total = count
    return replace(made, total=total)


_OWN_NAME = re.compile(r"%\((f\d+|words)\)s")


def totals(person: Person, wanted: Sequence[tuple[View, TaskFilter]]) -> list[int | None]:
    """How much each of these lists holds, up to COUNTED + 1, in one query; None for one that `person` may not see."""
    parts, params = list[str](), params_of(person)
    for place, (view, find) in enumerate(wanted):
        if not may_be_listed(person, view):
            parts.append("NULL")
            continue
        counted = listing.counted(statement_of(person, view), find.whole)
        renamed = _OWN_NAME.sub(rf"%(v{place}_\1)s", counted)
        parts.append(f"({renamed})")
        params |= {f"v{place}_{name}": value for name, value in find.values.items()}
    return list(statements.rows(f"SELECT {', '.join(parts)}", params)[0]) if parts else []
