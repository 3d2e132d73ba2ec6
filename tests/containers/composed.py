"""docker-compose.yml run by podman-compose in a copy of the clone, with base images given by name."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sysconfig
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from deploy import make_secrets
from deploy.podman import VERSION_LABEL, PodmanError, limits, podman, settings_of_this_machine
from pagetojob.local.place import CLONE

SITE, SUFFIX = "www.pagetojob.test", "sites.pagetojob.test"
#: Of the wheel: Debian 13 has 1.3, which fills in no default of a variable that has the name of its setting.
COMPOSE = shutil.which("podman-compose", path=f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}")
PODMAN = Path(__file__).with_name("podman-without-requires")
HEALTH_SECONDS = 3.0
#: Lines of our own logs, of PostgreSQL's and of Caddy's that explain why a step failed.
PROBLEM = re.compile(r'"level": ?"(warning|error|critical)|\b(ERROR|FATAL|PANIC|Traceback)\b', re.IGNORECASE)
LAST_LINES, LONGEST_LINE = 10, 1500
#: Compose prefers a variable of its environment to the line in .env, so it gets none of ours, such as PUBLIC_URL.
ENVIRONMENT = {name: os.environ[name] for name in ("HOME", "PATH", "TMPDIR") if name in os.environ}
#: What the walk adds: certificates of Caddy's own authority, and a mail server.
ADDED = """
services:
  caddy:
    environment:
      CADDY_OPTIONS: |-
        local_certs
        skip_install_trust
  mail:
    image: ${PYTHON_IMAGE}
    command: [python3, /mail_sink.py]
    volumes: ["./tests/containers/mail_sink.py:/mail_sink.py:ro"]
    networks: [outgoing]
"""


class Composed:
    """A project of compose in a folder of its own."""

    def __init__(self, folder: Path, *, images: dict[str, str], https_port: int, http_port: int) -> None:
        self.folder, self.name = folder, f"ptj{os.getpid()}"
        self.files = ["docker-compose.yml", "walk.yml"]
        self.variables = images | {
            "PUBLIC_URL": f"https://{SITE}",
            "ALLOWED_HOSTS": SITE,
            "DEFAULT_FROM_EMAIL": "PageToJob <no-reply@pagetojob.test>",
            "PUBLIC_SUFFIX": SUFFIX,
            "CADDY_FILE": "Caddyfile.domains",
            "HTTP_PORT": f"127.0.0.1:{http_port}",
            "HTTPS_PORT": f"127.0.0.1:{https_port}",
        }
        copy_clone(folder)
        (folder / "walk.yml").write_text(ADDED)
        make_secrets.make(folder / "secrets")
        (folder / "secrets" / "email_url").write_text("smtp://mail:25")
        self.version("walk-1")

    def version(self, name: str) -> None:
        """Choose the version that the next build and start use."""
        lines = (self.variables | {"VERSION": name}).items()
        (self.folder / ".env").write_text("".join(f"{key}={value}\n" for key, value in lines))

    def compose(self, *arguments: str, options: Sequence[str] = ()) -> str:
        """Run podman-compose with the files of this project; return its standard output."""
        files = [f"--file={file}" for file in self.files]
        done = subprocess.run(
            [str(COMPOSE), f"--podman-path={PODMAN}", f"--project-name={self.name}", *files, *options, *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            env=ENVIRONMENT | {"PODMAN_IGNORE_CGROUPSV1_WARNING": "1"},
            check=False,
        )
        if done.returncode:
            raise PodmanError(
                f"podman-compose {' '.join(arguments)} ended with {done.returncode}: {done.stderr[-3000:]}"
            )
        return done.stdout

    def build(self, *services: str) -> None:
        with settings_of_this_machine() as secrets:
            given = " ".join([*secrets, *limits(), "--network=host"])
            # One after the other: at once, both would install the same libraries.
            for service in services:
                self.compose("build", service, options=[f"--podman-build-args={given}"])

    def up(self, *services: str) -> None:
        with self.health_checks():
            # As docs/how-to/deploy.md says: podman-compose 1.6 waits forever for an ended service that it has removed.
            if ended := self.containers("--filter=status=exited"):
                podman("rm", "--volumes", *ended)
            self.compose("up", "--detach", "--no-build", *services)

    def once(self, service: str, *command: str) -> str:
        """Run a command in a container of its own, while the other services are stopped."""
        return self.compose("run", "--rm", "--no-deps", "-T", service, *command)

    def lose(self, volume: str) -> None:
        """Stop everything and remove a volume with its content."""
        self.compose("down", "--timeout=10")
        podman("volume", "rm", f"{self.name}_{volume}")

    def run(self, service: str, *command: str, stdin: str = "") -> str:
        """Run a command in the container of a service."""
        done = subprocess.run(
            ["podman", "exec", "--interactive", self.container(service), *command],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise PodmanError(f"{service}: {' '.join(command)} ended with {done.returncode}: {done.stderr[-3000:]}")
        return done.stdout

    def containers(self, *filters: str) -> list[str]:
        return podman("ps", "--all", "--format={{.Names}}", f"--filter=name=^{self.name}_", *filters).split()

    def problems(self) -> str:
        """Return the last warnings and errors that each container logged."""
        shown = []
        for name in self.containers():
            command = ["podman", "logs", name]
            log = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            lines = [line for line in log.stdout.splitlines() if PROBLEM.search(line)]
            shown += [f"{name}: {line[:LONGEST_LINE]}" for line in lines[-LAST_LINES:]]
        return "\n".join(shown)

    def container(self, service: str) -> str:
        return f"{self.name}_{service}_1"

    def inspect(self, service: str) -> dict[str, Any]:
        (container,) = json.loads(podman("inspect", self.container(service)))
        return dict(container)

    def is_healthy(self, service: str) -> bool:
        """Run the health command of a service."""
        try:
            podman("healthcheck", "run", self.container(service))
        except PodmanError:
            return False
        return True

    @contextlib.contextmanager
    def health_checks(self) -> Iterator[None]:
        """Run the health commands every few seconds: podman leaves them to systemd, which not every machine has."""
        stop = threading.Event()

        def check() -> None:
            running: dict[str, subprocess.Popen[bytes]] = {}
            while not stop.wait(HEALTH_SECONDS):
                for name in self.containers("--filter=health=starting", "--filter=health=unhealthy"):
                    if name not in running or running[name].poll() is not None:
                        command = ["podman", "healthcheck", "run", name]
                        running[name] = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for process in running.values():
                process.wait()

        thread = threading.Thread(target=check, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def remove(self) -> None:
        """Remove containers, networks and volumes. The images stay, because the next build uses their layers."""
        with contextlib.suppress(PodmanError):
            self.compose("down", "--volumes", "--timeout=5")
        for name in self.containers():
            podman("rm", "--force", "--volumes", name, check=False)


def version_label(image: str) -> str:
    """Return the version that the label of an image names."""
    (inspected,) = json.loads(podman("image", "inspect", image))
    return str(inspected["Labels"].get(VERSION_LABEL))


def copy_clone(folder: Path) -> None:
    """Copy the files of the clone that git knows or would add, as a checkout has them."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listed, cwd=CLONE, capture_output=True, check=True).stdout.decode().split("\0")
    for name in filter(None, names):
        source, target = CLONE / name, folder / name
        if source.is_file() and not source.is_symlink():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
