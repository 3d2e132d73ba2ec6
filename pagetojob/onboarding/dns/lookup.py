"""Sends DNS queries to one resolver. No other module of the product sends any.

The resolver may be recursive or may only know its own zones: queries ask for recursion, and `resolve` follows aliases
that an answer leaves open.
"""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.resolver
from dns.rdtypes.ANY.TXT import TXT

from .names import show

#: An answer within this time counts; a query is sent twice.
QUERY_SECONDS = 3.0
ATTEMPTS = 2
#: All queries of one check. Queries that are open then are not answered.
TOTAL_SECONDS = 20.0
#: As many aliases as resolvers follow.
MOST_ALIASES = 16
_CONCURRENT = 20
#: Large enough for most answers, small enough to avoid fragments.
_PAYLOAD = 1232


class CannotTell(Exception):
    """Raised when the resolver gives no usable answer. The message is for people."""


@dataclass(frozen=True)
class Reply:
    """A usable answer: records of any name, or none. `exists` is false if the name has no records of any type."""

    exists: bool
    records: tuple[tuple[dns.name.Name, str, str], ...]

    def values(self, owner: dns.name.Name, type_: str) -> list[str]:
        """Return the values of one type that belong to `owner` itself, not to an alias of it."""
        return [value for name, kind, value in self.records if name == owner and kind == type_]


@dataclass(frozen=True)
class Resolution:
    """Values of a type after aliases were followed; `aliases` are the names on the way."""

    aliases: tuple[str, ...]
    values: tuple[str, ...]
    exists: bool


class Lookup:
    """Asks one resolver, each question once. Valid in one event loop for one check."""

    def __init__(
        self,
        resolver: tuple[str, int],
        *,
        query_seconds: float = QUERY_SECONDS,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        self._address, self._port = resolver
        self._query_seconds, self._total_seconds = query_seconds, total_seconds
        self._deadline: float | None = None
        self._asked: dict[tuple[dns.name.Name, str], asyncio.Task[Reply]] = {}
        self._slots = asyncio.Semaphore(_CONCURRENT)

    def prefetch(self, questions: Iterable[tuple[dns.name.Name, str]]) -> None:
        """Send questions now whose answers are needed later."""
        for name, type_ in questions:
            self._task(name, type_)

    async def ask(self, name: dns.name.Name, type_: str) -> Reply:
        """Return the answer to one question. Raises CannotTell."""
        return await self._task(name, type_)

    async def resolve(self, name: dns.name.Name, type_: str) -> Resolution:
        """Return the values of a type, following aliases. A loop ends without values. Raises CannotTell."""
        aliases: list[dns.name.Name] = []
        while True:
            asked, reply = name, await self.ask(name, type_)
            while not (values := reply.values(name, type_)) and (targets := reply.values(name, "CNAME")):
                name = dns.name.from_text(targets[0])
                looped = name in aliases or len(aliases) >= MOST_ALIASES
                aliases.append(name)
                if looped:
                    return Resolution(_shown(aliases), (), exists=True)
            if values or name == asked:
                return Resolution(_shown(aliases), tuple(values), reply.exists)

    async def close(self) -> None:
        """Drop the questions that are still open."""
        for task in self._asked.values():
            task.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)

    def _task(self, name: dns.name.Name, type_: str) -> asyncio.Task[Reply]:
        if (name, type_) not in self._asked:
            task = asyncio.ensure_future(self._ask(name, type_))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())  # may never be awaited
            self._asked[name, type_] = task
        return self._asked[name, type_]

    async def _ask(self, name: dns.name.Name, type_: str) -> Reply:
        now = asyncio.get_running_loop().time()
        if self._deadline is None:
            self._deadline = now + self._total_seconds
        try:
            async with asyncio.timeout_at(self._deadline), self._slots:
                return await self._attempts(name, type_)
        except TimeoutError:
            raise CannotTell(f"The DNS query for {show(name)} ({type_}) was not answered in time.") from None

    async def _attempts(self, name: dns.name.Name, type_: str) -> Reply:
        subject = f"The DNS query for {show(name)} ({type_})"
        problem = CannotTell(f"{subject} was not answered.")
        for attempt in range(ATTEMPTS):
            try:
                # Some servers fail on EDNS, so only the first attempt uses it.
                return _read(await self._send(name, type_, edns=attempt == 0), subject)
            except CannotTell as refused:
                problem = refused
            except dns.exception.Timeout:
                problem = CannotTell(f"{subject} was not answered in time.")
            except (dns.exception.DNSException, OSError, EOFError):
                problem = CannotTell(f"{subject} got no valid answer.")
        raise problem

    async def _send(self, name: dns.name.Name, type_: str, *, edns: bool) -> dns.message.Message:
        query = dns.message.make_query(name, type_, use_edns=0 if edns else False, payload=_PAYLOAD)
        answer, _ = await dns.asyncquery.udp_with_fallback(
            query,
            self._address,
            timeout=self._query_seconds,
            port=self._port,
            ignore_unexpected=True,
            # Each record separately: dnspython keeps only the last of several aliases of a name.
            one_rr_per_rrset=True,
            ignore_errors=True,
        )
        return answer


def _read(answer: dns.message.Message, subject: str) -> Reply:
    rcode = answer.rcode()
    if rcode not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        raise CannotTell(f"{subject} was answered with {dns.rcode.to_text(rcode)}.")
    authority = {rrset.rdtype for rrset in answer.authority}
    referral = dns.rdatatype.NS in authority and dns.rdatatype.SOA not in authority
    if rcode == dns.rcode.NOERROR and not answer.answer and referral:
        raise CannotTell(f"{subject} was answered with a referral to other servers.")
    records = [
        (rrset.name, dns.rdatatype.to_text(rrset.rdtype), _value(rdata)) for rrset in answer.answer for rdata in rrset
    ]
    # NXDOMAIN is about the last alias, so a name with records exists.
    return Reply(rcode == dns.rcode.NOERROR or bool(records), tuple(records))


def _value(rdata: dns.rdata.Rdata) -> str:
    if isinstance(rdata, TXT):
        return b"".join(rdata.strings).decode("utf-8", "replace")
    return rdata.to_text()


def _shown(names: list[dns.name.Name]) -> tuple[str, ...]:
    return tuple(show(name) for name in names)


def parse_resolver(text: str) -> tuple[str, int]:
    """Return address and port of HOST:PORT, such as 127.0.0.1:53 or [::1]:53. Raises ValueError."""
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError("The resolver must be HOST:PORT, such as 127.0.0.1:53.")
    with contextlib.suppress(ValueError):
        return str(ipaddress.ip_address(host)), int(port)
    try:
        return str(socket.getaddrinfo(host, int(port), type=socket.SOCK_DGRAM)[0][4][0]), int(port)
    except (OSError, UnicodeError):
        raise ValueError(f"The resolver {host[:80]!r} has no address.") from None


def system_resolver() -> tuple[str, int]:
    """Return the first resolver of this machine. Raises ValueError if it has none."""
    try:
        resolver = dns.resolver.Resolver()
    except dns.exception.DNSException:
        raise ValueError("This machine has no DNS resolver.") from None
    return str(resolver.nameservers[0]), resolver.port
