"""Posts of the request form, many at once, each from a visitor of its own. Bounded in count and time."""

import http.client
import re
import ssl
import threading
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

FORM = "/sites/desert-peak/request-appointment?page=/ac-repair-phoenix"
ANSWERS = {
    "service": "AC Repair",
    "urgency": "soon",
    "preferred_window": "afternoon",
    "name": "Jamie Rivera",
    "phone": "(602) 555-0199",
    "email": "jamie@example.com",
    "street": "1840 E Camelback Rd",
    "city": "Phoenix",
    "state": "AZ",
    "zip": "85016",
    "message": "No cold air since this morning.",
    "consent": "on",
}
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


@dataclass(frozen=True)
class Answer:
    status: int
    seconds: float
    #: The visitor's, which `mailbox` repeats.
    number: int = -1


def hidden_fields(base: str, *, context: ssl.SSLContext | None = None) -> dict[str, str]:
    """What our page sends along, and the time a person takes to fill it in."""
    request = Request(base + FORM, headers={"X-Forwarded-Proto": "https"})  # noqa: S310 - our own address on loopback
    with urlopen(request, timeout=10, context=context) as page:  # noqa: S310
        fields = dict(HIDDEN.findall(page.read().decode()))
    time.sleep(4)
    return fields


def fire(
    url: str, *, count: int, at_once: int, fields: dict[str, str], first: int = 0, timeout: float = 30
) -> list[Answer]:
    """Send `count` posts over `at_once` kept connections; every answer, a lost connection as status 0."""
    parts = urlsplit(url)
    numbers = iter(range(first, first + count))
    lock, answers = threading.Lock(), list[Answer]()

    def visitor() -> None:
        line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                line.close()
                return
            answer = post(line, f"{parts.path}?{parts.query}", number, fields)
            with lock:
                answers.append(answer)

    threads = [threading.Thread(target=visitor) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def post(
    line: http.client.HTTPConnection, path: str, number: int, fields: dict[str, str], *, token: str = ""
) -> Answer:
    """Post the form of one visitor, whose address and mailbox contain the number. The same token is the same form."""
    own = {"form_token": token or str(uuid.uuid4()), "email": mailbox(number)}
    body = urlencode(ANSWERS | fields | own)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
    }
    began = time.perf_counter()
    try:
        line.request("POST", path, body, headers)
        response = line.getresponse()
        response.read()
        status = response.status
    except (OSError, http.client.HTTPException):
        line.close()
        status = 0
    return Answer(status, time.perf_counter() - began, number)


def mailbox(number: int) -> str:
    """Return the email address of a visitor, by which its request is found again."""
    return f"jamie{number}@example.com"


def by_status(answers: Sequence[Answer]) -> str:
    """How they were answered, as `54 of 302, 46 of 503`; 0 is a broken connection."""
    return ", ".join(f"{number} of {status}" for status, number in sorted(Counter(a.status for a in answers).items()))


def percentile(answers: Sequence[Answer], share: float) -> float:
    """The time below which `share` of the answers stay, in milliseconds."""
    times = sorted(answer.seconds for answer in answers)
    return 1000 * times[min(len(times) - 1, int(share * len(times)))]
