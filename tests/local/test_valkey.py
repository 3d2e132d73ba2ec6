"""The embedded Valkey."""

import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from pagetojob.local import service
from pagetojob.local.process import free_port
from pagetojob.local.valkey import Valkey
from tests.local.conftest import Supervisor, gone_within

HOLD = """
import time
from pathlib import Path
from pagetojob.local.valkey import Valkey
valkey = Valkey(Path({root!r})).start()
print(valkey.pid, flush=True)
time.sleep(600)
"""


def test_it_wants_a_password_and_has_the_databases_asked_for(tmp_path: Path) -> None:
    with Valkey(tmp_path / "a folder with spaces", databases=20) as valkey:
        client = redis.Redis.from_url(valkey.url)
        assert client.ping()
        assert client.config_get("databases") == {"databases": "20"}
        assert client.config_get("bind") == {"bind": "127.0.0.1"}
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(host="127.0.0.1", port=valkey.port, retry=Retry(NoBackoff(), 0)).ping()
        assert (valkey.root / "valkey.conf").stat().st_mode & 0o777 == 0o600
        assert valkey.url.split(":")[2].split("@")[0] not in Path(f"/proc/{valkey.pid}/cmdline").read_text()


def test_after_a_death_it_returns_under_the_same_address_with_nothing_in_it(tmp_path: Path) -> None:
    with Valkey(tmp_path / "valkey") as valkey:
        url = valkey.url
        redis.Redis.from_url(url).set("kept", "no")
        assert valkey.pid is not None
        os.kill(valkey.pid, signal.SIGKILL)
        assert valkey.restart().url == url
        assert redis.Redis.from_url(url).get("kept") is None


def test_a_killed_supervisor_leaves_no_process(tmp_path: Path, supervisor: Callable[[str], Supervisor]) -> None:
    process = supervisor(HOLD.format(root=str(tmp_path / "valkey")))
    process.process.kill()
    process.process.wait()
    assert gone_within(10, int(process.words[0]))


def test_a_port_taken_in_the_last_moment_is_replaced_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        offers = iter([other.getsockname()[1], free_port()])
        monkeypatch.setattr(service, "free_port", lambda: next(offers))
        with Valkey(tmp_path / "valkey") as valkey:
            assert redis.Redis.from_url(valkey.url).ping()
