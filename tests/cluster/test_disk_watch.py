"""A primary leaves a disk that is nearly full, and nothing else does."""

import os
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from deploy.cluster.disk_watch import INTERVAL_SECONDS, LEAST_FREE_BYTES, check, target
from deploy.cluster.nodes import all_nodes

MEMBERS = [
    {"name": "database-1", "role": "leader", "state": "running"},
    {"name": "database-2", "role": "sync_standby", "state": "streaming"},
    {"name": "database-3", "role": "replica", "state": "streaming"},
]


def test_a_primary_with_a_full_disk_is_replaced_by_the_synchronous_standby() -> None:
    assert target(LEAST_FREE_BYTES - 1, "database-1", MEMBERS) == "database-2"


@pytest.mark.parametrize(
    ("free_bytes", "name", "members"),
    [
        (LEAST_FREE_BYTES, "database-1", MEMBERS),
        (0, "database-2", MEMBERS),
        (0, "database-1", [MEMBERS[0], MEMBERS[2]]),
        (0, "database-1", [MEMBERS[0], MEMBERS[1] | {"state": "starting"}]),
        (0, "database-1", []),
    ],
)
def test_nothing_moves_without_need_or_without_a_synchronous_standby(
    free_bytes: int, name: str, members: list[dict[str, str]]
) -> None:
    assert target(free_bytes, name, members) == ""


@pytest.mark.parametrize(
    "answer",
    [b"not HTTP\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\nnull", b'HTTP/1.1 200 OK\r\n\r\n{"patroni": 1}', b""],
)
def test_no_answer_of_patroni_ends_the_watch(answer: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            line = server.accept()[0]
            with line:
                line.recv(4096)
                line.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        assert check(str(tmp_path), f"http://127.0.0.1:{server.getsockname()[1]}") == INTERVAL_SECONDS
        thread.join()
    assert capsys.readouterr().out.startswith("disk watch: ")


def test_a_watch_that_ends_is_started_again(tmp_path: Path) -> None:
    started = tmp_path / "started"
    for name, program in {
        "python3": f"echo $1 >> {started}",
        "patroni": f"until [ $(wc -l < {started}) = 2 ]; do sleep 0.1; done; kill 0",
    }.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{program}\n")
        (tmp_path / name).chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    command = all_nodes()["database-1"].command
    subprocess.run(command, env={"PATH": path}, start_new_session=True, timeout=20, check=False)
    assert started.read_text() == "/etc/disk_watch.py\n" * 2
