"""The guard as pure arithmetic: what is read, what is refused, and why. Nothing is looked up or dialled here."""

import ipaddress
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pagetojob.platform.outbound.addresses import OWN_NAMES, AddressRefused, Origin, read, read_origin
from pagetojob.platform.outbound.networks import block_reason, block_reason_when_listed, read_ip
from pagetojob.platform.outbound.resolving import locate


class Answers:
    """A resolver with answers of its own, one list a call; the last is repeated."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def resolve(self, host: str) -> list[str]:
        self.asked.append(host)
        answer = self.answers[min(len(self.asked), len(self.answers)) - 1] if self.answers else []
        if not answer:
            raise OSError("no such name")
        return answer


def verdict(url: str, *answers: list[str]) -> str:
    """ "allowed" or the reason, with a resolver that gives a public address unless told otherwise."""
    try:
        locate(read(url), resolver=Answers(*(answers or (["93.184.216.34"],))))
    except AddressRefused as refused:
        return refused.code
    return "allowed"


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("http://example.com", "http://example.com/"),
        ("HTTPS://EXAMPLE.COM:443/A?b#c", "https://example.com/A?b"),
        ("http://example.com:80", "http://example.com/"),
        ("http://example.com:443/", "http://example.com:443/"),
        ("https://example.com?x=1", "https://example.com/?x=1"),
        ("https://example.com#@127.0.0.1/", "https://example.com/"),
        ("https://example.com/@127.0.0.1", "https://example.com/@127.0.0.1"),
        ("https://example.com/?u=http://127.0.0.1/", "https://example.com/?u=http://127.0.0.1/"),
        ("https://r3---sn-a5m.example.com/", "https://r3---sn-a5m.example.com/"),
        ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
        ("https://bücher.example/straße?ü", "https://xn--bcher-kva.example/stra%C3%9Fe?%C3%BC"),
        ("https://BÜCHER.example/", "https://xn--bcher-kva.example/"),
        ("https://日本語.example/", "https://xn--wgv71a119e.example/"),
        ("http://93.184.216.34/", "http://93.184.216.34/"),
        ("http://[2606:4700:0:0::1]/", "http://[2606:4700::1]/"),
        ('https://example.com/a"b<c>{d}|e^f`', "https://example.com/a%22b%3Cc%3E%7Bd%7D%7Ce%5Ef%60"),
        ("https://" + "a" * 63 + ".example/", "https://" + "a" * 63 + ".example/"),
    ],
)
def test_valid_address_is_parsed_to_canonical_form(url: str, seen: str) -> None:
    assert str(read(url)) == seen
    assert str(read(seen)) == seen


REFUSED = [
    (reason, json.loads(url))
    for reason, _, url in (
        line.partition(" ") for line in Path(__file__).with_name("hostile_addresses.txt").read_text().splitlines()
    )
    if reason != "#"
]


@pytest.mark.parametrize("reason", sorted({reason for reason, _ in REFUSED}))
def test_hostile_address_is_refused_with_reason(reason: str) -> None:
    verdicts = {url: verdict(url) for expected, url in REFUSED if expected == reason}
    assert verdicts == dict.fromkeys(verdicts, reason)


def test_too_long_address_is_refused() -> None:
    assert verdict("http://example.com/" + "a" * 4096) == "url-length"


@pytest.mark.parametrize("name", sorted(OWN_NAMES))
def test_private_names_are_refused_before_lookup(name: str) -> None:
    resolver = Answers(["93.184.216.34"])
    with pytest.raises(AddressRefused, match="private network"):
        locate(read(f"http://host.{name}/"), resolver=resolver)
    assert resolver.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        *(
            "127.0.0.1",
            "10.0.0.7",
            "169.254.169.254",
            "0.0.0.0",
            "::1",
            "::ffff:10.0.0.1",
            "fe80::1",
            "fe80::1%eth0",
            "fd00::1",
        ),
        *(
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "100.64.1.1",
            "224.0.0.1",
            "2001::1",
            "127.1",
            "not an address",
            "198.18.0.1",
        ),
    ],
)
def test_one_blocked_address_refuses_the_name(answer: str) -> None:
    for answers in ([answer], ["93.184.216.34", answer], [answer, "93.184.216.34"]):
        assert verdict("http://example.com/", answers) != "allowed"


def test_all_private_addresses_of_ipaddress_are_blocked() -> None:
    """Their list is a floor, not the ceiling."""
    for network in (
        *ipaddress._IPv4Constants._private_networks,  # type: ignore[attr-defined]
        *ipaddress._IPv6Constants._private_networks,  # type: ignore[attr-defined]
    ):
        assert block_reason(network[0]) and block_reason(network[-1]), network


@given(st.integers(0, 2**32 - 1))
def test_allowed_ipv4_address_is_global_and_not_multicast(number: int) -> None:
    ip = ipaddress.IPv4Address(number)
    if block_reason(ip) is None:
        assert ip.is_global and not ip.is_multicast
    for inside in (f"::ffff:{ip}", f"64:ff9b::{ip}", f"::{ip}", f"2606:4700::5efe:{ip}"):
        assert block_reason(ipaddress.IPv6Address(inside)) is not None


@given(st.integers(0, 2**128 - 1))
def test_allowed_ipv6_address_is_global_unicast(number: int) -> None:
    ip = ipaddress.IPv6Address(number)
    if block_reason(ip) is None:
        assert ip.is_global and ip in ipaddress.IPv6Network("2000::/3")
        assert ip.ipv4_mapped is None and ip.sixtofour is None and ip.teredo is None


@given(st.text(max_size=40), st.sampled_from(["", "http://", "https://example.com", "http://[", "http://127.0.0.1"]))
def test_any_input_is_parsed_to_ascii_or_refused(text: str, before: str) -> None:
    try:
        seen = str(read(before + text))
    except AddressRefused:
        return
    assert seen.isascii() and seen.isprintable() and " " not in seen
    assert str(read(seen)) == seen


@given(st.characters(exclude_categories=["Cs"]))
def test_no_character_changes_the_address(character: str) -> None:
    """For each character that something may read as a digit or a dot."""
    for url in (f"http://{character}27.0.0.1/", f"http://127{character}0.0.1/", f"http://10.0.0.{character}/"):
        if character in "0123456789.":
            continue
        try:
            assert read(url).ip is None, url
        except AddressRefused:
            continue


class TestListedOrigins:
    LISTED = frozenset({read_origin("http://localhost:8080"), read_origin("http://demo.example")})

    def allowed(self, url: str, *answers: list[str]) -> bool:
        try:
            locate(read(url, listed=self.LISTED), resolver=Answers(*answers), listed=self.LISTED)
        except AddressRefused:
            return False
        return True

    def test_listed_origin_may_be_this_machine(self) -> None:
        assert self.allowed("http://localhost:8080/x", ["127.0.0.1", "::1"])
        assert self.allowed("http://demo.example/", ["10.1.2.3"])

    @pytest.mark.parametrize(
        "url",
        [
            *("https://localhost:8080/", "http://localhost:8081/", "http://localhost/", "http://127.0.0.1:8080/"),
            *(
                "http://localhost.:8080/",
                "http://a.localhost:8080/",
                "https://demo.example/",
                "http://x@localhost:8080/",
            ),
        ],
    )
    def test_another_scheme_host_or_port_is_another_origin(self, url: str) -> None:
        assert not self.allowed(url, ["127.0.0.1"])

    @pytest.mark.parametrize(
        "answer", ["169.254.169.254", "fd00:ec2::254", "224.0.0.1", "0.0.0.0", "fe80::1", "::ffff:127.0.0.1"]
    )
    def test_listed_origin_may_not_be_a_metadata_service(self, answer: str) -> None:
        assert not self.allowed("http://demo.example/", [answer])
        ip = read_ip(answer)
        assert ip is not None and block_reason_when_listed(ip)

    def test_origin_is_formatted_as_called(self) -> None:
        assert str(Origin("http", "::1", 8080)) == "http://[::1]:8080"
        assert read_origin("https://EXAMPLE.com/x?y") == Origin("https", "example.com", 443)
