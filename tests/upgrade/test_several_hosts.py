"""The program that both drills give to their worker hosts."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from deploy.cluster.nodes import WORKERS, all_nodes
from deploy.several_hosts import worker_program
from deploy.upgrade.hosts import worker

#: A process that ends its work 0.2 s after SIGTERM, or at once if it gets no signal and the file `broken` exists.
PYTHON = """#!/bin/bash
trap 'sleep 0.2; echo finished >> "$RESULTS"; exit' TERM
echo started >> "$RESULTS"
until [ -e broken ]; do sleep 0.02; done
"""


def test_both_drills_run_it() -> None:
    programs = {all_nodes()[name].command[-1] for name in WORKERS} | {worker("image").command[-1]}
    assert programs == {worker_program(["deliver", "work", "heavy"]), worker_program(["deliver", "work"])}


@pytest.mark.parametrize(("stopped", "status", "finished"), [(True, 0, 3), (False, 1, 0)])
def test_a_stopped_host_finishes_its_work_and_a_lost_process_fails_it(
    tmp_path: Path, stopped: bool, status: int, finished: int
) -> None:
    program, results = tmp_path / "python", tmp_path / "results"
    program.write_text(PYTHON)
    program.chmod(0o755)
    results.touch()
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "RESULTS": str(results)}
    command = ["bash", "-c", worker_program(["deliver", "work"])]
    with subprocess.Popen(command, env=environment, cwd=tmp_path) as host:
        while results.read_text().count("started") < 3:
            time.sleep(0.02)
        try:
            if stopped:
                host.send_signal(signal.SIGTERM)
                assert host.wait(timeout=20) == status
        finally:
            (tmp_path / "broken").touch()
        assert host.wait(timeout=20) == status
    assert results.read_text().count("finished") == finished
