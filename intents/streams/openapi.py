"""The edge's endpoints for the OpenAPI document: they answer beside the framework that writes the rest of it."""

from typing import Any

from intents.schemas import feed, responses, uploads, work_requests

REF = "#/components/schemas/{model}"
SCHEMAS = (feed.Feed, responses.Deliveries, uploads.FileReceived, work_requests.ClaimWork, responses.Error)


def parameter(name: str, where: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    """A parameter in the path or the query."""
    return {"name": name, "in": where, "required": where == "path", "schema": schema, "description": description}


def _seconds(least: int, default: int) -> dict[str, Any]:
    return parameter(
        "wait_seconds",
        "query",
        {"type": "integer", "minimum": least, "maximum": 60, "default": default},
        "How long to wait.",
    )


_INTENT = parameter("intent_id", "path", {"type": "string", "format": "uuid"}, "The intent.")
_SESSION = parameter("session_id", "path", {"type": "string", "format": "uuid"}, "The session.")
_ADDRESS = parameter("address", "path", {"type": "string"}, "A name, or org/workspace/name.")
_SINCE = parameter(
    "since", "query", {"type": "integer", "minimum": 0, "default": 0}, "Only what came after this; or send Last-Event-ID."
)
_STATUS = parameter("status", "query", {"type": "string"}, "Deliver only intents of these statuses, by commas.")
_LIMIT = parameter(
    "limit", "query", {"type": "integer", "minimum": 1, "maximum": 100, "default": 1}, "At most so many intents."
)


def as_json(model: type) -> dict[str, Any]:
    """A body of JSON in a model's shape, as the document puts it."""
    return {"application/json": {"schema": {"$ref": REF.format(model=model.__name__)}}}


def operation(
    name: str,
    tag: str,
    summary: str,
    description: str,
    parameters: list[dict[str, Any]],
    content: dict[str, Any],
    **extra: Any,
) -> dict[str, Any]:
    """An endpoint, with what all of them may answer."""
    refused = {"description": "Refused", "content": as_json(responses.Error)}
    return {
        "operationId": name,
        "tags": [tag],
        "summary": summary,
        "description": description,
        "parameters": parameters,
        "responses": {"200": {"description": "OK", "content": content}}
        | dict.fromkeys(("400", "401", "403", "404", "409", "413", "422", "429", "503"), refused),
        "security": [{"Credential": []}],
        **extra,
    }


_UPLOAD = parameter("upload_id", "path", {"type": "string", "format": "uuid"}, "The file.")
_BYTES = {"schema": {"type": "string", "format": "binary"}}
_EVENT_STREAM = {"text/event-stream": {"schema": {"type": "string"}}}

_FEED = [
    parameter("after", "query", {"type": "string"}, "A cursor, or `latest`. Without one: all that is kept."),
    parameter("types", "query", {"type": "string"}, "Types of events, by commas; `intent.*` stands for all below it."),
    parameter("agent", "query", {"type": "string"}, "Only events of intents from or to this agent, and about itself."),
    parameter("intent_type", "query", {"type": "string"}, "Types of intents, by commas; `order.*` stands for all below it."),
]
_FEED_LIMIT = parameter(
    "limit", "query", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}, "At most so many events."
)
_CONSUMER = [
    parameter(
        "consumer",
        "query",
        {"type": "string"},
        "A group of readers whose cursor is kept here: what follows it is leased to one of them at a time, until it "
        "acknowledges it or its lease is over. `after` says where a new group begins.",
    ),
    parameter(
        "lease_seconds",
        "query",
        {"type": "integer", "minimum": 1, "maximum": 3600, "default": 60},
        "How long a group's reader has what it got.",
    ),
]

