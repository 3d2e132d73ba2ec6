"""Record the golden answers of a checkout: `python -m tests.golden.record --checkout DIR --out DIR`.

A recording holds, for the demo data, each URL pattern asked with GET and with an empty POST as each role (status,
headers, body), each mail that the demo makes the product send, and each frozen command (output, exit status, file).
The recorder starts its own servers, and reaches the checkout only through `python -m pagetojob.local`, `manage.py`,
its pages, and Django (see inside.py); so it can record commits whose Python is laid out differently.

Normalized are (see normalize.py): UUIDs, numbered in order of appearance within one answer; dates within three days of
the recording, and times of day; durations and ages; ports of this machine; CSRF tokens, nonces and hashes in policies;
hexadecimal words from eight characters on (digests, seals, the code digest, names of static files); signed and random
tokens; keys of authenticator apps; references and codes of requests; whole numbers of five digits and more, such as
sizes of files; folders; the values of /ops/metrics; the hours in the charts of /ops/charts/ and /ops/inbox/. Dates
further away are kept. They move with the day on which the demo is loaded, so two recordings must be of the same day.
Not recorded: the bytes of PDFs and images, the text of style sheets and scripts (their digest is), lines of the log.
"""

import argparse
import base64
import email
import email.policy
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from urllib.error import URLError
from urllib.parse import unquote, urlsplit
from urllib.request import urlopen

from tests.golden.commands import BY, COMMANDS, NOTE, REVIEW, Command
from tests.golden.compare import RECORDING, Answer, Recording, read, write
from tests.golden.instance import Checkout, RecordingFailed, prepare, running, servers
from tests.golden.normalize import HOURLY, UUID, Normalizer

HERE = Path(__file__).resolve().parent


