"""Port of the website, and whether the website responds there."""

import errno
import http.client
import socket

from pagetojob.local.errors import PortTaken
from pagetojob.local.process import free_port

FIRST, TRIED = 8000, 100
#: Above the first few website ports, so that the two rarely conflict.
FIRST_OF_STAND_IN = 8090


def taken(port: int) -> bool:
    """Return whether another program listens on the port, on either loopback address: `localhost` may mean both."""
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            probe = socket.socket(family)
        except OSError:
            continue
        with probe:
            # Like the web server: lingering connections of an instance that just stopped must not count as taken.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError as error:
                if family == socket.AF_INET or error.errno == errno.EADDRINUSE:
                    return True
    return False


def choose(wanted: int | None) -> int:
    """Return the wanted port or raise PortTaken. Without one, return 8000 or the next free port; 0 means any."""
    if wanted == 0:
        return free_port()
    if wanted is not None:
        if taken(wanted):
            raise PortTaken(f"Port {wanted} is used by another program. Choose another one with --port.")
        return wanted
    return next_free(FIRST)


def next_free(first: int) -> int:
    """Return the first free port from `first` on."""
    for port in range(first, first + TRIED):
        if not taken(port):
            return port
    raise PortTaken(f"Ports {first} to {first + TRIED - 1} are all in use. Choose one with --port.")


def answers(port: int, path: str) -> bool:
    """Return whether the website responds to this path with status 200."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", path, headers={"Host": f"localhost:{port}"})
        return line.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()
