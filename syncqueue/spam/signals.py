"""Signals outside of phrases: links, markup, probes, gibberish, contact details and timing. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from . import attacks, gibberish, links, normalize, senders
from .request import FIELDS, Request
from .words import WORDS

_NO_SERVICE = frozenset(("", "other", "something else", "not sure", "general question", "general", "free estimate"))


@dataclass(frozen=True)
class Signal:
    """A rule outside of phrases. A negative weight is evidence for a customer and has no reason."""

    name: str
    reason: str
    weight: float
    seen: Callable[[Request], bool]
    example: Mapping[str, object]
    counter: Mapping[str, object]


def _odd_link(r: Request) -> bool:
    return any(links.is_host(h, WORDS["shorteners"]) or h.rpartition(".")[2] in links.ODD_TLDS for h in r.hosts)


def _unknown_link(r: Request) -> bool:
    return any(not links.is_safe(host) for host in r.hosts)


def _own_link(r: Request) -> bool:
    return bool(r.domain) and not senders.has_free_mail(r) and any(links.is_host(host, [r.domain]) for host in r.hosts)


def _link_elsewhere(r: Request) -> bool:
    texts = (r.fields[name].lower() for name in ("name", "street", "city", "state", "service", "phone"))
    return any(links.host_of(word) for text in texts for word in text.split())


def _length(r: Request, least: int) -> bool:
    return len(r.stems) >= least


def _service(r: Request) -> bool:
    return r.fields["service"].strip().lower() not in _NO_SERVICE


def _with(**fields: object) -> Mapping[str, object]:
    return {"name": "Jamie Rivera", "phone": "602-555-0100"} | fields


_SHORT = "The water heater leaks."
SIGNALS = (
    Signal(
        "hidden link",
        "it hides a link or an address",
        3.5,
        lambda r: links.hides_link(r.lower_text),
        _with(message="visit good-deals (dot) xyz"),
        _with(message="unit 4 (top floor) leaks . please call"),
    ),
    Signal(
        "disguised word",
        "it hides words behind digits or spaces",
        3.1,
        lambda r: bool(r.disguised),
        _with(message="cheap v-1-a-g-r-a"),
        _with(message="Rheem 40g, model XG40T06HE36U0"),
    ),
    Signal(
        "mixed script",
        "its words mix alphabets",
        4.0,
        lambda r: normalize.has_mixed_script(r.all_text),
        _with(message="ch\u0435\u0430p traffic"),
        _with(message="Нет горячей воды, boiler Navien"),
    ),
    Signal(
        "markup",
        "it contains markup",
        4.5,
        lambda r: attacks.has_markup(r.lower_text),
        _with(message="[url=https://x.example]best[/url]"),
        _with(message="reads <40 psi, [sic]"),
    ),
    Signal(
        "probe",
        "it looks like an attack on the form",
        6.0,
        lambda r: attacks.has_probe(r.lower_text),
        _with(name="' OR '1'='1"),
        _with(name="Siobhan O'Brien", message='it\'s the app: {"status": "A126"}'),
    ),
    Signal(
        "header",
        "it looks like an attack on the form",
        6.0,
        lambda r: attacks.has_header("\n".join(r.fields[f] for f in FIELDS if f != "message"), r.fields["message"]),
        _with(name="Jo\nBcc: a@b.example"),
        _with(message="Hi\nTo: whoever is in charge, heater is out"),
    ),
    Signal(
        "odd link",
        "it links to an unusual address",
        1.9,
        _odd_link,
        _with(message="see win-big.top"),
        _with(message="photos at https://imgur.com/a/1"),
    ),
    Signal(
        "unknown link",
        "it contains a link",
        1.2,
        _unknown_link,
        _with(message="see rank-better.com"),
        _with(message="https://www.homedepot.com/p/1"),
    ),
    Signal(
        "own link",
        "it links to the sender's website",
        1.4,
        _own_link,
        _with(email="jo@rank-better.com", message="see rank-better.com"),
        _with(email="jo@gmail.com", message="see mail.com"),
    ),
    Signal(
        "link in a field",
        "a field for a name or an address contains a link",
        3.5,
        _link_elsewhere,
        _with(name="https://win.top/x"),
        _with(name="St. Mary", street="12 N.W. 3rd St."),
    ),
    Signal(
        "gibberish",
        "it consists of random letters",
        5.0,
        gibberish.is_gibberish,
        _with(message="wKfHgQzrtBLJxNcm"),
        _with(name="Krzysztof Szczepanski", message="boiler"),
    ),
    Signal(
        "strange name",
        "the name seems generated",
        1.8,
        gibberish.has_strange_name,
        _with(name="user8841", message="hi"),
        _with(name="Ng Xi"),
    ),
    Signal(
        "repeated",
        "several fields contain the same word",
        3.6,
        gibberish.repeats_a_word,
        _with(name="google", message="google", city="google"),
        _with(name="Austin", city="Austin", message=_SHORT),
    ),
    Signal(
        "no words", "its message has no words", 2.0, gibberish.has_no_words, _with(message=",,,,,,"), _with(message="?")
    ),
    Signal(
        "seller's address",
        "the email address names a seller",
        2.0,
        senders.is_seller,
        _with(email="jo@rankboost.io"),
        _with(email="jo.moreno@gmail.com"),
    ),
    Signal(
        "trade in the mail domain",
        "the email address names a seller",
        1.9,
        senders.has_trade_domain,
        _with(email="jo@hvacgrowth.com"),
        _with(email="hvac@gmail.com"),
    ),
    Signal(
        "unusual mail domain",
        "the email address has an unusual domain",
        1.8,
        senders.has_odd_domain,
        _with(email="jo@win.top"),
        _with(email="jo@school.org"),
    ),
    Signal(
        "own mail domain",
        "the email address belongs to a business",
        0.2,
        senders.has_own_domain,
        _with(email="jo@acme-roofs.com"),
        _with(email="jo@comcast.net"),
    ),
    Signal(
        "toll-free phone",
        "the phone number is toll-free",
        1.2,
        senders.is_toll_free,
        _with(phone="888-555-0100"),
        _with(),
    ),
    Signal(
        "foreign phone",
        "the phone number is foreign",
        0.8,
        senders.is_foreign_phone,
        _with(phone="+91 98110 44721"),
        _with(),
    ),
    Signal(
        "impossible phone",
        "the phone number cannot exist",
        1.6,
        senders.is_impossible_phone,
        _with(phone="84513376621"),
        _with(),
    ),
    Signal(
        "department", "the name is not a person's", 1.0, senders.is_department, _with(name="Billing Support"), _with()
    ),
    Signal(
        "no customer's word",
        "a long message names nothing to be repaired",
        0.6,
        lambda r: _length(r, 7) and r.customer_words == 0 and r.message.isascii(),
        _with(message="I would be glad to tell you all about it soon"),
        _with(message=_SHORT + " It is in the hall there"),
    ),
    Signal(
        "you",
        "it talks about the recipient",
        0.6,
        lambda r: r.second_person >= 2,
        _with(message="You and your staff will like it"),
        _with(message="Do you fix boilers?"),
    ),
    Signal(
        "you again",
        "it talks about the recipient",
        0.9,
        lambda r: r.second_person >= 3,
        _with(message="You and your staff will like it, are you there?"),
        _with(message="Do you fix boilers? Are you near?"),
    ),
    Signal(
        "a business to you",
        "a business writes about the recipient",
        0.6,
        lambda r: senders.has_own_domain(r) and r.second_person >= 1 and r.customer_words < 3,
        _with(email="jo@acme-roofs.com", message="Will you be there?"),
        _with(email="jo@gmail.com", message="Will you be there?"),
    ),
    Signal(
        "amounts",
        "it names amounts of money or percentages",
        0.8,
        lambda r: bool({"$", "%"} & set(r.stems)),
        _with(message="20% is yours"),
        _with(message="It is 20 years old"),
    ),
    Signal(
        "longer and general",
        "a long message names nothing to be repaired",
        0.3,
        lambda r: _length(r, 20) and r.customer_words <= 2 and r.message.isascii(),
        _with(message="the new way is good " * 5),
        _with(message=_SHORT),
    ),
    Signal(
        "general",
        "a message names nothing to be repaired",
        0.7,
        lambda r: _length(r, 7) and r.own_words == 0 and r.message.isascii(),
        _with(message="I would be glad to see you all there soon"),
        _with(message=_SHORT + " It is in the hall there"),
    ),
    Signal(
        "sent at once",
        "it was sent within a second",
        7.0,
        lambda r: r.seconds is not None and r.seconds < 1,
        _with(seconds_to_submit=0.4),
        _with(seconds_to_submit=2),
    ),
    Signal(
        "sent very fast",
        "it was sent faster than a person can type",
        4.5,
        lambda r: r.seconds is not None and 1 <= r.seconds < 1.5,
        _with(seconds_to_submit=1.2),
        _with(seconds_to_submit=2),
    ),
    Signal(
        "sent fast",
        "it was sent faster than a person can type",
        2.0,
        lambda r: r.seconds is not None and 1.5 <= r.seconds <= 2,
        _with(seconds_to_submit=1.8),
        _with(seconds_to_submit=2.2),
    ),
    Signal(
        "many from one address",
        "many requests came from one address",
        7.0,
        lambda r: r.from_address is not None and r.from_address >= 8,
        _with(same_address_last_10_min=9),
        _with(same_address_last_10_min=4),
    ),
    Signal(
        "several from one address",
        "several requests came from one address",
        1.6,
        lambda r: r.from_address is not None and 5 <= r.from_address < 8,
        _with(same_address_last_10_min=6),
        _with(same_address_last_10_min=4),
    ),
    Signal("service", "", -0.6, _service, _with(service="AC repair"), _with()),
    Signal("urgency", "", -1.0, lambda r: bool(r.fields["urgency"].strip()), _with(urgency="soon"), _with()),
    Signal("phone only", "", -1.8, lambda r: not r.fields["email"].strip(), _with(), _with(email="jo@x.com")),
)
