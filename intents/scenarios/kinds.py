"""The registry of step kinds, filled in `apps.py`: a new kind is one module, one registration, one test.

A step of a scenario names its kind by `runtime_type`, or has one by whom it is assigned to.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypeAlias, runtime_checkable

from intents.engine.events import Entry
from intents.engine.human_gate import HumanTaskRequest
from intents.engine.models import Intent
from intents.engine.services.submission import Submission
from intents.engine.services.transitions import Move
from intents.kernel import canonical
from intents.kernel.actors import Actor, Machine, Tenant
from intents.kernel.errors import InvalidField
from intents.scenarios.models import RunStep, ScenarioRun
from intents.scenarios.selectors import Loaded

MOST_SECONDS = 2**31 - 1
"""So long anything may take that a document says."""

Step: TypeAlias = Mapping[str, Any]
"""A step of a program: `step_id`, `kind`, `title`, `on_success`, `on_failure` and what its kind made of it."""


@dataclass(frozen=True, slots=True)
class Waits:
    """The run waits: by `move`, or without one its intent was parked."""

    move: Move | None = None


@dataclass(frozen=True, slots=True)
class Asks:
    """The run waits for people, who are asked together with those of other runs; a refusal fails the step. `reminding` are
    the reminder fields that the run's intent has from then on."""

    request: HumanTaskRequest
    reminding: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Submits:
    """The run waits for an intent, which is submitted together with those of other runs. `make` makes it of what the run
    carries, and raises DomainError, which fails the step."""

    make: Callable[[Any], Submission]


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The step is done, with this result. `told` goes into the history of the run."""

    result: dict[str, Any] = field(default_factory=dict)
    told: Sequence[Entry] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """The step failed. `error` has a `code` and a `message`; without `retryable` the step's tries are not used up."""

    error: dict[str, Any]
    retryable: bool = True


Outcome: TypeAlias = Succeeded | Failed
Entered: TypeAlias = Waits | Submits | Asks | Outcome


@dataclass(slots=True, kw_only=True)
class StepPosition:
    """Where a locked run is: at `step`, of which `row` is the try. `actor` is whom the run is from, and the intents that it
    submits."""

    loaded: Loaded
    intent: Intent
    step: Step
    row: RunStep
    actor: Machine
    by: Actor
    now: datetime

    @property
    def run(self) -> ScenarioRun:
        return self.loaded.run

    @property
    def program(self) -> Mapping[str, Any]:
        return self.loaded.program

    @property
    def defaults(self) -> Mapping[str, Any]:
        """What the run says for all of its steps."""
        defaults: Mapping[str, Any] = canonical.loads(self.run.defaults)
        return defaults

    def said(self, text: str) -> str:
        """A text of the document with what it has in double braces filled in."""
        known = {"intent_id": self.intent.id, "scenario_id": self.program["scenario_id"], "step_id": self.step["step_id"]}
        return filled(text, known)


@dataclass(frozen=True, slots=True)
class Resumed:
    """What ended the wait of a step: `resume` as an agent would get it, `more` for the record. `by_hand` when somebody
    resumed the run in place of what it waited for."""

    resume: Mapping[str, Any]
    more: Mapping[str, Any]
    by_hand: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiling:
    """What is known where a step is made of a document: the document's agents and humans by role, and where in it the step
    is. `warn` takes a path and what is odd there."""

    actor: Tenant
    path: str
    agents: Mapping[str, Mapping[str, Any]]
    humans: Mapping[str, Mapping[str, Any]]
    document: Mapping[str, Any]
    warn: Callable[[str, str], None]

    def at(self, name: str) -> str:
        return f"{self.path}.{name}"

    def config(self, raw: Step) -> tuple[str, Mapping[str, Any]]:
        """The configuration of a runtime step, and its place: `runtime_config`, or `config` as public documents have it."""
        name = "runtime_config" if raw.get("runtime_config") else "config"
        return self.at(name), raw.get(name) or {}

    def contacts(self, name: str) -> list[str]:
        """Whom a role, an address or another name of the document means to the inbox; nobody named: the approvers."""
        if name in self.humans:
            contact = self.humans[name].get("contact") or ""
            return [contact] if contact else []
        return [name]


