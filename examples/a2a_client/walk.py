"""The official client of A2A (`pip install a2a-sdk`) asks people, follows until they decided, looks, and cancels.

`python walk.py BASE_URL KEY [VERSION]`, with the key of an agent or of a workspace. Each line that it writes is JSON: what
came of a step. It waits for somebody to decide what it asks first.
"""

import asyncio
import json
import sys
from typing import Any

import httpx
from a2a.client import A2ACardResolver, ClientConfig, ClientFactory
from a2a.types import (
    CancelTaskRequest,
    GetTaskRequest,
    ListTasksRequest,
    Message,
    Part,
    Role,
    SendMessageRequest,
    SubscribeToTaskRequest,
    TaskState,
)
from a2a.utils.errors import A2AError
from google.protobuf.json_format import MessageToDict


def tell(**what: Any) -> None:
    print(json.dumps(what), flush=True)


def message(number: str, *words: str, **fields: str) -> Any:
    parts = [Part(text=word) for word in words]
    return SendMessageRequest(message=Message(message_id=number, role=Role.ROLE_USER, parts=parts, **fields))


async def follow(stream: Any) -> None:
    async for event in stream:
        kind = event.WhichOneof("payload")
        shown = MessageToDict(getattr(event, kind))
        task = shown.get("id") or shown.get("taskId")
        tell(kind=kind, task=task, state=shown.get("status", {}).get("state"), artifact=shown.get("artifact"))


async def main(base_url: str, key: str, version: str = "1.0") -> None:
    async with httpx.AsyncClient(headers={"x-api-key": key}, timeout=60) as http:
        card = await A2ACardResolver(http, base_url).get_agent_card()
        tell(name=card.name, streaming=card.capabilities.streaming, skills=[one.id for one in card.skills])
        for interface in list(card.supported_interfaces):
            # Servers behind a proxy may be known by another name.
            interface.url = f"{base_url}/a2a"
            if interface.protocol_version != version:
                card.supported_interfaces.remove(interface)
        client = ClientFactory(ClientConfig(httpx_client=http)).create(card)
        await follow(client.send_message(message(f"{version}-1", "May I refund 129 EUR?")))
        plain = ClientFactory(ClientConfig(httpx_client=http, streaming=False)).create(card)
        sent = [event async for event in plain.send_message(message(f"{version}-2", "And this?"))]
        task = sent[0].task
        tell(sent=TaskState.Name(task.status.state), said=task.status.message.parts[0].text)
        got = await client.get_task(GetTaskRequest(id=task.id))
        tell(got=TaskState.Name(got.status.state), same=got.context_id == task.context_id)
        if version == "1.0":
            listed = await client.list_tasks(ListTasksRequest(page_size=1, context_id=task.context_id))
            tell(
                listed=[one.id for one in listed.tasks] == [task.id], more=bool(listed.next_page_token), of=listed.total_size
            )
        canceled = await client.cancel_task(CancelTaskRequest(id=task.id))
        tell(canceled=TaskState.Name(canceled.status.state))
        for wrong in (
            client.get_task(GetTaskRequest(id="nobody")),
            client.cancel_task(CancelTaskRequest(id=task.id)),
            anext(client.subscribe(SubscribeToTaskRequest(id=task.id))),
        ):
            try:
                await wrong
            except A2AError as error:
                tell(refused=type(error).__name__)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
