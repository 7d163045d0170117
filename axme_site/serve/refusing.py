"""Answers to what never becomes a request: bytes that are no HTTP, and heads beyond every limit."""

from axme_site import problems
from intents.kernel import tracing

PHRASES = {400: "Bad Request", 414: "URI Too Long", 431: "Request Header Fields Too Large"}


def answer(status: int, code: str, message: str) -> bytes:
    """A whole answer in the API's shape, after which the connection is closed."""
    trace = tracing.from_headers(())
    body = problems.body(code, message, request_id=trace.request_id)
    head = (
        f"HTTP/1.1 {status} {PHRASES[status]}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
        f"x-trace-id: {trace.trace_id}\r\nx-request-id: {trace.request_id}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body


def malformed() -> bytes:
    return answer(400, "schema_invalid", "the request is malformed")
