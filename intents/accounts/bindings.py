"""How work reaches agents: the registry of bindings, filled in `apps.py`. An agent's delivery mode chooses one of them.

Statements get what the registry says as parameters: none names a binding.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A way for deliveries to reach their targets; `name` is what their rows say.

    `modes` are the delivery modes of the agents that get their work by it, none when it puts nothing into an agent's
    hands. `run` is for work that this server carries out itself: it does some of what is ready, and returns how much.
    `targets` says whose work that is, where it is not everybody's. `answers`: the server passes questions on to such agents.
    """

    name: str
    modes: tuple[str, ...] = ()
    run: Callable[[], int] | None = None
    targets: Callable[[], Sequence[str]] | None = None
    answers: bool = False


USUAL_MODE = "stream"
"""The delivery mode of agents that nobody registered, or that chose none."""

_bindings: dict[str, Binding] = {}


def register(binding: Binding) -> None:
    """Let deliveries go by `binding`, in place of one of the same name."""
    _bindings[binding.name] = binding
    choice.cache_clear()


def modes(*, answering: bool = False) -> list[str]:
    """The delivery modes that agents may choose; only those whose agents are passed questions when `answering`."""
    return [mode for one in _bindings.values() if one.answers or not answering for mode in one.modes]


def usual() -> Binding:
    """The binding of agents that come for their work."""
    return next(one for one in _bindings.values() if USUAL_MODE in one.modes)


def carried_out() -> list[Binding]:
    """The bindings whose work this server carries out itself."""
    return [one for one in _bindings.values() if one.run is not None]


def handing_out() -> list[Binding]:
    """The bindings that put work into agents' hands."""
    return [one for one in _bindings.values() if one.modes]


CHOSEN = "coalesce(%(binding_of)s::jsonb ->> a.delivery_mode, %(usual_binding)s::text)"
"""The binding of the agent row `a`, for statements that are given `choice`."""

BY_SERVER = "= ANY(string_to_array(%(by_server)s::text, ' '))"
"""Whether this server carries out what goes by the binding before it, for statements that are given `choice`."""


@cache  # each submit asks
def choice() -> dict[str, str]:
    """The parameters of CHOSEN and BY_SERVER."""
    return {
        "binding_of": json.dumps({mode: one.name for one in _bindings.values() for mode in one.modes}),
        "usual_binding": usual().name,
        "by_server": " ".join(one.name for one in carried_out()),
    }


def own_work() -> str:
    """Whose work this server carries out itself, by the binding, as a JSON object: a list of targets, or null for all."""
    named = {one.name: None if one.targets is None else list(one.targets()) for one in carried_out()}
    return json.dumps({name: targets for name, targets in named.items() if targets != []})
