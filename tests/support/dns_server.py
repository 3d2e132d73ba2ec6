"""DNS server simulator: answers from the zones of a test over UDP and TCP on 127.0.0.1, and fails where told to."""

import socketserver
import threading
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

ORIGIN = dns.name.from_text("shop.example.")
#: Zone of PageToJob, which every test zone can refer to.
OURS = (
    "shop.sites.pagetojob.example. A 203.0.113.10",
    'spf.pagetojob.example. TXT "v=spf1 ip4:203.0.113.0/24 -all"',
    'ptj1.dkim.pagetojob.example. TXT "v=DKIM1; k=rsa; p=QUJD"',
)
_RCODES = {"servfail": dns.rcode.SERVFAIL, "refused": dns.rcode.REFUSED, "notimp": dns.rcode.NOTIMP}
_RCODES["no-edns"] = dns.rcode.FORMERR
_SLOW_SECONDS = 0.15

type _Record = tuple[dns.name.Name, dns.rdatatype.RdataType, dns.rdata.Rdata]


class DnsServer:
    """Answers queries from `zone`. A recursive server follows aliases; the other one answers with the first only."""

    def __init__(self) -> None:
        self.records: list[_Record] = []
        self.failures: dict[tuple[dns.name.Name, str], str] = {}
        self.recursive = True
        self.queries: list[tuple[str, str]] = []
        self._udp, self._tcp = _servers()
        self.port: int = self._udp.server_address[1]
        self._udp.owner = self._tcp.owner = self

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", self.port

    def load(self, zone: Iterable[str], failures: dict[str, str] | None = None, *, recursive: bool = True) -> None:
        """Replace the zone by lines such as `www A 203.0.113.1`, and the failures by `{"www *": "timeout"}`."""
        self.records = [_record(line) for line in (*OURS, *zone)]
        self.failures = {}
        for question, failure in (failures or {}).items():
            name, type_ = question.split()
            self.failures[_name(name), type_] = failure
        self.recursive = recursive
        self.queries = []

    def start(self) -> None:
        for server in (self._udp, self._tcp):
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        for server in (self._udp, self._tcp):
            server.shutdown()
            server.server_close()

    def answer(self, data: bytes, *, tcp: bool) -> bytes | None:
        """Return the bytes of an answer, or None for none."""
        query = dns.message.from_wire(data)
        question = query.question[0]
        type_ = dns.rdatatype.to_text(question.rdtype)
        self.queries.append((question.name.to_text(), type_))
        failure = self.failures.get((question.name, type_)) or self.failures.get((question.name, "*"))
        response = dns.message.make_response(query, recursion_available=self.recursive)
        if failure == "timeout":
            return None
        if failure == "garbage":
            return b"\x00\x01\x02"
        if failure == "slow":
            time.sleep(_SLOW_SECONDS)
        if failure in _RCODES and (failure != "no-edns" or query.edns >= 0):
            response.set_rcode(_RCODES[failure])
            return response.to_wire()
        if failure == "referral":
            response.authority.append(dns.rrset.from_text(ORIGIN, 300, "IN", "NS", "ns1.elsewhere.example."))
            return response.to_wire()
        if failure == "truncate" and not tcp:
            response.flags |= dns.flags.TC
            return response.to_wire()
        self._fill(response, question.name, question.rdtype)
        if failure == "wrong-id":
            response.id ^= 1
        return response.to_wire(max_size=65535)

    def _fill(self, response: dns.message.Message, name: dns.name.Name, type_: dns.rdatatype.RdataType) -> None:
        for _ in range(12):
            rdatas = self._at(name)
            if rdatas is None:
                response.set_rcode(dns.rcode.NXDOMAIN)
                return
            wanted = [rdata for rdata in rdatas if rdata.rdtype == type_]
            alias = [rdata for rdata in rdatas if rdata.rdtype == dns.rdatatype.CNAME and type_ != rdata.rdtype]
            # Of a broken name, a recursive server shows one half and an authoritative one both.
            for rdata in wanted if wanted and self.recursive else [*alias, *wanted]:
                response.answer.append(dns.rrset.from_rdata(name, 300, rdata))
            if wanted or not alias or not self.recursive:
                return
            name = alias[0].target  # type: ignore[attr-defined]

    def _at(self, name: dns.name.Name) -> list[dns.rdata.Rdata] | None:
        """Return the records of a name, by a wildcard if it does not exist; None if there is none."""
        if any(owner.is_subdomain(name) for owner, _, _ in self.records):
            return [rdata for owner, _, rdata in self.records if owner == name]
        for depth in range(1, len(name.labels) - 1):
            above = dns.name.Name(name.labels[depth:])
            if any(owner.is_subdomain(above) for owner, _, _ in self.records):
                wild = dns.name.Name([b"*", *above.labels])
                return [rdata for owner, _, rdata in self.records if owner == wild] or None
        return None


def _name(text: str) -> dns.name.Name:
    return ORIGIN if text == "@" else dns.name.from_text(text, ORIGIN)


def _record(line: str) -> _Record:
    name, type_, value = line.split(maxsplit=2)
    rdtype = dns.rdatatype.from_text(type_)
    return _name(name), rdtype, dns.rdata.from_text("IN", rdtype, value, ORIGIN, relativize=False)


class _Udp(socketserver.ThreadingUDPServer):
    daemon_threads = True
    owner: DnsServer


class _Tcp(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    owner: DnsServer


class _UdpHandler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        data, line = self.request
        if (answer := self.server.owner.answer(data, tcp=False)) is not None:  # type: ignore[attr-defined]
            line.sendto(answer, self.client_address)


class _TcpHandler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        while len(length := self.rfile.read(2)) == 2:
            data = self.rfile.read(int.from_bytes(length))
            answer = self.server.owner.answer(data, tcp=True)  # type: ignore[attr-defined]
            if answer is None:
                return
            self.wfile.write(len(answer).to_bytes(2) + answer)


def _servers() -> tuple[_Udp, _Tcp]:
    """Bind both protocols to one free port. Another process may use the TCP port that is free for UDP."""
    udp = _Udp(("127.0.0.1", 0), _UdpHandler)
    try:
        return udp, _Tcp(udp.server_address, _TcpHandler)
    except OSError:
        other = _servers()  # while the port is taken, so that another one is chosen
        udp.server_close()
        return other


@contextmanager
def dns_server() -> Generator[DnsServer]:
    """Run a server as long as the block lasts."""
    server = DnsServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()


#: The records that the zones of the tests are compared with, unless a test names others.
WANTED: dict[str, Any] = {
    "domain": "shop.example",
    "records": [{"name": "www.shop.example", "type": "CNAME", "values": ["shop.sites.pagetojob.example"]}],
    "sender": "shop.example",
    "spf_include": "spf.pagetojob.example",
    "dkim": [{"selector": "ptj1", "cname": "ptj1.dkim.pagetojob.example"}],
}
