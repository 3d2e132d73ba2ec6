"""A witness against a log on a real server: it signs growth, and refuses every other history."""

import io
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from pagetojob.transparency import merkle, tiles
from pagetojob.transparency.signing import checkpoint_text, new_signer, note
from pagetojob.transparency.verify import LOG, WITNESS, Checkpoint, Invalid, read_note, signed_by
from pagetojob.transparency.witness import Log, Unreachable, witness_once

LOG_SIGNER, WITNESS_SIGNER = new_signer("log.example", LOG), new_signer("witness.example", WITNESS)


class Served:
    """A log served over HTTP that shows whatever history it is given, as a dishonest operator could."""

    def __init__(self) -> None:
        self.size, self.history, self.taken, self.status = 0, "true", list[str](), 200
        server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server = server
        self.address = f"http://127.0.0.1:{server.server_address[1]}/log"
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def show(self, size: int, history: str = "true") -> None:
        self.size, self.history = size, history
        entries = [f"{history if n else 'true'} {n}".encode() for n in range(size)]
        self.nodes = merkle.complete_nodes(0, entries, merkle.from_mapping({}))

    def answer(self, path: str) -> bytes:
        if path == "checkpoint":
            root = merkle.root(self.size, merkle.from_mapping(self.nodes))
            text = checkpoint_text(Checkpoint("log.example", self.size, root))
            return note(text, [LOG_SIGNER.sign(text)]).encode()
        tile = tiles.read_path(path.removeprefix("tile/"))
        assert tile and tile.exists_in(self.size), path
        level = tiles.HEIGHT * (tile.level or 0)
        return b"".join(self.nodes[level, tile.first + n] for n in range(tile.width))

    def _handler(served) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the handler has its own self
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._send(served.answer(self.path.removeprefix("/log/")))

            def do_POST(self) -> None:
                served.taken.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
                self._send(b"stored")

            def _send(self, content: bytes) -> None:
                self.send_response(served.status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: object) -> None: ...

        return Handler


@pytest.fixture
def served() -> Generator[Served]:
    made = Served()
    yield made
    made.server.shutdown()
    made.server.server_close()


def log_of(served: Served) -> Log:
    return Log(served.address, LOG_SIGNER.key)


@pytest.mark.parametrize("sizes", [(1, 1, 2), (3, 7, 300), (256, 257, 600), (255, 700)])
def test_it_signs_a_log_that_only_grows(served: Served, tmp_path: Path, sizes: tuple[int, ...]) -> None:
    for size in sizes:
        served.show(size)
        assert witness_once(log_of(served), WITNESS_SIGNER, tmp_path / "state").size == size
        assert signed_by(read_note(served.taken[-1]), [WITNESS_SIGNER.key]) == [WITNESS_SIGNER.key]


@pytest.mark.parametrize(("size", "history"), [(9, "true"), (20, "other"), (10, "other"), (300, "other")])
def test_it_signs_no_other_history(served: Served, tmp_path: Path, size: int, history: str) -> None:
    served.show(10)
    witness_once(log_of(served), WITNESS_SIGNER, tmp_path / "state")
    served.show(size, history)
    with pytest.raises(Invalid, match="split view"):
        witness_once(log_of(served), WITNESS_SIGNER, tmp_path / "state")
    assert len(served.taken) == 1
    served.show(12)  # and continues with the true history
    assert witness_once(log_of(served), WITNESS_SIGNER, tmp_path / "state").size == 12


def test_a_damaged_state_is_not_taken_for_an_empty_state(served: Served, tmp_path: Path) -> None:
    served.show(3)
    (tmp_path / "state").write_text("{}")
    with pytest.raises(Invalid, match="damaged"):
        witness_once(log_of(served), WITNESS_SIGNER, tmp_path / "state")


def test_another_key_of_the_log_is_refused(served: Served, tmp_path: Path) -> None:
    served.show(3)
    with pytest.raises(Invalid):
        witness_once(Log(served.address, new_signer("log.example", LOG).key), WITNESS_SIGNER, tmp_path / "state")


def test_a_log_that_fails_is_unreachable_and_what_was_seen_is_stored(served: Served, tmp_path: Path) -> None:
    served.show(3)
    served.status = 503
    with pytest.raises(Unreachable, match="503"):
        witness_once(log_of(served), WITNESS_SIGNER, tmp_path / "state")
    with pytest.raises(Unreachable):
        witness_once(Log("http://127.0.0.1:9/log", LOG_SIGNER.key), WITNESS_SIGNER, tmp_path / "state")


def test_the_command_signs_once_and_explains_its_exit_status(served: Served, tmp_path: Path) -> None:
    out = io.StringIO()
    call_command("witness", new_key="witness.example", stdout=out)
    secret, public = out.getvalue().split()
    (tmp_path / "key").write_text(secret)
    served.show(5)
    options = {"log": served.address, "log_key": str(LOG_SIGNER.key), "key_file": tmp_path / "key"}
    call_command("witness", **options, state=tmp_path / "state", stdout=out)
    assert "signed 5 entries of log.example" in out.getvalue() and public.startswith("witness.example+")
    served.show(4)
    with pytest.raises(CommandError, match="NOT signed") as refused:
        call_command("witness", **options, state=tmp_path / "state")
    assert refused.value.returncode == 1