class Kind(Protocol):
    """What a kind of step does. `instant` steps let the run go on at once, always."""

    name: str
    instant: bool
    writes: bool
    """Whether `enter` writes something of the run's intent, which its refusal takes back."""

    def compile(self, raw: Step, at: Compiling) -> dict[str, Any]:
        """What the program keeps of a step beside what all have. Raises InvalidField naming the place."""

    def enter(self, position: StepPosition) -> Entered:
        """Begin the step: say what the run waits for, or how the step ended. One that `writes` may park the intent itself;
        for another one it may not be IN_PROGRESS yet. Raises DomainError, which fails the step."""

    def resumed(self, position: StepPosition, resumed: Resumed) -> Outcome | None:
        """How the step ended, now that its wait is over. None begins it once more."""


class ConfigField(NamedTuple):
    """A field of the configuration of a runtime step, for the form of a scenario. `form` says what is typed: text, a
    `length` of time in seconds, a `list` of texts, or a longer `message`."""

    name: str
    form: str = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsing:
    """A step in a try of a draft. `played` is what whoever does it does there: one of its kind's `answers`. `said` fills in
    what a text of the document has in double braces."""

    step: Step
    attempt: int
    played: str
    now: datetime
    said: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """How a step went in a try: its `outcome`, None where the run waits on, after so many `seconds`. `notes` are what
    happened meanwhile, each so many seconds after the step began; `run_seconds` how long the rest of the run has from now
    on."""

    outcome: Outcome | None
    seconds: float = 0
    notes: Sequence[tuple[float, str]] = ()
    run_seconds: float | None = None


@runtime_checkable
class Rehearses(Protocol):
    """A kind of step that can be tried without anybody real. Others succeed at once there."""

    def answers(self, step: Step) -> Sequence[str]:
        """What whoever does a step may be played to do, the usual first; nothing where nobody does it."""

    def rehearse(self, at: Rehearsing) -> Rehearsed:
        """How a try of a step goes. Stores and sends nothing."""


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Let steps be of `kind`, in place of one of the same name."""
    _kinds[kind.name] = kind


def unregister(name: str) -> None:
    """Let no new step be of this kind."""
    _kinds.pop(name, None)


def names() -> list[str]:
    """The kinds that a step may be of."""
    return sorted(_kinds)


def of(name: str) -> Kind:
    """The kind of this name. Raises KeyError."""
    return _kinds[name]


def config_fields(name: str) -> Sequence[ConfigField]:
    """The fields of the configuration of a kind that says them: its `fields`."""
    found: Sequence[ConfigField] = getattr(_kinds.get(name), "fields", ())
    return found


def filled(text: str, known: Mapping[str, Any]) -> str:
    """A text of a document with what it has in double braces filled in."""
    for name, value in known.items():
        text = text.replace("{{" + name + "}}", str(value)).replace("{{ " + name + " }}", str(value))
    return text


def seconds(config: Mapping[str, Any], place: str, *, least: int = 1, longest: int = 366 * 86_400) -> int:
    """How long a configuration says, in `seconds`, `minutes`, `hours` and `days` together. Raises InvalidField."""
    units = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
    found = {name: config[name] for name in units if config.get(name) is not None}
    if not found:
        raise InvalidField(f"{place}.seconds", "is required: a number of seconds")
    total = 0.0
    for name, given in found.items():
        value = int(given) if isinstance(given, str) and len(given) < 16 and given.isascii() and given.isdigit() else given
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise InvalidField(f"{place}.{name}", "must be a number, 0 or more")
        total += value * units[name]
    if not least <= total <= longest:
        raise InvalidField(f"{place}.{next(iter(found))}", f"from {least} seconds to {longest // 86_400} days")
    return int(total)
