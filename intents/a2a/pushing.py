"""What clients do to the push configs of their tasks, on a thread of the edge."""

from typing import Any

from intents import auth
from intents.a2a import configs, selectors, tasks
from intents.a2a.dialects import JSON, Dialect, Method
from intents.a2a.models import PushConfig
from intents.a2a.refusals import TaskMissing
from intents.a2a.services import push_configs
from intents.a2a.tasks import Snapshot
from intents.kernel.actors import Machine, Tenant
from intents.kernel.errors import InvalidField

METHODS = frozenset({Method.SET_PUSH, Method.GET_PUSH, Method.LIST_PUSH, Method.DELETE_PUSH})


def act(actor: Tenant, method: Method, params: JSON, dialect: Dialect) -> Any:
    """The result of a method, JSON. Raises TaskMissing, also for a config that is not there, InvalidField, Conflict, and
    MissingCredential for a person who comes without a key: what is told goes to an agent."""
    machine = auth.machine(actor)
    setting = method is Method.SET_PUSH
    place = "taskId" if setting or not dialect.kinds else "id"
    task = tasks.look(actor, _id(params, place))
    if setting:
        wanted = (
            configs.read(params.get(dialect.push_name), dialect.push_name) if dialect.kinds else configs.read(params, "")
        )
        row = push_configs.set_config(actor=machine, intent_id=task.intent_id, wanted=wanted, dialect=dialect.version)
        return configs.shown(row, dialect)
    found = list(selectors.configs(machine, task.intent_id))
    if method is Method.LIST_PUSH:
        listed = [configs.shown(row, dialect) for row in found]
        return listed if dialect.kinds else {"configs": listed}
    name = "pushNotificationConfigId" if dialect.kinds else "id"
    if method is Method.GET_PUSH:
        return configs.shown(_named(found, params.get(name), name), dialect)
    wanted_id = _id(params, name)
    for row in found:
        if row.name == wanted_id:
            push_configs.delete_config(actor=machine, row=row)
    return None if dialect.kinds else {}


def follow(actor: Machine, snapshot: Snapshot, wanted: configs.WantedConfig, dialect: Dialect) -> None:
    """Tell a client of the task that came of its message, as the message says."""
    push_configs.set_config(
        actor=actor, intent_id=snapshot.intent_id, wanted=wanted, dialect=dialect.version, known=snapshot.seq
    )


def _named(found: list[PushConfig], name: Any, place: str) -> PushConfig:
    """That of a name, or the first where none is named."""
    if name is not None and not isinstance(name, str):
        raise InvalidField(place, "must be text")
    row = next((one for one in found if not name or one.name == name), None)
    if row is None:
        raise TaskMissing("the task has no such push notification config")
    return row


def _id(params: JSON, name: str) -> str:
    found = params.get(name)
    if not isinstance(found, str) or not found:
        raise InvalidField(name, "must be an id")
    return found
