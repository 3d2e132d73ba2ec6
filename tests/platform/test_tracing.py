"""One id joins what happens to a request on every host, in log lines and in exported traces."""

import logging
import os
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tracing import export, record_span, trace_id
from syncqueue.connectors import deliver
from syncqueue.services.delivery import drain
from tests.support.sources import importers
from tests.support.visitor import leads, send


class Collector:
    """A collector on this machine that stores the bodies of what it gets."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        bodies = self.bodies

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *args: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1/traces"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def spans(self) -> list[Any]:
        """Return the received spans, after this process has sent all it queued."""
        end_process()
        requests = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        processes = [process for request in requests for process in request.resource_spans]
        return [span for process in processes for group in process.scope_spans for span in group.spans]


def end_process() -> None:
    """Send what is queued, and begin again with a tracer of its own, as another process does."""
    tracer: Any = export._tracer(os.getpid())
    tracer.span_processor.shutdown()
    export._tracer.cache_clear()


@pytest.fixture
def collector(settings: Any) -> Generator[Collector]:
    here = Collector()
    settings.TRACES_URL = here.url
    yield here
    end_process()
    here.server.shutdown()
    here.server.server_close()


@pytest.mark.django_db(transaction=True)
def test_a_trace_leads_from_the_form_to_the_delivered_item_across_processes(
    client: Client, tenant: Tenant, collector: Collector
) -> None:
    assert send(client).status_code == 302
    end_process()
    drain(deliver, worker="test")
    (lead,) = leads(tenant)
    spans = collector.spans()
    first = next(span for span in spans if span.name == "store request")
    assert {span.trace_id.hex() for span in spans} == {trace_id(lead.reference)}
    assert not first.parent_span_id
    others = [span for span in spans if span is not first]
    assert {span.parent_span_id for span in others} == {first.span_id}
    kinds = ("business_notification", "booking_request", "visitor_confirmation")
    assert {f"deliver {kind}" for kind in kinds} <= {span.name for span in others}
    notified = next(span for span in others if span.name == "deliver business_notification")
    assert {fact.key: fact.value.string_value for fact in notified.attributes}["state"] == "delivered"
    assert first.start_time_unix_nano <= notified.end_time_unix_nano
    for word in (b"Jamie", b"Rivera", b"555-0199", b"jamie@example.com", b"Camelback"):
        assert not any(word in body for body in collector.bodies)


@pytest.mark.django_db(transaction=True)
def test_log_lines_of_web_and_worker_carry_the_same_id(
    client: Client, tenant: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert send(client).status_code == 302
    drain(deliver, worker="test")
    (lead,) = leads(tenant)
    lines = [record for record in caplog.records if record.message in {"lead stored", "settled"}]
    expected = trace_id(lead.reference)
    assert {(line.message, vars(line)["trace_id"]) for line in lines} == {
        ("lead stored", expected),
        ("settled", expected),
    }


def test_traces_are_off_by_default_and_only_the_export_imports_their_packages(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings.TRACES_URL == ""
    monkeypatch.setattr(export, "export_span", lambda *args, **facts: pytest.fail("exported"))
    record_span("PTJ-1", "store request", began=timezone.now())
    assert importers("opentelemetry") == {"pagetojob/platform/tracing/export.py"}
    assert importers("pagetojob.platform.tracing.export") == {"pagetojob/platform/tracing/__init__.py"}


def test_ids_of_two_requests_differ_and_do_not_contain_the_reference() -> None:
    assert len({trace_id("PTJ-1"), trace_id("PTJ-2")}) == 2
    assert len(trace_id("PTJ-1")) == 32 and "PTJ" not in trace_id("PTJ-1")