PATHS: dict[str, Any] = {
    "/v1/events": {
        "get": operation(
            "read_feed",
            "Feed",
            "Read the workspace's events",
            "Every event of the workspace behind `after`, in the one order that the feed keeps: none is left out, and none "
            "appears behind a place that was read already. Waits up to `wait_seconds` for the first. A page may be empty "
            "with `has_more` where filters leave little: go on from `next_cursor`. A cursor older than what is kept is 410 "
            "`cursor_expired` with the `oldest` to go on from. People need a role that watches; a key for its own address "
            "alone reads what concerns that.",
            [*_FEED, _FEED_LIMIT, _seconds(0, 0), *_CONSUMER],
            as_json(feed.Feed),
        )
    },
    "/v1/events/stream": {
        "get": operation(
            "stream_feed",
            "Feed",
            "Follow the workspace's events",
            "Server-sent events: all after `after` or `Last-Event-ID`, then live. `id` is the cursor, `event` the type, "
            "`data` the event. Closes at `wait_seconds` with `event: stream.timeout` and `next_cursor`.",
            [*_FEED, _seconds(1, 15)],
            _EVENT_STREAM,
        )
    },
    "/v1/sessions/{session_id}/feed/stream": {
        "get": operation(
            "stream_session",
            "Sessions",
            "Follow a session",
            "Server-sent events: `session.message` for each message after `since` or `Last-Event-ID`, then live, and "
            "`session.completed`, with which it closes. Closes at `wait_seconds` with `event: stream.timeout` and "
            "`next_seq`.",
            [_SESSION, _SINCE, _seconds(1, 15)],
            _EVENT_STREAM,
        )
    },
    "/v1/intents/{intent_id}/events/stream": {
        "get": operation(
            "stream_events",
            "Intents",
            "Follow an intent's events",
            "Server-sent events: all after `since`, then live. `id` is the event's seq, `event` its type, `data` the event. "
            "Closes after a terminal event, or at `wait_seconds` with `event: stream.timeout` and `next_seq`.",
            [_INTENT, _SINCE, _seconds(1, 15)],
            _EVENT_STREAM,
        )
    },
    "/v1/agents/{address}/intents/stream": {
        "get": operation(
            "stream_work",
            "Agents",
            "Stream an agent's work",
            "Server-sent events `intent.delivered`, one intent at a time under a lease: payload, lease_token, "
            "delivery_attempt, checkpoint, and in `resume` what ended the last wait. Listeners on one address compete. A "
            "connection that drops ends its lease after 3 s.",
            [_ADDRESS, _SINCE, _seconds(1, 15), _STATUS],
            _EVENT_STREAM,
        )
    },
    "/v1/agents/{address}/intents": {
        "get": operation(
            "poll_work",
            "Agents",
            "Poll for an agent's work",
            "Up to `limit` intents under leases, waiting up to `wait_seconds` for the first.",
            [_ADDRESS, _seconds(0, 0), _LIMIT],
            as_json(responses.Deliveries),
        )
    },
    "/v1/agents/{address}/claim": {
        "post": operation(
            "claim_work",
            "Agents",
            "Claim an agent's work",
            "Like a poll, as from a queue: up to `max` intents under leases of `lease_seconds`.",
            [_ADDRESS],
            as_json(responses.Deliveries),
            requestBody={"content": as_json(work_requests.ClaimWork)},
        )
    },
    "/v1/media/{upload_id}/content": {
        "put": operation(
            "send_file",
            "Media",
            "Send a file's bytes",
            "The body is the file as it is, at most as large as was announced, and of the type that was announced. Sending "
            "again, until the file is finalized, replaces what came before.",
            [_UPLOAD],
            as_json(uploads.FileReceived),
            requestBody={"required": True, "content": {"application/octet-stream": _BYTES}},
        ),
        "get": operation(
            "download_file",
            "Media",
            "Download a file",
            "The bytes of a finished file, always as an attachment.",
            [_UPLOAD],
            {"application/octet-stream": _BYTES},
        ),
    },
    "/v1/media/{upload_id}/preview": {
        "get": operation(
            "preview_file",
            "Media",
            "Show an image",
            "The bytes of a finished PNG, JPEG, GIF or WebP, to be shown in a page. Other types are only downloaded.",
            [_UPLOAD],
            {"image/*": _BYTES},
        )
    },
}


def schemas() -> dict[str, Any]:
    """The component schemas that PATHS refer to."""
    found: dict[str, Any] = {}
    for model in SCHEMAS:
        schema = model.model_json_schema(ref_template=REF)
        found |= schema.pop("$defs", {})
        found[model.__name__] = schema
    return found
