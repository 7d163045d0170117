"""How an operation is called: by curl, by Python, by TypeScript. The address and the key come from the environment, under
the names that `demo.env` has."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

SDK: Mapping[str, str] = {
    "intents_api_intents_submit_intent": "send_intent({body})",
    "intents_api_intents_get_intent": "get_intent({intent_id})",
    "intents_api_intents_list_events": "list_intent_events({intent_id})",
    "stream_events": "wait_for({intent_id})",
    "intents_api_intents_resolve_intent": "resolve_intent({intent_id}, {body})",
    "intents_api_intents_resume_intent": "resume_intent({intent_id}, {body})",
    "intents_api_intents_patch_controls": "update_intent_controls({intent_id}, {body})",
    "intents_api_intents_patch_policy": "update_intent_policy({intent_id}, {body})",
    "intents_api_inbox_list_threads": "list_inbox()",
    "intents_api_inbox_get_thread": "get_inbox_thread({thread_id})",
    "intents_api_inbox_list_changes": "list_inbox_changes()",
    "intents_api_agents_get_agent": "get_agent({address})",
    "intents_api_webhooks_upsert_subscription": "upsert_webhook_subscription({body})",
    "intents_api_webhooks_list_subscriptions": "list_webhook_subscriptions()",
    "intents_api_webhooks_publish_event": "publish_webhook_event({body})",
    "intents_api_webhooks_replay_event": "replay_webhook_event({event_id})",
    "intents_api_service_accounts_create_service_account": "create_service_account({body})",
    "intents_api_service_accounts_get_service_account": "get_service_account({account_id})",
    "intents_api_service_accounts_create_key": "create_service_account_key({account_id}, {body})",
    "intents_api_media_create_upload": "create_media_upload({body})",
    "intents_api_media_finalize_upload": "finalize_media_upload({body})",
    "intents_api_media_get_upload": "get_media_upload({upload_id})",
    "intents_api_system_capabilities": "get_capabilities()",
}
"""Calls of the `axme` SDK, by operation; `stream_work` is a loop of its own."""

_CLIENT = """import os
from axme import AxmeClient, AxmeClientConfig

client = AxmeClient(AxmeClientConfig(
    base_url=os.environ["AXME_BASE_URL"], api_key=os.environ["AXME_API_KEY"],
))
"""
_LISTEN = 'for delivery in client.listen({address}):\n    print(delivery["intent_id"], delivery["payload"])'
_HTTPX = """import os
import httpx

answer = httpx.{call}(
    os.environ["AXME_BASE_URL"] + "{path}",
    headers={{{headers}}},{body}
)
print(answer.json())"""
_FETCH = """const answer = await fetch(process.env.AXME_BASE_URL + "{path}", {{
  method: "{method}",
  headers: {{ {headers} }},{body}
}});
console.log(await answer.json());"""


def curl(method: str, path: str, body: Any, *, person: bool, keyless: bool) -> str:
    """A command for a shell."""
    lines = [f'curl{"" if method == "GET" else f" -X {method}"} "$AXME_BASE_URL{path}"']
    if not keyless:
        lines.append('-H "Authorization: Bearer $AXME_ACTOR_TOKEN"' if person else '-H "x-api-key: $AXME_API_KEY"')
    if body is not None:
        text = json.dumps(body, indent=2, ensure_ascii=False).replace("'", "'\\''")
        lines += ["-H 'content-type: application/json'", f"-d '{text}'"]
    return " \\\n  ".join(lines)


def python(
    operation: str, method: str, path: str, body: Any, params: Mapping[str, str], *, person: bool, keyless: bool
) -> str:
    """A program: by the `axme` SDK where it has the call, else by httpx."""
    if operation == "stream_work":
        return _CLIENT + _LISTEN.format(address=_literal(params["address"]))
    if (call := SDK.get(operation)) and not person:
        told = {name: _literal(value) for name, value in params.items()}
        return f"{_CLIENT}print(client.{call.format(body=_literal(body), **told)})"
    return _HTTPX.format(
        call=method.lower(),
        path=path,
        headers=_auth('"Authorization": "Bearer " + ', '"x-api-key": ', 'os.environ["{}"]', person, keyless),
        body="" if body is None else f"\n    json={_indented(_literal(body), 4)},",
    )


def typescript(method: str, path: str, body: Any, *, person: bool, keyless: bool) -> str:
    """A program for Node, Deno or Bun."""
    headers = _auth('Authorization: "Bearer " + ', '"x-api-key": ', "process.env.{}!", person, keyless)
    if body is not None:
        headers = ", ".join(filter(None, (headers, '"content-type": "application/json"')))
    text = json.dumps(body, indent=2, ensure_ascii=False)
    return _FETCH.format(
        path=path,
        method=method,
        headers=headers,
        body="" if body is None else f"\n  body: JSON.stringify({_indented(text, 2)}),",
    ).replace("headers: {  }", "headers: {}")


def filled(path: str, params: Mapping[str, str], query: Mapping[str, Any]) -> str:
    """A path with its parameters, and a query."""
    for name, value in params.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    return f"{path}?{urlencode(query)}" if query else path


def _auth(token: str, key: str, variable: str, person: bool, keyless: bool) -> str:
    if keyless:
        return ""
    return token + variable.format("AXME_ACTOR_TOKEN") if person else key + variable.format("AXME_API_KEY")


def _indented(text: str, by: int) -> str:
    return text.replace("\n", "\n" + " " * by)


def _literal(value: Any) -> str:
    """A value as Python has it, an entry a line where there are several."""
    text = json.dumps(value, indent=4, ensure_ascii=False)
    if len(text) < 60:
        text = json.dumps(value, ensure_ascii=False)
    # Names of JSON stand outside of its texts only where a line ends, or a comma or bracket follows.
    return "\n".join(_named(line) for line in text.split("\n"))


def _named(line: str) -> str:
    head, colon, tail = line.rpartition(": ")
    for theirs, ours in (("true", "True"), ("false", "False"), ("null", "None")):
        if tail.rstrip(",") == theirs or tail.strip().rstrip(",") == theirs:
            return head + colon + tail.replace(theirs, ours)
    return line
