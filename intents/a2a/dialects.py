"""The two versions of the protocol that are spoken, 1.0 and 0.3, and how each writes the same things."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

JSON = dict[str, Any]


class Method(StrEnum):
    SEND = "send"
    STREAM = "stream"
    GET = "get"
    CANCEL = "cancel"
    SUBSCRIBE = "subscribe"
    LIST = "list"
    SET_PUSH = "set push"
    GET_PUSH = "get push"
    LIST_PUSH = "list push"
    DELETE_PUSH = "delete push"
    CARD = "card"


class State(StrEnum):
    """How it stands with a task, as 0.3 writes it."""

    SUBMITTED = "submitted"
    WORKING = "working"
    INPUT_REQUIRED = "input-required"
    COMPLETED = "completed"
    CANCELED = "canceled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Dialect:
    """One version. With `kinds` objects name their kind, and states and roles are written as 0.3 has them."""

    version: str
    methods: Mapping[str, Method]
    kinds: bool = False

    @property
    def push_name(self) -> str:
        """What a push config is called in what a client sends."""
        return "pushNotificationConfig" if self.kinds else "taskPushNotificationConfig"

    def state(self, state: State) -> str:
        return self.named(state)

    def named(self, state: str) -> str:
        """A state that 0.3 writes so."""
        return state if self.kinds else f"TASK_STATE_{state.replace('-', '_').upper()}"

    def _of(self, kind: str, fields: JSON) -> JSON:
        return ({"kind": kind} if self.kinds else {}) | fields

    def text(self, text: str) -> JSON:
        return self._of("text", {"text": text})

    def data(self, data: Any) -> JSON:
        return self._of("data", {"data": data})

    def said(self, text: str, *, message_id: str, task_id: str, context_id: str) -> JSON:
        """A message of ours."""
        role = "agent" if self.kinds else "ROLE_AGENT"
        ids = {"messageId": message_id, "taskId": task_id, "contextId": context_id}
        return self._of("message", ids | {"role": role, "parts": [self.text(text)]})

    def task(self, fields: JSON) -> JSON:
        return self._of("task", fields)

    def sent(self, task: JSON) -> JSON:
        """The answer to a message: its task."""
        return task if self.kinds else {"task": task}

    def status_update(self, fields: JSON, *, last: bool) -> JSON:
        if self.kinds:
            return {"kind": "status-update", **fields, "final": last}
        return {"statusUpdate": fields}

    def artifact_update(self, fields: JSON) -> JSON:
        whole = fields | {"append": False, "lastChunk": True}
        return {"kind": "artifact-update", **whole} if self.kinds else {"artifactUpdate": whole}


OLD = Dialect(
    "0.3",
    {
        "message/send": Method.SEND,
        "message/stream": Method.STREAM,
        "tasks/get": Method.GET,
        "tasks/cancel": Method.CANCEL,
        "tasks/resubscribe": Method.SUBSCRIBE,
        "tasks/pushNotificationConfig/set": Method.SET_PUSH,
        "tasks/pushNotificationConfig/get": Method.GET_PUSH,
        "tasks/pushNotificationConfig/list": Method.LIST_PUSH,
        "tasks/pushNotificationConfig/delete": Method.DELETE_PUSH,
        "agent/getAuthenticatedExtendedCard": Method.CARD,
    },
    kinds=True,
)
NEW = Dialect(
    "1.0",
    {
        "SendMessage": Method.SEND,
        "SendStreamingMessage": Method.STREAM,
        "GetTask": Method.GET,
        "CancelTask": Method.CANCEL,
        "SubscribeToTask": Method.SUBSCRIBE,
        "ListTasks": Method.LIST,
        "CreateTaskPushNotificationConfig": Method.SET_PUSH,
        "GetTaskPushNotificationConfig": Method.GET_PUSH,
        "ListTaskPushNotificationConfigs": Method.LIST_PUSH,
        "DeleteTaskPushNotificationConfig": Method.DELETE_PUSH,
        "GetExtendedAgentCard": Method.CARD,
    },
)
BY_METHOD: dict[str, tuple[Dialect, Method]] = {
    name: (dialect, method) for dialect in (OLD, NEW) for name, method in dialect.methods.items()
}
BY_VERSION = {dialect.version: dialect for dialect in (OLD, NEW)}
