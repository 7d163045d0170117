"""What a tool is, and which there are: filled in `apps.py`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, ValidationError

from intents import auth
from intents.api.common import to_json
from intents.engine.services import idempotency
from intents.engine.services.idempotency import IdempotencyKey, run_once
from intents.kernel import canonical
from intents.kernel.actors import Machine, Tenant, key_of
from intents.kernel.errors import DomainError
from intents.schemas.fields import Address, Closed
from intents.schemas.refusals import refusal


class Arguments(Closed):
    """What every tool takes beside its own."""

    owner_agent: Address | None = Field(None, description="The agent to speak for; the key's own when absent.")


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be printable")
    return text


class Acting(Arguments):
    """What tools take that change something."""

    idempotency_key: Annotated[str, StringConstraints(min_length=1, max_length=255), AfterValidator(_printable)] | None = (
        Field(None, description="Called again with it and the same arguments, the tool acts once and answers the same.")
    )


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """What a tool answers: `data`, JSON; what it came to in a word; and beside those, `more` that clients read."""

    data: dict[str, Any]
    status: str = "completed"
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NotYet:
    """Not yet: the tool wants to look again once the intent has events after `seq`, for as long as `seconds` since the call
    came. Then `answer` stands. Meanwhile a client that wants to hear of progress is told `how` it stands, a sentence."""

    intent_id: UUID
    seq: int
    seconds: float
    answer: ToolAnswer
    how: str


@dataclass(frozen=True, slots=True)
class Started:
    """Work that goes on by itself: a client that knows tasks gets the intent as one, any other `answer`."""

    intent_id: UUID
    answer: ToolAnswer


@dataclass(frozen=True, slots=True)
class Question:
    """Something that only the client's own person can say: `schema` has one property for each field to fill in. The call
    comes again with what they said, and with `state`. Where the client cannot ask, `otherwise` is raised."""

    message: str
    schema: dict[str, Any]
    state: str
    otherwise: DomainError


Outcome = ToolAnswer | NotYet | Started | Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call of the tool `tool` by `actor`. `sent` are its arguments as they came, without the Idempotency-Key `key`, and
    `owner` whom it names to speak for. When the client's person was asked, `said` is what they filled in, None where they
    would not, and `state` that of the Question."""

    tool: str
    actor: Tenant
    owner: str = ""
    sent: Mapping[str, Any]
    key: str | None = None
    state: str | None = None
    said: Mapping[str, Any] | None = None

    @property
    def machine(self) -> Machine:
        """Raises MissingCredential."""
        return auth.machine(self.actor)

    @property
    def speaks_as(self) -> str:
        """The address it speaks for, as answers spell it."""
        key = key_of(self.actor)
        return self.owner or (key.label if key is not None else "")

    def idempotency_key(self) -> IdempotencyKey | None:
        """None without one. Raises InvalidField."""
        if self.key is None:
            return None
        return idempotency.parse_key(
            workspace_id=self.actor.workspace_id,
            account_id=auth.speaker_id(self.actor, owner=self.owner),
            route=f"POST /mcp {self.tool}",
            key=self.key,
            sent=dict(self.sent),
        )

    def once(self, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """What `work` answers, JSON; or under a key that was answered before, that answer."""
        key = self.idempotency_key()
        if key is None:
            return work()
        stored, _ = run_once(idempotency_key=key, work=lambda: (200, to_json(work())))
        found: dict[str, Any] = canonical.loads(stored.body)
        return found


A = TypeVar("A", bound=Arguments)


@dataclass(frozen=True, slots=True, kw_only=True)
class McpTool:
    """A tool. Its docstring-like `description` is what a model chooses by. `run` blocks, on a thread of the edge, and raises
    domain errors; it may be called again for one call (see NotYet)."""

    name: str
    title: str
    description: str
    arguments: type[Arguments]
    run: Callable[[Call, Any], Outcome]
    reads: bool = False
    destroys: bool = False
    repeatable: bool = False

    def read(self, sent: Mapping[str, Any]) -> Arguments:
        """Raises InvalidField naming the argument, PayloadTooLarge."""
        try:
            return self.arguments.model_validate(dict(sent))
        except ValidationError as error:
            raise refusal(error) from None

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of its arguments."""
        made = self.arguments.model_json_schema()
        made.pop("title", None)
        made.pop("description", None)
        return made


known: dict[str, McpTool] = {}


def register(*tools: McpTool) -> None:
    """Offer these tools."""
    known.update({tool.name: tool for tool in tools})
