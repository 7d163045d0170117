"""What shapes of answers are made of. They say what public clients read: more may stand beside it, nothing instead."""

from collections.abc import Callable
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AnyUrl, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from tests.callers import Answer
from tests.contract.ground import Ground

Id = UUID
Moment = AwareDatetime
Link = AnyUrl
Text = Annotated[str, StringConstraints(min_length=1)]
Count = Annotated[int, Field(ge=0)]
Place = Annotated[int, Field(ge=1)]
Anything = dict[str, Any]
Address = Annotated[str, StringConstraints(pattern=r"^agent://[^/\s]+(/[^/\s]+)*$")]
Nick = Annotated[str, StringConstraints(pattern=r"^@[\w.-]{3,32}$")]
PublicAddress = Annotated[str, StringConstraints(pattern=r"^[\w.-]{3,32}@ax$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Shape(BaseModel):
    """Part of an answer. Numbers are no texts, and texts no numbers."""

    model_config = ConfigDict(extra="allow", strict=True)


class Reply(Shape):
    """A whole answer."""

    ok: Literal[True]


class Kept(Shape):
    """Something that is stored and may change."""

    created_at: Moment
    updated_at: Moment


Call = Callable[[Ground], Answer]
Answers = dict[str, tuple[type[Shape], Call]]
"""Of each route, what its answer looks like and a call of it."""
