"""Sends spans by OTLP over HTTP. The one module that imports OpenTelemetry: it is itself imported only when traces are sent.

Where to, with which headers, certificates and patience: the library reads its own variables, OTEL_EXPORTER_OTLP_*.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.conf import settings
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from intents.telemetry.spans import Span

SAMPLED = TraceFlags(TraceFlags.SAMPLED)
_SCOPE = InstrumentationScope("axme-inbox", settings.VERSION)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def export(spans: Sequence[Span]) -> bool:
    """Send spans. Returns whether the collector has taken them; it was tried again for some seconds if not."""
    # What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say comes first.
    named = Resource({"service.name": "axme-inbox", "service.version": settings.VERSION})
    resource = named.merge(OTELResourceDetector().detect())
    sender = OTLPSpanExporter()
    try:
        return sender.export([_readable(one, resource) for one in spans]) is SpanExportResult.SUCCESS
    finally:
        sender.shutdown()  # type: ignore[no-untyped-call]


def _readable(span: Span, resource: Resource) -> ReadableSpan:
    parent = SpanContext(span.trace_id, span.parent_id, is_remote=True, trace_flags=SAMPLED) if span.parent_id else None
    return ReadableSpan(
        name=span.name,
        context=SpanContext(span.trace_id, span.span_id, is_remote=False, trace_flags=SAMPLED),
        parent=parent,
        resource=resource,
        attributes=span.attributes,
        events=[Event(mark.name, attributes=mark.attributes, timestamp=_nanoseconds(mark.at)) for mark in span.marks],
        kind=SpanKind.INTERNAL,
        status=Status(StatusCode.ERROR if span.failed else StatusCode.UNSET),
        start_time=_nanoseconds(span.start),
        end_time=_nanoseconds(span.end),
        instrumentation_scope=_SCOPE,
    )


def _nanoseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1) * 1000
