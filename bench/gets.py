"""GET requests, many at once over kept connections, by sockets alone: the client must not be what is measured."""

import socket
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

CLOCK_TICKS = 100  # of /proc/<pid>/stat, a second; the same on every Linux


@dataclass(frozen=True)
class Answer:
    """The head of an answer, its status and the length of its body."""

    status: int
    head: str
    length: int

    def header(self, name: str) -> str:
        """The value of a header; empty when it is not there."""
        for line in self.head.split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.lower() == name.lower():
                return value.strip()
        return ""


class Line:
    """One kept connection."""

    def __init__(self, base: str) -> None:
        parts = urlsplit(base)
        self._host = parts.netloc
        self._socket = socket.create_connection((parts.hostname or "", parts.port or 80), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def request(self, path: str, *headers: str) -> bytes:
        """The bytes of a request, made once."""
        lines = [f"GET {path} HTTP/1.1", f"Host: {self._host}", "X-Forwarded-Proto: https", *headers, "", ""]
        return "\r\n".join(lines).encode()

    def ask(self, request: bytes) -> Answer:
        """Send it and read the answer to its end. Raises ConnectionError when the server hangs up."""
        self._socket.sendall(request)
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _, rest = data.partition(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        answer = Answer(status, head.decode(), 0)
        length = 0 if status == 304 else int(answer.header("Content-Length"))
        missing = length - len(rest)
        while missing > 0:
            missing -= len(self._more())
        return Answer(status, answer.head, length)

    def close(self) -> None:
        self._socket.close()

    def _more(self) -> bytes:
        data = self._socket.recv(262_144)
        if not data:
            raise ConnectionError("the server hung up")
        return data


def fire(base: str, path: str, headers: tuple[str, ...], *, count: int, at_once: int, status: int) -> float:
    """Ask `count` times over `at_once` connections; seconds it took. Raises RuntimeError for another status."""
    wrong: list[int] = []

    def visitor(share: int) -> None:
        line = Line(base)
        request = line.request(path, *headers)
        for _ in range(share):
            answer = line.ask(request)
            if answer.status != status:
                wrong.append(answer.status)
        line.close()

    threads = [threading.Thread(target=visitor, args=(count // at_once,)) for _ in range(at_once)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    if wrong:
        raise RuntimeError(f"{path}: {len(wrong)} answers were not {status}, such as {wrong[0]}")
    return took


def cpu_seconds(pid: int) -> float:
    """What a process and its children have used of the processor; 0 where there is no /proc."""
    total = 0.0
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    total += (int(fields[11]) + int(fields[12])) / CLOCK_TICKS
    return total + sum(cpu_seconds(int(child)) for child in children)
