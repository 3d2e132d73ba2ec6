"""`make bench-stalled`: how gunicorn behind Caddy, and gunicorn alone, serve visitors while connections stall.

Half of the stalled connections stop within the header, half within the body of a POST. Wanted behind Caddy: each of 100
pages and 20 requests is answered, 95 % of them in less than 500 ms, and each of 500 stalled connections is closed.
"""

import contextlib
import http.client
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

import psutil

from bench.posts import FORM, Answer, fire, hidden_fields, percentile
from bench.rig import Rig

STALLED = (0, 50, 500)
PAGES, POSTS, AT_ONCE, TIMEOUT_SECONDS = 100, 20, 2, 3.0
WANTED_MS = 500.0
#: A body has two minutes.
CLOSED_WITHIN_SECONDS = 125.0
_HEADER = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Unfinished: "
_BODY = (
    f"POST {FORM} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Proto: https\r\nContent-Length: 1000\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\n\r\nname=Jamie"
).encode()


def main() -> int:
    passed = []
    with Rig() as rig:
        for with_caddy in (False, True):
            # Each post of the benchmark names a different address in X-Forwarded-For; Caddy appends another.
            base = rig.web("pagetojob.wsgi", environment={"TRUSTED_PROXIES": "2" if with_caddy else "1"})
            base = rig.caddy(base) if with_caddy else base
            processes = rig.processes[-2:] if with_caddy else rig.processes[-1:]
            fields = hidden_fields(base)
            print("\ngunicorn behind Caddy" if with_caddy else "\ngunicorn alone")
            print(f"{'stalled':>8}{'pages':>12}{'requests':>12}{'p50 ms':>9}{'p95 ms':>9}{'max ms':>9}{'MB':>7}")
            for count in STALLED:
                good = _serve(base, count, fields, [process.pid for process in processes], wait=with_caddy)
                passed.append(good or not with_caddy)
            for process in processes:
                rig.end(process)
    return 0 if all(passed) else 1


def _serve(base: str, count: int, fields: dict[str, str], pids: Sequence[int], *, wait: bool) -> bool:
    """Measure with `count` stalled connections, print a row, and return whether it is as wanted."""
    with stalled(base, count) as connections:
        pages = _get(base)
        posts = fire(base + FORM, count=POSTS, at_once=AT_ONCE, fields=fields, timeout=TIMEOUT_SECONDS)
        answers = [*pages, *posts]
        answered = sum(a.status == 200 for a in pages), sum(a.status == 302 for a in posts)
        p95 = percentile(answers, 0.95)
        print(
            f"{count:>8}{answered[0]:>8}/{PAGES}{answered[1]:>9}/{POSTS}{percentile(answers, 0.5):>9.0f}{p95:>9.0f}"
            f"{percentile(answers, 1):>9.0f}{sum(map(memory, pids)) / 1e6:>7.0f}",
            flush=True,
        )
        good = answered == (PAGES, POSTS) and p95 < WANTED_MS
        if wait and count == STALLED[-1]:
            open_ = closed_within(connections, CLOSED_WITHIN_SECONDS)
            print(f"{'':>8}{open_} of {count} stalled connections still open after {CLOSED_WITHIN_SECONDS:.0f} s")
            good = good and open_ == 0
    return good


@contextlib.contextmanager
def stalled(base: str, count: int) -> Iterator[list[socket.socket]]:
    """Open connections that send half of a header or half of a body and then nothing."""
    with contextlib.ExitStack() as stack:
        connections = []
        for number in range(count):
            address = ("127.0.0.1", urlsplit(base).port or 80)
            connection = stack.enter_context(socket.create_connection(address, timeout=5))
            connection.sendall(_BODY if number % 2 else _HEADER)
            connections.append(connection)
        time.sleep(0.5 if count else 0)
        yield connections


def closed_within(connections: Sequence[socket.socket], seconds: float) -> int:
    """Wait until the server has closed the connections; return how many are open at the end."""
    deadline = time.monotonic() + seconds
    left = list(connections)
    while left and time.monotonic() < deadline:
        left = [connection for connection in left if not _is_closed(connection)]
        time.sleep(0.2)
    return len(left)


def _is_closed(connection: socket.socket) -> bool:
    connection.settimeout(0)
    try:
        return connection.recv(4096) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def _get(base: str) -> list[Answer]:
    """Read the page with the form, each time over a new connection, as a new visitor does."""
    parts = urlsplit(base)
    numbers, lock, answers = iter(range(PAGES)), threading.Lock(), list[Answer]()

    def visitor() -> None:
        while True:
            with lock:
                if next(numbers, None) is None:
                    return
            began = time.perf_counter()
            line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
            try:
                line.request("GET", FORM, headers={"X-Forwarded-Proto": "https"})
                response = line.getresponse()
                response.read()
                status = response.status
            except (OSError, http.client.HTTPException):
                status = 0
            line.close()
            with lock:
                answers.append(Answer(status, time.perf_counter() - began))

    threads = [threading.Thread(target=visitor) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def memory(pid: int) -> int:
    """Return the proportional set size of a process and its children, in bytes."""
    process = psutil.Process(pid)
    return sum(part.memory_full_info().pss for part in (process, *process.children(recursive=True)))


if __name__ == "__main__":
    sys.exit(main())
