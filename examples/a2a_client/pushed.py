"""The official client of A2A (`pip install a2a-sdk`) is told at a URL what people decided, instead of waiting for it.

`python pushed.py BASE_URL KEY [VERSION]`, with the key of an agent or of a workspace. Each line that it writes is JSON: what
came of a step. Its receiver listens at 127.0.0.1: the server has to allow that (`OUTGOING_ALLOWED_NETWORKS=127.0.0.0/8`).
"""

import asyncio
import json
import queue
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from a2a.client import A2ACardResolver, ClientConfig, ClientFactory
from a2a.types import (
    AuthenticationInfo,
    DeleteTaskPushNotificationConfigRequest,
    GetTaskPushNotificationConfigRequest,
    ListTaskPushNotificationConfigsRequest,
    Message,
    Part,
    Role,
    SendMessageConfiguration,
    SendMessageRequest,
    TaskPushNotificationConfig,
)

TOKEN = "only-we-know-it"
received: "queue.Queue[tuple[dict[str, str], Any]]" = queue.Queue()


class Receiver(BaseHTTPRequestHandler):
    """Takes what is posted by who knows the token."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        known = self.headers["x-a2a-notification-token"] == TOKEN
        if known:
            received.put(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(204 if known else 403)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Nothing."""


def tell(**what: Any) -> None:
    print(json.dumps(what), flush=True)


async def main(base_url: str, key: str, version: str = "1.0") -> None:
    listening = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{listening.server_port}/told"
    async with httpx.AsyncClient(headers={"x-api-key": key}, timeout=60) as http:
        card = await A2ACardResolver(http, base_url).get_agent_card()
        tell(pushes=card.capabilities.push_notifications)
        for interface in list(card.supported_interfaces):
            # Servers behind a proxy may be known by another name.
            interface.url = f"{base_url}/a2a"
            if interface.protocol_version != version:
                card.supported_interfaces.remove(interface)
        client = ClientFactory(ClientConfig(httpx_client=http, streaming=False)).create(card)
        given = AuthenticationInfo(scheme="Bearer", credentials="of-our-receiver")
        config = TaskPushNotificationConfig(url=url, token=TOKEN, authentication=given)
        message = Message(message_id=f"pushed-{version}", role=Role.ROLE_USER, parts=[Part(text="May I refund 129 EUR?")])
        wanted = SendMessageConfiguration(task_push_notification_config=config)
        sent = [event async for event in client.send_message(SendMessageRequest(message=message, configuration=wanted))]
        task = sent[0].task.id
        tell(asked=task)
        other = TaskPushNotificationConfig(task_id=task, id="another", url=f"{url}/too", token=TOKEN)
        set_there = await client.create_task_push_notification_config(other)
        got = await client.get_task_push_notification_config(
            GetTaskPushNotificationConfigRequest(task_id=task, id="another")
        )
        tell(set=set_there.id, got=got.url == other.url)
        listed = await client.list_task_push_notification_configs(ListTaskPushNotificationConfigsRequest(task_id=task))
        tell(listed=sorted(one.id == "another" for one in listed.configs))
        await client.delete_task_push_notification_config(
            DeleteTaskPushNotificationConfigRequest(task_id=task, id="another")
        )
        listed = await client.list_task_push_notification_configs(ListTaskPushNotificationConfigsRequest(task_id=task))
        tell(left=len(listed.configs))
        headers, body = await asyncio.to_thread(received.get, timeout=60)
        told = body.get("task", body)
        tell(told=told["status"]["state"], same=told["id"] == task, authorized=headers["authorization"])
        tell(decided=told["artifacts"][0]["parts"][0]["data"]["outcome"])
    listening.shutdown()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
