"""Lifecycle of an instance, from start to stop: services, database and processes."""

import datetime
import os
import shutil
import signal
import sys
import time
from contextlib import suppress
from types import FrameType
from urllib.parse import quote

from pagetojob.backups.configuration import NotConfigured, Repository, find_program
from pagetojob.local import caddy, databases, preload, web_port
from pagetojob.local.applied_migrations import refuse_foreign_migrations
from pagetojob.local.children import WARM_SECONDS, Children
from pagetojob.local.console import Console
from pagetojob.local.errors import LocalError
from pagetojob.local.place import CLONE, Place
from pagetojob.local.postgres import Postgres
from pagetojob.local.private import (
    stored_log_key,
    stored_place_key,
    stored_secret,
    stored_vault_key,
    write_private,
)
from pagetojob.local.process import end, end_recorded, free_port, spawn, tail
from pagetojob.local.service import Service
from pagetojob.local.valkey import Valkey
from pagetojob.transparency import local_authority

DEMO_PEOPLE = (
    ("operator@pagetojob.example", "operator: completes items manually at /ops/"),
    ("lead@pagetojob.example", "operator lead: all operator permissions"),
    ("viewer@pagetojob.example", "operator viewer: read-only access to /ops/"),
    ("editor@pagetojob.example", "staff editor: the readiness pack in /admin/"),
    ("admin@pagetojob.example", "staff admin: people and roles in /admin/"),
    ("owner@desert-peak.example", "owner of the demo tenant"),
)
READY_SECONDS = 60.0
#: Above this, a process of a worker is replaced after its task: linking and scanning all pages leave 100 MB behind.
WORKER_CHILD_KILOBYTES = 140_000
ALREADY_RUNNING, BUSY = 0, 3


