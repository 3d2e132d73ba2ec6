"""Simulator of the text provider: Twilio's API for sending, status callbacks, and a page with the messages.

It reaches no phone. It keeps its messages in a file, fails on demand, and uses none of our settings. Our own reading of
Twilio's documentation: it proves that our client and our reports fit together, and nothing about Twilio.
"""

import argparse
import base64
import html
import json
import os
import secrets
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from pagetojob.platform.outbound.text_reports import signature

LABEL = "Text simulator: no message here reached a phone"
MOST_BODY = 65_536
#: Names of failures that the control can plan: refused when sent, or reported afterwards.
REFUSED = {
    "stop": (400, 21610),
    "invalid": (400, 21211),
    "busy": (429, 20429),
    "down": (503, 0),
    "access": (401, 20003),
}
REPORTED = {
    "undelivered": ("undelivered", 30003),
    "unknown-number": ("undelivered", 30005),
    "filtered": ("failed", 30007),
}
_OWN_HOSTS = ("localhost", "127.0.0.1")


@dataclass
class Message:
    """A message as the provider shows it."""

    sid: str
    to: str
    sender: str
    body: str
    status_url: str
    status: str = "accepted"
    error: int = 0
    at: float = field(default_factory=time.time)
    reports: list[int] = field(default_factory=list)


class TextSimulator:
    """The messages and the planned failures, shared by the threads of the server."""

    def __init__(self, *, account: str, token: str, file: Path | None = None, delay: float = 0.2) -> None:
        self.account, self.token, self.file, self.delay = account, token, file, delay
        self.messages: list[Message] = []
        self.plan: list[str] = []
        self._lock = threading.Lock()
        if file and file.exists():
            self.messages = [Message(**row) for row in json.loads(file.read_text())]

    def accept(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Return the answer to a request to send, and report the message later."""
        with self._lock:
            failure = self.plan.pop(0) if self.plan else ""
        if failure in REFUSED:
            status, code = REFUSED[failure]
            return status, {"code": code, "message": "A planned failure.", "status": status}
        if failure == "hang":
            time.sleep(60)
        message = Message(
            sid="SM" + secrets.token_hex(16),
            to=form.get("To", ""),
            sender=form.get("From", "") or form.get("MessagingServiceSid", ""),
            body=form.get("Body", ""),
            status_url=form.get("StatusCallback", ""),
        )
        with self._lock:
            self.messages.append(message)
            self._keep()
        threading.Thread(target=self._report, args=(message, failure), daemon=True).start()
        return 201, {"sid": message.sid, "status": "accepted", "to": message.to, "error_code": None}

    def _report(self, message: Message, failure: str) -> None:
        final, code = REPORTED.get(failure, ("delivered", 0))
        for status, error in (("sent", 0), (final, code)):
            time.sleep(self.delay)
            answer = self.report(message, status, error)
            with self._lock:
                message.status, message.error = status, error
                message.reports.append(answer)
                self._keep()

    def report(self, message: Message, status: str, code: int = 0) -> int:
        """Send a signed status callback; return the status of the answer, 0 without one."""
        if not message.status_url:
            return 0
        params = {"MessageSid": message.sid, "MessageStatus": status, "To": message.to, "AccountSid": self.account}
        if code:
            params["ErrorCode"] = str(code)
        mark = signature(self.token, message.status_url, params)
        request = urllib.request.Request(  # noqa: S310 - the address that our own client named
            message.status_url, data=urllib.parse.urlencode(params).encode(), headers={"X-Twilio-Signature": mark}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return int(error.code)
        except OSError:
            return 0

    def _keep(self) -> None:
        if self.file:
            partial = self.file.with_suffix(".part")
            partial.write_text(json.dumps([asdict(message) for message in self.messages]))
            partial.replace(self.file)

    def page(self) -> str:
        """Return the page with all messages, newest first."""
        rows = "".join(
            f"<tr><td>{time.strftime('%H:%M:%S', time.gmtime(row.at))} UTC</td><td>{html.escape(row.to)}</td>"
            f"<td>{html.escape(row.body)}</td><td>{row.status}{f' ({row.error})' if row.error else ''}</td></tr>"
            for row in reversed(self.messages)
        )
        return (
            '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f"<title>{LABEL}</title><style>body{{font:16px/1.5 sans-serif;margin:1rem;max-width:60rem}}"
            "td,th{text-align:left;vertical-align:top;padding:.4rem .8rem .4rem 0}</style>"
            f"<h1>{LABEL}</h1><p>It imitates the parts of Twilio's API that we use. Planned failures: "
            f"{html.escape(', '.join(self.plan)) or 'none'}.</p>"
            + (
                f"<table><tr><th>Time<th>To<th>Message<th>Status</tr>{rows}</table>"
                if rows
                else "<p>No messages yet.</p>"
            )
        )


class Handler(BaseHTTPRequestHandler):
    """Requests to the API, the control and the page."""

    server: "Server"
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Show the messages, as a page or as JSON."""
        if not self._is_own():
            return self._answer(403, "{}")
        if self.path == "/messages":
            rows = [asdict(message) for message in self.server.simulator.messages]
            return self._answer(200, json.dumps({"simulator": LABEL, "messages": rows}))
        if self.path == "/":
            return self._answer(200, self.server.simulator.page(), "text/html; charset=utf-8")
        return self._answer(404, "{}")

    def do_POST(self) -> None:
        """Send a message, or plan failures: `fail=stop,undelivered`."""
        simulator = self.server.simulator
        length = int(self.headers.get("Content-Length") or 0)
        if length > MOST_BODY:
            self.close_connection = True
            return self._answer(413, "{}")
        form = dict(urllib.parse.parse_qsl(self.rfile.read(length).decode("utf-8", "replace")))
        if self.path == "/control" and self._is_own():
            names = [name for name in form.get("fail", "").split(",") if name]
            if not set(names) <= {*REFUSED, *REPORTED, "hang"}:
                return self._answer(422, json.dumps({"known": sorted({*REFUSED, *REPORTED, "hang"})}))
            simulator.plan = names
            return self._answer(200, json.dumps({"plan": names}))
        if self.path != f"/2010-04-01/Accounts/{simulator.account}/Messages.json":
            return self._answer(404, json.dumps({"code": 20404, "message": "Not found.", "status": 404}))
        right = base64.b64encode(f"{simulator.account}:{simulator.token}".encode()).decode()
        if not secrets.compare_digest(self.headers.get("Authorization", "").encode(), f"Basic {right}".encode()):
            return self._answer(401, json.dumps({"code": 20003, "message": "Authenticate.", "status": 401}))
        status, body = simulator.accept(form)
        return self._answer(status, json.dumps(body))

    def _is_own(self) -> bool:
        """Return whether the page was asked for under our own name, which another website cannot do."""
        return (self.headers.get("Host") or "").rpartition(":")[0] in _OWN_HOSTS

    def _answer(self, status: int, body: str, kind: str = "application/json") -> None:
        content = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Write no access log: requests contain phone numbers."""


class Server(ThreadingHTTPServer):
    """The server of one simulator."""

    daemon_threads = True

    def __init__(self, simulator: TextSimulator, *, port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.simulator = simulator


def main() -> None:
    """Serve until stopped. The account and its token come from the environment, as our client's do."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--file", type=Path)
    options = parser.parse_args()
    account, token = os.environ["TEXT_ACCOUNT"], os.environ["TEXT_TOKEN"]
    simulator = TextSimulator(account=account, token=token, file=options.file)
    Server(simulator, port=options.port).serve_forever()


if __name__ == "__main__":
    main()