def record(checkout: Checkout, out: Path) -> int:
    """Record `checkout` into the folder `out`; return the number of answers."""
    folder = Path(tempfile.mkdtemp(prefix="golden-"))
    try:
        with servers(folder) as (admin_url, redis_url):
            _say("starting the instance and the demo")
            prepare(checkout, folder, admin_url, redis_url)
            return write(out, _answers(checkout, folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _answers(checkout: Checkout, folder: Path) -> Iterator[Answer]:
    yield from mails(_mail_folder(checkout))
    _say("asking every route as every role")
    yield from pages(checkout, folder)
    _say("running the frozen commands")
    yield from commands(checkout, folder)


def _mail_folder(checkout: Checkout) -> Path:
    return Path(unquote(urlsplit(checkout.environment["EMAIL_URL"]).path))


def mails(folder: Path) -> Iterator[Answer]:
    """Every mail that was sent: for each address in the order of time, since subjects are wording."""
    sent: Counter[str] = Counter()
    for file in sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns):
        message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        normalizer = Normalizer()
        headers = [
            (name, str(value)) for name, value in message.items() if name.lower() not in {"message-id", "subject"}
        ]
        body = normalizer.body("text/plain", str(message["Subject"]).encode())
        for part in message.walk():
            if not part.is_multipart():
                body += normalizer.body(part.get_content_type(), str(part.get_content()).encode())
        sent[message["To"]] += 1
        yield Answer(
            f"MAIL {sent[message['To']]} to {message['To']}", 0, tuple(normalizer.headers(headers)), tuple(body)
        )


def pages(checkout: Checkout, folder: Path) -> Iterator[Answer]:
    """Every answer that inside.py got."""
    raw, log = folder / "answers.jsonl", folder / "inside.log"
    host = urlsplit(checkout.environment["PUBLIC_URL"]).netloc
    inside = (str(HERE / "inside.py"), str(raw), host, str(_mail_folder(checkout)))
    with running(checkout.spawn(*inside, log=log, LOG_LEVEL="ERROR")) as process:
        if process.wait() != 0:
            raise RecordingFailed(f"The pages could not be recorded:\n{log.read_text()[-3000:]}")
    _say(" ".join(line for line in log.read_text().splitlines() if not line.startswith("{")))
    with raw.open(encoding="utf-8") as lines:
        for answer in map(json.loads, lines):
            normalizer = Normalizer()
            headers = normalizer.headers(answer["headers"])
            kind = next((value for name, value in answer["headers"] if name == "Content-Type"), "")
            body = normalizer.body(kind, base64.b64decode(answer["body"]))
            body = normalizer.hourly(body) if answer["key"].startswith(HOURLY) else body
            yield Answer(answer["key"], answer["status"], tuple(headers), tuple(body))


def commands(checkout: Checkout, folder: Path) -> Iterator[Answer]:
    """Every frozen command, beside a web server and the simulator of ServiceTitan."""
    url = checkout.environment["PUBLIC_URL"]
    simulator = str(urlsplit(checkout.environment["SERVICETITAN_STANDIN_API_URL"]).port)
    website = ("runserver", "--noreload", "--skip-checks", str(urlsplit(url).port))
    with (
        running(checkout.spawn("manage.py", *website, log=folder / "web.log")),
        running(checkout.spawn("manage.py", "standin", "--port", simulator, log=folder / "simulator.log")),
        running(checkout.spawn(str(HERE / "inside.py"), "commands", log=folder / "commands.log", pipes=True)) as runner,
    ):
        _wait_for(url)
        printed = b""
        for number, command in enumerate(COMMANDS, 1):
            answer, printed = _run(checkout, runner, command, folder, printed=printed, number=number)
            if command.is_recorded:
                yield answer


def _run(
    checkout: Checkout, runner: subprocess.Popen[bytes], command: Command, folder: Path, *, printed: bytes, number: int
) -> tuple[Answer, bytes]:
    """Run one command; its answer, and what it printed."""
    identifier = UUID.search(printed.decode())
    filled = command.arguments.replace("{note}", NOTE).replace("{by}", BY).replace("{review}", REVIEW)
    filled = filled.format(
        inputs=HERE / "inputs",
        out=folder,
        url=checkout.environment["PUBLIC_URL"],
        soon=(datetime.now(UTC) + timedelta(days=2)).date(),
        id=identifier[0] if identifier else "none",
    )
    reads = str(HERE / "inputs" / command.reads) if command.reads else os.devnull
    job = {"arguments": shlex.split(filled), "reads": reads, "out": str(folder / "out"), "err": str(folder / "err")}
    assert runner.stdin is not None and runner.stdout is not None
    runner.stdin.write(json.dumps(job).encode() + b"\n")
    runner.stdin.flush()
    status = int(runner.stdout.readline())
    out, err, written = (
        (folder / name).read_bytes().replace(bytes(HERE), b"<golden>").replace(bytes(folder), b"<out>")
        if (folder / name).is_file()
        else b""
        for name in ("out", "err", command.writes)
    )
    err = b"\n".join(line for line in err.splitlines() if not line.startswith(b"{"))  # without lines of the log
    normalizer = Normalizer()
    body = normalizer.body("json" if out.startswith(b"{\n") else "txt", out)
    body += ["#standard error", *normalizer.body("txt", err)]
    if command.writes:
        body += [f"#file {command.writes}", *normalizer.body(command.writes.rpartition(".")[2], written)]
    return Answer(f"COMMAND {number:02} {command.arguments}", status, (), tuple(body)), out


def _wait_for(url: str) -> None:
    """Wait until the web server answers, with whatever status."""
    for _ in range(300):
        with suppress(URLError, ConnectionError):
            urlopen(f"{url}/robots.txt", timeout=10).close()
            return
        time.sleep(0.5)
    raise RecordingFailed(f"The web server did not answer at {url}.")


def _extract(repository: Path, commit: str, folder: Path) -> Path:
    """Write the files of a commit into `folder`."""
    packed = subprocess.run(["git", "-C", str(repository), "archive", commit], capture_output=True, check=False)
    if packed.returncode != 0:
        raise RecordingFailed(f"There is no commit {commit}: {packed.stderr.decode().strip()}")
    subprocess.run(["tar", "-x", "-C", str(folder)], input=packed.stdout, check=True)
    return folder


def python_for(root: Path, ours: Path) -> str:
    """Return a Python with the libraries of the commit in `root`: this one if the lock file of `ours` is the same."""
    lock = Path("requirements") / "dev.txt"
    if (root / lock).read_bytes() == (ours / lock).read_bytes():
        return sys.executable
    _say("installing the libraries of the commit")
    script = ["sh", str(root / "pagetojob" / "local" / "bootstrap.sh"), "dev"]
    made = subprocess.run(script, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise RecordingFailed(f"The libraries of the commit could not be installed: {made.stderr.strip()}")
    return str(root / ".venv" / "bin" / "python")


def server_errors(recording: Recording) -> str:
    """Name the pages that answered with a server error: a comparison does not notice those of both recordings."""
    pages = sorted(answer.key for answer in recording.values() if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR)
    return f"server errors: {len(pages)}: {', '.join(pages)}" if pages else ""


def _say(text: str) -> None:
    if text:
        print(f"{datetime.now(UTC):%H:%M:%S} {text}", file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Record one checkout; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.golden.record", description=__doc__)
    parser.add_argument("--checkout", type=Path, default=HERE.parents[1], help="The code to record; this one.")
    parser.add_argument("--commit", help="Record this commit of the checkout instead of its files.")
    parser.add_argument("--out", type=Path, required=True, help="The folder of the recording.")
    parser.add_argument("--python", help="The Python that runs it; without it, one with the libraries of the commit.")
    options = parser.parse_args(arguments)
    started = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped by SIGTERM."))  # and not at once: servers run
    with tempfile.TemporaryDirectory(prefix="golden-checkout-") as folder:
        try:
            root = _extract(options.checkout, options.commit, Path(folder)) if options.commit else options.checkout
            own = python_for(root, HERE.parents[1]) if options.commit and not options.python else sys.executable
            count = record(Checkout(root.resolve(), options.python or own), options.out)
        except RecordingFailed as failed:
            print(failed, file=sys.stderr)
            return 1
    _say(server_errors(read(options.out)))
    size = (options.out / RECORDING).stat().st_size / 1e6
    print(f"{count} answers in {options.out / RECORDING}, {size:.1f} MB, {time.monotonic() - started:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