class Run:
    """Running instance, started in order and stopped in reverse order."""

    def __init__(self, place: Place, *, port: int | None = None, durable: bool = True, backups: bool = False) -> None:
        self.place = place
        self.wanted_port = port
        self.durable = durable
        self.backups = backups
        self.console = Console()
        self.services: list[Service] = []
        self.children: Children | None = None
        self.variables: dict[str, str] = {}
        self.environment: dict[str, str] = {}
        self.simulator_port: int | None = None
        self.texts_port: int | None = None
        self.started_at = datetime.datetime.now(datetime.UTC)
        self.due: dict[Service, float] = {}
        self.pauses: dict[Service, float] = {}
        self.signals = 0
        self.setting_up = True

    def main(self) -> int:
        """Run until a stop is requested; return the exit status."""
        lock = self.place.lock()
        if lock is None:
            return self._point_to_running()
        with lock:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, self._on_signal)
            try:
                end_recorded(self.place.children_file, CLONE, ((signal.SIGTERM, WARM_SECONDS),))
                self._set_up()
                self._keep_running()
            except KeyboardInterrupt:
                self.console.say("")
            except LocalError as error:
                self.console.say(f"\n{error}\n")
                return 1
            finally:
                self._take_down()
        return 0

    def _point_to_running(self) -> int:
        instance = self.place.instance()
        if instance is None:
            self.console.say("The instance here is starting or stopping. Try again soon.")
            return BUSY
        self.console.say(f"Already running: {instance['url']}")
        return ALREADY_RUNNING

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.signals += 1
        if self.setting_up:
            self.setting_up = False
            raise KeyboardInterrupt

    def _set_up(self) -> None:
        logins = self._start_database()
        redis_url = self._start_broker()
        port = web_port.choose(self.wanted_port)
        self.variables = self._variables(logins, redis_url, port) | self._simulator_urls(port)
        self.variables |= self._text_variables() | self._authority_variables() | self._backup_variables()
        self.environment = os.environ | self.variables
        self.environment["PYTHONUNBUFFERED"] = "1"
        # Memory pools per thread gain nothing under Python's lock, and keep some 10 MB.
        self.environment["MALLOC_ARENA_MAX"] = "1"
        # Django sets it only in the process that loads the settings, and a forked process does not.
        self.environment["TZ"] = "UTC"
        with self.console.step("Migrating the database"):
            refuse_foreign_migrations(logins.owner, self.place, embedded=not os.environ.get("DATABASE_URL"))
            self._load("migrate", database_url=logins.owner)
        with self.console.step("Loading the readiness pack and the demo tenant"):
            self._load("load_readiness", "load_demo", "load_demo_outcomes", database_url=logins.app)
        self.children = Children(self.place, self.environment, self.console)
        with self.console.step("Starting website, workers, dispatcher and simulator"):
            self._start_children(port)
            self._wait_for_website(port)
        self._announce(port)

    def _start_database(self) -> databases.Logins:
        if os.environ.get("DATABASE_URL"):
            if self.backups:
                raise LocalError(
                    "BACKUPS=1 backs up the embedded server only. Unset DATABASE_URL, or see docs/how-to/backups.md."
                )
            with self.console.step("Checking the server in DATABASE_URL"):
                return databases.use_given_server(self.place, os.environ)
        postgres = Postgres(
            self.place.folder("postgres"),
            durable=self.durable,
            shared_buffers="32MB",
            repository=self._repository() if self.backups else None,
        )
        self.services.append(postgres)
        with self.console.step("Starting PostgreSQL"):
            postgres.start()
            if self.backups:
                write_private(self.place.secret_file("admin_url"), postgres.admin_url)
            return databases.embedded(self.place, postgres.admin_url)

    def _repository(self) -> Repository:
        """Return the repository of backups. Raises LocalError where pgBackRest is not installed."""
        try:
            find_program()
        except NotConfigured as error:
            raise LocalError(f"{error} Or start without BACKUPS=1.") from error
        key = stored_secret(self.place.secret_file("backup_cipher_key"), size=32)
        return Repository(self.place.folder("backups"), key, self.place.folder("postgres") / "data")

    def _backup_variables(self) -> dict[str, str]:
        if not self.backups:
            return {}
        return {
            "BACKUP_FOLDER": str(self.place.folder("backups")),
            "BACKUP_CIPHER_KEY_FILE": str(self.place.secret_file("backup_cipher_key")),
            "BACKUP_DATA_FOLDER": str(self.place.folder("postgres") / "data"),
            "PAGETOJOB_ADMIN_URL_FILE": str(self.place.secret_file("admin_url")),
        }

    def _start_broker(self) -> str:
        if os.environ.get("REDIS_URL"):
            return os.environ["REDIS_URL"]
        valkey = Valkey(self.place.folder("valkey"))
        self.services.append(valkey)
        with self.console.step("Starting Valkey"):
            return valkey.start().url

    def _variables(self, logins: databases.Logins, redis_url: str, port: int) -> dict[str, str]:
        return {
            "DJANGO_SETTINGS_MODULE": "pagetojob.settings",
            "SECRET_KEY": stored_secret(self.place.secret_file("secret_key"), size=32),
            "VAULT_KEYS": stored_vault_key(self.place.secret_file("vault_key")),
            "LOG_SIGNING_KEYS": stored_log_key(self.place.secret_file("log_key"), f"localhost:{port}/log"),
            "EVIDENCE_FOLDERS": f"{CLONE / 'evidence'},{self.place.folder('evidence')}",
            "EVIDENCE_PLACES": str(stored_place_key(self.place.secret_file("place_key")).key),
            "DEBUG": "true",
            "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]",
            "DATABASE_URL": logins.app,
            "REDIS_URL": redis_url,
            "EMAIL_URL": f"file://{quote(str(self.place.folder('mail')))}",
            "PUBLIC_URL": f"http://localhost:{port}",
            # Browsers resolve each name below localhost to this machine.
            "PUBLIC_SUFFIX": os.environ.get("PUBLIC_SUFFIX", "localhost"),
            # Caddy.
            "TRUSTED_PROXIES": "1",
            # The demo site is read like any other, but is on this machine.
            "LISTED_ORIGINS": os.environ.get("LISTED_ORIGINS", "") or f"http://localhost:{port}",
            "SECURITY_CONTACT": "mailto:security@pagetojob.example",
            "CONTRACTOR_EMAIL": "contractors@pagetojob.example",
            "CONTRACTOR_PHONE": "(602) 555-0190",
            "DEMO_PASSWORD": stored_secret(self.place.secret_file("demo_password"), size=8),
            "SITE_FACTS_FOLDER": str(self.place.folder("site-facts")),
            "AUDIT_ANCHOR_FILE": str(self.place.folder("audit") / "anchors.jsonl"),
            "RECOVERY_FOLDER": str(self.place.folder("recovery")),
            "PAGETOJOB_INSTANCE": str(self.place.instance_file),
        }

    def _simulator_urls(self, port: int) -> dict[str, str]:
        """Return the addresses of the ServiceTitan simulator: one given in the environment, or ours on its own port.

        Its presence enables nothing: every flag that would call it stays off.
        """
        names = ("SERVICETITAN_STANDIN_AUTH_URL", "SERVICETITAN_STANDIN_API_URL")
        if given := {name: os.environ[name] for name in names if os.environ.get(name)}:
            return given
        any_port = self.wanted_port == 0
        self.simulator_port = free_port() if any_port else web_port.next_free(max(web_port.FIRST_OF_STAND_IN, port + 1))
        return dict.fromkeys(names, f"http://127.0.0.1:{self.simulator_port}")

    def _authority_variables(self) -> dict[str, str]:
        """Return a local timestamp authority; none without openssl or if the environment names another."""
        if os.environ.get("LOG_AUTHORITY_URL") or not shutil.which("openssl"):
            return {}
        folder = self.place.folder("authority")
        return {"LOG_LOCAL_AUTHORITY": str(folder), "LOG_AUTHORITY_CERTIFICATE": local_authority.make(folder)}

    def _text_variables(self) -> dict[str, str]:
        """Return the account of the text simulator, unless the environment has an account."""
        if os.environ.get("TEXT_ACCOUNT"):
            return {}
        self.texts_port = free_port()
        return {
            "TEXT_ACCOUNT": "ACsimulator",
            "TEXT_TOKEN": stored_secret(self.place.secret_file("text_token"), size=16),
            "TEXT_FROM": "+16025550100",
            "TEXT_SIMULATOR_URL": f"http://127.0.0.1:{self.texts_port}",
        }

    def _load(self, *names: str, database_url: str) -> None:
        log = self.place.folder("logs") / "setup.log"
        start = log.stat().st_size if log.exists() else 0
        with log.open("ab") as output:
            child = spawn(
                [sys.executable, "-m", "pagetojob.local.load", *names],
                folder=CLONE,
                output=output,
                death_signal=signal.SIGTERM,
                env=self.environment | {"DATABASE_URL": database_url},
            )
        try:
            code = child.wait()
        except BaseException:
            end(child, ((signal.SIGTERM, 5.0),))
            raise
        if code != 0:
            output_tail = tail(log, start=start, lines=40)
            raise LocalError(f"{' and '.join(names)} failed (exit code {code}). Last lines of {log}:\n{output_tail}")

    def _start_children(self, port: int) -> None:
        assert self.children is not None
        add, python = self.children.add, (sys.executable, "-m")
        gunicorn = (
            "gunicorn",
            "--no-control-socket",
            "--limit-request-line",
            "0",
            "--log-level",
            "warning",
            "--graceful-timeout",
            "10",
        )
        threads = ("--worker-class", "gthread", "--workers", "1", "--threads", "8")
        upstream = f"127.0.0.1:{free_port()}"
        add("web", *python, *gunicorn, *threads, "--bind", upstream, "pagetojob.wsgi")
        in_front = caddy.environment(port=port, gunicorn=upstream, folder=self.place.folder("caddy"))
        add("caddy", *caddy.command(), environment=in_front)
        # The checks import every page and its libraries, which takes 30 MB in each worker; `make check` runs them.
        worker = ("celery", "-q", "-A", "pagetojob", "--skip-checks", "worker", "--loglevel", "WARNING")
        # A worker with a heartbeat may hang while stopping if the broker is gone.
        quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat")
        limit = ("--max-memory-per-child", str(WORKER_CHILD_KILOBYTES))
        preload.load(self.environment)
        # Each queue has its own worker, as on a server: a drain takes half a minute, and a run longer.
        add_forked = self.children.add_forked
        for queue in ("deliver", "work", "heavy"):
            add_forked(f"worker-{queue}", *worker, *quiet, *limit, "-Q", queue, "-c", "1", "-n", f"{queue}@%h")
        add_forked("dispatcher", "django", "dispatch")
        if self.backups:
            add("backups", sys.executable, "manage.py", "backup", "run")
        if self.simulator_port is not None:
            hooks = ("--hooks-to", f"http://127.0.0.1:{port}")
            add("simulator", sys.executable, "manage.py", "standin", "--port", str(self.simulator_port), *hooks)
        if self.texts_port is not None:
            options = ("--port", str(self.texts_port), "--file", str(self.place.folder("texts") / "messages.json"))
            add("texts", sys.executable, "manage.py", "text_simulator", *options)

    def _wait_for_website(self, port: int) -> None:
        assert self.children is not None
        deadline = time.monotonic() + READY_SECONDS
        while not web_port.answers(port, "/readyz"):
            self.children.turn(0.1)
            if time.monotonic() > deadline:
                raise LocalError(
                    f"The website did not answer on port {port} within {READY_SECONDS:.0f} s. "
                    f"See web.log and caddy.log in {self.place.folder('logs')}."
                )

    def _announce(self, port: int) -> None:
        self.started_at = datetime.datetime.now(datetime.UTC)
        self._write_instance()
        say = self.console.say
        password = self.environment["DEMO_PASSWORD"]
        say(f"\n  http://localhost:{port}\n\n  Sign in with any of these; the password is {password}")
        for email, what in DEMO_PEOPLE:
            say(f"    {email:<28} {what}")
        if self.simulator_port is not None:
            say(f"\n  http://127.0.0.1:{self.simulator_port}/  ServiceTitan simulator; its flags are off")
            say("    .venv/bin/python -m pagetojob.local manage demo_api on    lets the demo use it")
        if self.texts_port is not None:
            say(f"\n  http://127.0.0.1:{self.texts_port}/  text simulator; no message reaches a phone")
        say("\n  Ctrl-C stops everything.\n")

    def _pids(self) -> dict[str, int]:
        services = {service.title.lower(): service.pid for service in self.services}
        children = self.children.pids() if self.children is not None else {}
        alive = {name: pid for name, pid in services.items() if pid is not None}
        return {"supervisor": os.getpid()} | alive | children

    def _write_instance(self) -> None:
        self.place.write_instance(
            {
                "url": self.environment["PUBLIC_URL"],
                "pids": self._pids(),
                "mail": str(self.place.folder("mail")),
                "started_at": self.started_at.isoformat(timespec="seconds"),
                "operator": DEMO_PEOPLE[0][0],
                # Needed by `python -m pagetojob.local manage`; the file is as private as the secrets.
                "environment": self.variables,
            }
        )

    def _keep_running(self) -> None:
        assert self.children is not None
        self.setting_up = False
        known = self._pids()
        while not self.signals:
            self.children.turn(0.5)
            for service in self.services:
                if service.pid is None:
                    self._revive(service)
            if (pids := self._pids()) != known:
                # While the disk is full, it is written in a later turn.
                with suppress(OSError):
                    self._write_instance()
                    known = pids

    def _revive(self, service: Service) -> None:
        """Restart a server that ended. If that fails, retry with increasing pauses."""
        pause = self.pauses.get(service, 1.0)
        if time.monotonic() < self.due.get(service, 0.0):
            return
        self.console.say(f"{service.title} ended; restarting it.")
        self.due[service] = time.monotonic() + pause
        self.pauses[service] = min(pause * 2, 30.0)
        try:
            service.restart()
        except (LocalError, OSError) as error:
            self.console.say(f"{error}\nNext attempt in {pause:.0f} s.")

    def _take_down(self) -> None:
        self.setting_up = False
        self.place.instance_file.unlink(missing_ok=True)
        asked = self.signals
        if self.children is not None:
            self.console.say("Stopping website, workers, dispatcher and simulator. Press Ctrl-C again to stop faster.")
            self.children.stop(lambda: self.signals > asked)
        for service in reversed(self.services):
            service.stop()
        self.console.say("Stopped.")
