"""The stand-in as a real process on loopback, for one test after another: each finds it empty."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from pagetojob.local import web_port
from pagetojob.local.process import free_port
from pagetojob.servicetitan.simulator.api import secret_of

from .processes import eventually
from .services import ROOT

TENANT = 900_100_200
CLIENT_ID = f"cid.standin.{TENANT}"
CLIENT_SECRET = secret_of(CLIENT_ID)


class StandInProcess:
    """Where it listens, and its control API."""

    def __init__(self, port: int, hooks_port: int, pid: int) -> None:
        self.pid = pid
        self.port = port
        self.hooks_port = hooks_port
        self.url = f"http://127.0.0.1:{port}"

    def control(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"{self.url}/control/{path}", data, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            response: dict[str, Any] = json.load(answer)
        return response

    def plan(self, *, tenant: int | str = TENANT, **plan: Any) -> None:
        """What goes wrong from now on; without arguments, nothing."""
        self.control("PUT", f"faults/{tenant}", plan)

    def coming(self, *faults: str) -> None:
        """The faults of the next requests, one each."""
        self.plan(coming=list(faults))

    def book(self, tenant: int = TENANT) -> dict[str, Any]:
        return self.control("GET", f"book/{tenant}")


@pytest.fixture(scope="session")
def standin_process(tmp_path_factory: pytest.TempPathFactory) -> Generator[StandInProcess]:
    port, hooks = free_port(), free_port()
    with Path(tmp_path_factory.mktemp("standin"), "log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "standin", "--port", str(port), "--hooks-to", f"http://127.0.0.1:{hooks}"],
            cwd=ROOT,
            env=os.environ,
            stdout=log,
            stderr=log,
        )
    try:
        eventually(lambda: web_port.answers(port, "/healthz"))
        yield StandInProcess(port, hooks, process.pid)
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def standin(standin_process: StandInProcess, settings: Any) -> StandInProcess:
    """Empty, without faults, and the one that settings name."""
    standin_process.control("POST", "reset")
    settings.SERVICETITAN_STANDIN_AUTH_URL = settings.SERVICETITAN_STANDIN_API_URL = standin_process.url
    return standin_process
