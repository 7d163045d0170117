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
    PUSH = "push"
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

    def state(self, state: State) -> str:
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


_PUSH = ("set", "get", "list", "delete")

OLD = Dialect(
    "0.3",
    {
        "message/send": Method.SEND,
        "message/stream": Method.STREAM,
        "tasks/get": Method.GET,
        "tasks/cancel": Method.CANCEL,
        "tasks/resubscribe": Method.SUBSCRIBE,
        **{f"tasks/pushNotificationConfig/{act}": Method.PUSH for act in _PUSH},
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
        **{f"{act}TaskPushNotificationConfig": Method.PUSH for act in ("Create", "Get", "Delete")},
        "ListTaskPushNotificationConfigs": Method.PUSH,
        "GetExtendedAgentCard": Method.CARD,
    },
)
BY_METHOD: dict[str, tuple[Dialect, Method]] = {
    name: (dialect, method) for dialect in (OLD, NEW) for name, method in dialect.methods.items()
}
