"""Ways for a server to be away: down, refusing, silent, slow. Each stands on the port the product dials."""

import asyncio
import contextlib
import os
import signal
import socket
import threading
import time
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Impostor:
    """Takes the place of a server: `refusing` hangs up at once, `silent` never says a word. `calls` counts who came."""

    def __init__(self, port: int, manner: str) -> None:
        self._manner = manner
        self._listener = _listen(port)
        self._held: list[socket.socket] = []
        self.calls = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                self.calls += 1
                if self._manner == "refusing":
                    line.close()
                else:
                    self._held.append(line)

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for line in self._held:
            line.close()


def _listen(port: int) -> socket.socket:
    """The children of a server that was killed may hold its port for a moment longer."""
    deadline = time.monotonic() + 10
    while True:
        try:
            return socket.create_server(("127.0.0.1", port), reuse_port=False)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


class SlowLine:
    """Passes everything on to the real server, each piece a second late."""

    def __init__(self, port: int, upstream: int, delay: float = 1.0) -> None:
        self._port, self._upstream, self._delay = port, upstream, delay
        self.calls = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()
        self._ready.wait()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._server = self._loop.run_until_complete(asyncio.start_server(self._both_ways, "127.0.0.1", self._port))
        self._ready.set()
        self._loop.run_forever()

    async def _both_ways(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.calls += 1
        with contextlib.suppress(OSError):
            there = await asyncio.open_connection("127.0.0.1", self._upstream)
            await asyncio.gather(self._pump(reader, there[1]), self._pump(there[0], writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(65536):
                await asyncio.sleep(self._delay)
                writer.write(piece)
                await writer.drain()
        writer.close()

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _end(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


class Mailbox:
    """A well-behaved mail server that remembers the Message-IDs it took."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.taken: list[str] = []
        self._controller: Controller | None = None

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content or b""
        assert isinstance(content, bytes)
        head = content.partition(b"\r\n\r\n")[0].decode("ascii", "replace")
        self.taken += [line.partition(":")[2].strip() for line in head.splitlines() if line.startswith("Message-ID:")]
        return "250 taken"

    def open(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def shut(self) -> None:
        if self._controller:
            self._controller.stop()
            self._controller = None


def freeze(pid: int, *, thaw: bool = False) -> None:
    """Stop a process and all its children in their tracks, or let them go on."""
    for each in [pid, *descendants(pid)]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(each, signal.SIGCONT if thaw else signal.SIGSTOP)


def descendants(pid: int) -> list[int]:
    """The processes that a process started, and those that these did."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, queue = [], [pid]
    while queue:
        children = parents.get(queue.pop(), [])
        found += children
        queue += children
    return found
