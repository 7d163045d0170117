"""What the tasks of a list are to have in common, as SQL."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_WORDS = """
  AND t.intent_id IN (
      SELECT intent_id FROM intents_intentbody
      WHERE workspace_id = %(workspace)s AND document @@ %(words)s::tsquery
  )
"""


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """What the tasks of a list are to have in common: `condition` is SQL over `t`, a task, that begins with AND, `params`
    its own parameters, and `words` what is to be found in what their intents carry, as a text search has it."""

    condition: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    words: str | None = None

    @property
    def finds_everything(self) -> bool:
        return not self.condition and self.words is None

    @property
    def whole(self) -> str:
        """SQL of all of it."""
        return self.condition if self.words is None else self.condition + _WORDS

    @property
    def values(self) -> dict[str, Any]:
        return {**self.params, "words": self.words}


EVERYTHING = TaskFilter()
