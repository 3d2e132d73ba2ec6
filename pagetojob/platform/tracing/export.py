"""Export of spans by OpenTelemetry. Imported only while traces are on, because its packages are an optional extra."""

import os
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import datetime
from functools import cache

from django.conf import settings
from django.utils import timezone
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, Tracer, set_span_in_context

_first: ContextVar[SpanContext | None] = ContextVar("first", default=None)


def export_span(
    trace_id: str, name: str, *, began: datetime, is_first: bool, attributes: Mapping[str, str | int]
) -> None:
    """Queue a span that ends now. A thread of this process sends it; a collector that is away delays no request."""
    first = SpanContext(
        int(trace_id, 16), int(trace_id[:16], 16), is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED)
    )
    parent = Context() if is_first else set_span_in_context(NonRecordingSpan(first), Context())
    ended = timezone.now()
    token = _first.set(first if is_first else None)
    try:
        start_time = _nanoseconds(min(began, ended))
        span = _tracer(os.getpid()).start_span(name, parent, attributes=dict(attributes), start_time=start_time)
    finally:
        _first.reset(token)
    span.end(_nanoseconds(ended))


class _Ids(RandomIdGenerator):
    """Random ids, except for the first span of a trace: every process derives its ids."""

    def generate_trace_id(self) -> int:
        first = _first.get()
        return first.trace_id if first else super().generate_trace_id()

    def generate_span_id(self) -> int:
        first = _first.get()
        return first.span_id if first else super().generate_span_id()


@cache
def _tracer(_process: int) -> Tracer:
    """Return the tracer of this process: threads do not survive a fork."""
    provider = TracerProvider(id_generator=_Ids(), resource=Resource.create({"service.name": "pagetojob"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(settings.TRACES_URL, timeout=5)))
    return provider.get_tracer("pagetojob")


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000) * 1000
