"""Take a picture of a document in a Chromium that has no network, no scripts, few resources and little time. Pure.

Each picture has its own process group, which is killed afterwards. The kernel gives it a network namespace without any
interface. Without such a namespace, no browser is started. We talk to it over a pipe, in JSON.

A page that breaks out of the browser's own sandbox can open no connection, but it can read the files of the user that
runs the browser: an unprivileged user if the worker is root, else the worker's own. There is no mount namespace.
"""

import base64
import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Generator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from pagetojob.platform.limited_process import Slots, TooManyChildren

from .region_page import REGION

_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
#: Setting that switches pictures off.
OFF = "off"
SECONDS = 15
_CPU_SECONDS, _FILE_BYTES, _DATA_BYTES = 20, 64 * 1024**2, 1024**3
#: Bytes of one message: a page of text and its picture are far smaller.
_MOST_MESSAGE = 16 * 1024**2
WIDTH, HEIGHT, _ABOVE = 1024, 640, 160
_UNPRIVILEGED_ID = 65534
#: A machine runs one browser at a time, so that pictures leave the processors to other work.
_SLOTS = Slots(running=1, waiting=0, wait_seconds=5, lock="pagetojob-browser")
_OPTIONS = (
    *("--headless", "--remote-debugging-pipe", "--disable-gpu", "--no-first-run", "--hide-scrollbars", "--mute-audio"),
    *("--disable-extensions", "--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-breakpad", "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND"),
    *("--js-flags=--jitless", "--renderer-process-limit=1"),
)


class PictureFailed(Exception):
    """Raised when no picture was taken. The message gives the reason in one sentence."""


class BrowserBusy(PictureFailed):
    """Raised when another worker of this machine is taking a picture."""


class RegionHidden(PictureFailed):
    """Raised when the region of the document has no size."""


def find_browser(setting: str) -> str:
    """Return the path of Chromium: the setting, or the first that is installed. Empty: no pictures."""
    if setting == OFF or not _has_namespaces():
        return ""
    return setting or next(filter(None, map(shutil.which, _NAMES)), "")


def _has_namespaces() -> bool:
    try:
        return _create_namespaces()
    except (OSError, subprocess.SubprocessError):
        return False


@lru_cache
def _create_namespaces() -> bool:
    """Return True, or raise an error. Only success is cached: a busy machine may take longer than the timeout."""
    subprocess.run([*_walls(), "true"], capture_output=True, timeout=5, check=True)  # noqa: S603 - constants
    return True


def _walls() -> list[str]:
    """Return the command that limits the resources of another command and cuts it off from the network.

    Chromium's own sandbox refuses to run as root.
    """
    limits = ["prlimit", f"--cpu={_CPU_SECONDS}", f"--fsize={_FILE_BYTES}", f"--data={_DATA_BYTES}", "--core=0"]
    unprivileged = (
        [f"--reuid={_UNPRIVILEGED_ID}", f"--regid={_UNPRIVILEGED_ID}", "--clear-groups"] if os.geteuid() == 0 else []
    )
    apart = ["unshare", "--user", "--map-current-user", "--net", "--ipc", "--pid", "--fork", "--kill-child"]
    return [*limits, "nice", "-n", "10", "setpriv", "--no-new-privs", *unprivileged, *apart]


def take_picture(browser: str, html: str) -> bytes:
    """Return a PNG of the marked region of a document and of its surroundings. Raises PictureFailed."""
    try:
        with _SLOTS.taken(), tempfile.TemporaryDirectory(prefix="picture-", ignore_cleanup_errors=True) as folder:
            if os.geteuid() == 0:
                os.chown(folder, _UNPRIVILEGED_ID, _UNPRIVILEGED_ID)
            with _running(browser, folder) as chromium:
                return _Session(chromium).picture(html)
    except TooManyChildren as error:
        raise BrowserBusy("Another picture is being taken.") from error
    except (OSError, subprocess.SubprocessError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise PictureFailed("The browser ended or gave no picture.") from error


@contextmanager
def _running(browser: str, folder: str) -> Generator["subprocess.Popen[bytes]"]:
    """Run Chromium, and kill it with all of its processes."""
    # Chromium reads commands from descriptor 3 and answers on 4.
    onto_pipes = ["sh", "-c", 'exec "$@" 3<&0 4>&1 0</dev/null 1>/dev/null', "sh"]
    process = subprocess.Popen(  # noqa: S603 - constants and the operator's setting
        [*onto_pipes, *_walls(), browser, *_OPTIONS, f"--user-data-dir={folder}", "about:blank"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd=folder,
        env={"PATH": os.defpath, "HOME": folder, "TMPDIR": folder, "LANG": "C.UTF-8"},
    )
    limit = threading.Timer(SECONDS, _kill, [process])
    limit.start()
    try:
        yield process
    finally:
        limit.cancel()
        _kill(process)
        process.communicate(timeout=5)


def _kill(process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


class _Session:
    """A conversation in the DevTools protocol."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdin is not None and process.stdout is not None
        self._to, self._from = process.stdin, process.stdout.fileno()
        self._buffer = bytearray()
        self._number = 0
        self._session = ""

    def picture(self, html: str) -> bytes:
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._ask("Emulation.setScriptExecutionDisabled", value=True)
        self._ask("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=0, uploadThroughput=0)
        self._ask("Emulation.setDeviceMetricsOverride", width=WIDTH, height=HEIGHT, deviceScaleFactor=1, mobile=False)
        self._ask("Page.setDocumentContent", frameId=target, html=html)
        clip = {"x": 0, "y": self._top(), "width": WIDTH, "height": HEIGHT, "scale": 1}
        shot = self._ask("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        return base64.b64decode(shot["data"], validate=True)

    def _top(self) -> int:
        """Return where the picture begins: some way above the region. Raises RegionHidden."""
        root = self._ask("DOM.getDocument", depth=0)["root"]["nodeId"]
        region = self._ask("DOM.querySelector", nodeId=root, selector=f"#{REGION}").get("nodeId")
        box = self._ask("DOM.getBoxModel", nodeId=region).get("model") if region else None
        if not box or box["width"] < 1 or box["height"] < 1:
            raise RegionHidden("The page hides the region.")
        return max(0, round(float(box["border"][1])) - _ABOVE)

    def _ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and return its result; a command that Chromium refuses has an empty one."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        self._to.write(json.dumps(message).encode() + b"\0")
        self._to.flush()
        while True:
            answer = json.loads(self._read())
            if not isinstance(answer, dict):
                raise PictureFailed("The browser does not speak the DevTools protocol.")
            if answer.get("id") == self._number:
                result: dict[str, Any] = answer.get("result", {})
                return result

    def _read(self) -> bytes:
        """Return the next message. The pipe ends when the time limit kills the browser."""
        while (end := self._buffer.find(b"\0")) < 0:
            piece = os.read(self._from, 1 << 20)
            if not piece or len(self._buffer) > _MOST_MESSAGE:
                raise PictureFailed(f"The browser ended early, or took longer than {SECONDS} seconds.")
            self._buffer += piece
        message = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return message
