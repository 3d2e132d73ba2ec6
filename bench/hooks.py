"""`make bench-hooks`: events per second at the webhook inbox, against a view that inserts one row and checks nothing.

Both are served by one gunicorn process with eight threads, on the same durable PostgreSQL, in turns. Then requests that
no client library would send, and 1,000 oversized bodies while the memory of the server is watched.
"""

import base64
import hashlib
import hmac
import http.client
import json
import random
import re
import secrets
import socket
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from bench.rig import Rig

ROUNDS, POSTS, AT_ONCE = 5, 400, 8
BIG, OVERSIZED, FUZZED = 1_000_000, 1_000, 2_000
FLAT_KB = 8_192
KEY = secrets.token_bytes(32)
BODY = json.dumps({"type": "heartbeat", "version": 1, "data": {"note": "x" * 1000}}).encode()
_SET_UP = """
from pagetojob.gates.models import Flag
from pagetojob.gates.registry import Environment
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.vault.services import connections
from pagetojob.platform.sealing.secret_values import SecretText
from syncqueue.inbox.verifiers import Scheme
from syncqueue.services import inbox_keys
tenant = Tenant.objects.get(slug="desert-peak")
owner = User.objects.get(email="owner@desert-peak.example")
with scope.tenant(tenant.pk):
    Flag.objects.filter(tenant=tenant, slug="scheduler-webhooks").update(wanted=True)
by = {"actor": owner, "reason": "The benchmark."}
row, _ = connections.begin(tenant=tenant, environment=Environment.SIMULATOR, **by)
row = connections.ask_approval(connection=row, **by)
scopes = ["tn.crm.bookings:r"]
row = connections.authorize(connection=row, servicetitan_tenant="1", scopes=scopes, modules=[], **by)
route = inbox_keys.open_route(connection=row, scheme=Scheme.STANDARD, **by)
inbox_keys.keep_key(route=route, value=SecretText("KEY"), **by)
print("set up", route.public_id, tenant.pk, route.pk)
"""
Headers = dict[str, str]
_HEADERS_END = b"\r\n\r\n"


def signed(body: bytes = BODY, *, key: bytes = KEY) -> Headers:
    message_id, stamp = f"msg_{secrets.token_hex(8)}", str(int(time.time()))
    digest = hmac.digest(key, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256)
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }


def fire(url: str, count: int, headers: Callable[[], Headers], body: bytes = BODY) -> tuple[float, Counter[int]]:
    """Posts per second over kept connections, and the answers."""
    parts, answers, lock = urlsplit(url), Counter[int](), threading.Lock()

    def sender() -> None:
        line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        for _ in range(count // AT_ONCE):
            line.request("POST", parts.path, body, headers())
            answer = line.getresponse()
            answer.read()
            with lock:
                answers[answer.status] += 1
        line.close()

    threads = [threading.Thread(target=sender) for _ in range(AT_ONCE)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return count / (time.perf_counter() - began), answers


def raw(url: str, request: bytes) -> int:
    """Send bytes as they are; the status of the answer, 0 for none."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=10) as line:
        try:
            line.sendall(request)
            line.shutdown(socket.SHUT_WR)
            found = re.match(rb"HTTP/1\.[01] (\d{3})", line.recv(4096))
        except OSError:
            return 0
    return int(found.group(1)) if found else 0


def request(url: str, headers: Headers, body: bytes, *, length: str | None = None) -> bytes:
    head = [f"POST {urlsplit(url).path} HTTP/1.1", "Host: localhost", *(f"{name}: {headers[name]}" for name in headers)]
    head += [f"Content-Length: {length or len(body)}"] if length != "" else []
    return "\r\n".join([*head, "", ""]).encode("latin-1") + body


def chunked(body: bytes) -> bytes:
    pieces = [body[at : at + 5000] for at in range(0, len(body), 5000)]
    return b"".join(f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces) + b"0\r\n\r\n"


def oddities(url: str) -> bool:
    """What no library sends; then good requests with bytes changed, dropped and doubled. Wanted: never a 500."""
    in_chunks = signed() | {"Transfer-Encoding": "chunked"}
    forms = {
        "sent in chunks": (request(url, in_chunks, chunked(BODY), length=""), {200}),
        "big, sent in chunks": (request(url, in_chunks, chunked(b"x" * BIG), length=""), {413}),
        "shorter than its length": (request(url, signed(), BODY[:-9], length=str(len(BODY))), {400, 401}),
        "longer than its length": (request(url, signed(), BODY, length=str(len(BODY) - 1)), {400, 401}),
        "a length below zero": (request(url, signed(), BODY, length="-5"), {400}),
        "no length": (request(url, signed(), b"", length=""), {400, 401}),
        "chunks that are none": (request(url, in_chunks, b"zz\r\nx\r\n0\r\n\r\n", length=""), {400}),
        "a chunk below zero": (request(url, in_chunks, b"-5\r\nx\r\n0\r\n\r\n", length=""), {400}),
        "a chunk of 4 GB that never comes": (request(url, in_chunks, b"ffffffff\r\nx", length=""), {400}),
        "chunks cut off": (request(url, in_chunks, chunked(BODY)[:-20], length=""), {400, 401, 0}),
        "two ids": (request(url, signed() | {"Webhook-Id": "msg_2"}, BODY), {401}),
        "bytes past ASCII in a header": (request(url, signed() | {"webhook-signature": "v1,\xff\xe9"}, BODY), {401}),
    }
    passed = True
    for name, (sent, wanted) in forms.items():
        status = raw(url, sent)
        passed = passed and status in wanted
        print(f"  {name:<30} {status}  wanted {sorted(wanted)}")
    dice, answers, unfinished = random.Random(7), Counter[int](), 0
    for _ in range(FUZZED):
        sent = _damaged(request(url, signed(), BODY[:40]), dice)
        status = raw(url, sent)
        answers[status] += 1
        # Where the line that ends the headers was damaged, it is no request yet, and the server waits for the rest.
        unfinished += status == 0 and _HEADERS_END not in sent
    print(f"  {FUZZED} damaged requests: {dict(sorted(answers.items()))}; {unfinished} ended within their headers")
    return passed and answers[0] == unfinished and not any(status >= 500 for status in answers)


def _damaged(sent: bytes, dice: random.Random) -> bytes:
    damaged = bytearray(sent)
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(damaged))
        if (act := dice.randrange(3)) == 0:
            damaged[at] = dice.randrange(256)
        elif act == 1:
            del damaged[at : at + dice.randint(1, 20)]
        else:
            damaged[at:at] = damaged[at : at + dice.randint(1, 20)]
    return bytes(damaged)


def memory(rig: Rig) -> int:
    """Resident memory of the first server and its children, in kB."""
    leader = rig.processes[0].pid
    children = Path(f"/proc/{leader}/task/{leader}/children").read_text().split()
    return sum(
        int(found.group(1))
        for pid in (str(leader), *children)
        if (found := re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()))
    )


def main() -> int:
    with Rig() as rig:
        assert rig.urls is not None
        # The stand-in's environment exists in debug mode only; both servers run in it.
        debug = {"DEBUG": "true", "PUBLIC_URL": "http://localhost"}
        debug |= dict.fromkeys(("SERVICETITAN_STANDIN_AUTH_URL", "SERVICETITAN_STANDIN_API_URL"), "http://127.0.0.1:9")
        script = _SET_UP.replace("KEY", "whsec_" + base64.b64encode(KEY).decode())
        told = rig.run("manage.py", "shell", "--no-imports", "-c", script, environment=debug)
        public_id, tenant, route = told.split("set up ")[1].split()
        url = f"{rig.web('pagetojob.wsgi', environment=debug)}/hooks/{public_id}/"
        bare = {"DATABASE_URL": rig.urls.owner, "DJANGO_SETTINGS_MODULE": "bench.bare.settings"}
        plain = f"{rig.web('pagetojob.wsgi', environment=debug | bare)}/inbox/{tenant}/{route}"
        passed = _rates(url, plain)
        print("\nwhat no library sends")
        passed = oddities(url) and passed
        before = memory(rig)
        _, answers = fire(url, OVERSIZED, signed, b"x" * BIG)
        grown = memory(rig) - before
        print(f"\n{OVERSIZED} bodies of {BIG:,} bytes: {dict(answers)}; memory {before:,} kB, {grown:+,} kB")
        return 0 if passed and grown < FLAT_KB and set(answers) == {413} else 1


def _rates(url: str, plain: str) -> bool:
    forged = secrets.token_bytes(32)
    peers: dict[str, tuple[str, Callable[[], Headers], int]] = {
        "plain insert": (plain, signed, 200),
        "valid events": (url, signed, 200),
        "invalid events": (url, lambda: signed(key=forged), 401),
    }
    rates: dict[str, list[float]] = {name: [] for name in peers}
    for turn in range(ROUNDS + 1):
        for name, (where, headers, wanted) in peers.items():
            rate, answers = fire(where, POSTS, headers)
            if set(answers) != {wanted}:
                print(f"{name}: answered {dict(answers)}")
                return False
            if turn:  # the first turn warms up
                rates[name].append(rate)
    for name, found in rates.items():
        ratio = statistics.median(mine / peer for mine, peer in zip(found, rates["plain insert"], strict=True))
        print(f"{name:<15} {statistics.median(found):8.1f} posts/s   ratio {ratio:.2f}")
    return True


if __name__ == "__main__":
    sys.exit(main())
