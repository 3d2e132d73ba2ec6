"""Promise 7: no text asserts a gated claim, however it is worded or dressed, and honest words pass."""

from collections.abc import Iterator
from itertools import chain, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pagetojob.claims.guard import Overclaim, overclaims, unapproved, visible_text
from pagetojob.claims.registry import CLAIMS, definition

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def _lines(name: str) -> list[str]:
    return [line for line in (HERE / name).read_text(encoding="utf-8").splitlines() if line and line[:2] != "# "]


def _claimed() -> Iterator[tuple[str, str]]:
    claim = ""
    for line in _lines("guard_overclaims.txt"):
        if line[1:-1] in CLAIMS:
            claim = line[1:-1]
        else:
            yield claim, line


OVERCLAIMS = list(_claimed())
HONEST = _lines("guard_honest.txt")
EVERY_HONEST = HONEST + _lines("sentences_honest.txt")
EVERY_OVERCLAIM = [text for _, text in OVERCLAIMS] + _lines("sentences_overclaiming.txt")
PLAIN = [(claim, line) for claim, line in OVERCLAIMS if not set("<&") & set(line)]

TEN_REFUSED = [
    "Bookings are pushed into ServiceTitan automatically.",
    "Certified ServiceTitan Integration Partner",
    "WE LOG IN THROUGH YOUR SERVICETITAN OAUTH",
    "Our CRM integration is live and syncing your jobs.",
    "Want automatic booking sync? You have it.",
    "No manual entry: bookings sync to Service&#84;itan auto<b>mat</b>ically.",
    "We are not affiliated with ServiceTitan, but our app is approved by ServiceTitan.",
    "Webhooks keep your schedule up to date.",
    "ROI pulled from your ServiceTitan invoices",
    "Closed-loop revenue attribution, live today",
]
TEN_PASSED = [
    "PageToJob is not affiliated with or endorsed by ServiceTitan.",
    "Claims still gated: marketplace partner approval",
    "Automatic lead, booking, job, invoice, payment, or pricebook sync",
    "Once the app is approved, bookings would be pushed into ServiceTitan automatically.",
    "Is the app approved? Not yet.",
    "Do not claim automatic sync.",
    "A person enters the booking in ServiceTitan.",
    "The system automatically e-mails the business when a request comes in.",
    "The demo simulates a webhook.",
    "Made for contractors who run on ServiceTitan",
]
#: What the guard is known not to see: the claim is in the thought and not in the words.
BEYOND_IT = [
    "Ask Dana when she last opened the lead inbox.",
    "The office got quiet.",
]
#: Shares of the texts on file. The guard held 11 % of the honest ones and refused 96 % of the overclaims when this was
#: written; a change of the rules may not make it worse.
MOST_HELD, LEAST_REFUSED = 0.12, 0.95


def _claims(text: str) -> set[str]:
    return {overclaim.claim for overclaim in overclaims(text)}


def _gets_attention(text: str) -> bool:
    """Return True if a text is refused or waits for a second person."""
    return bool(overclaims(text) or unapproved(text))


def test_ten_overclaims_are_refused() -> None:
    judged = {text: overclaims(text) for text in TEN_REFUSED}
    assert [text for text, claims in judged.items() if not claims] == []
    for overclaim in chain(*judged.values()):
        assert overclaim.safe_wording == definition(overclaim.claim).safe_wording


def test_ten_honest_texts_pass() -> None:
    assert [text for text in TEN_PASSED if overclaims(text)] == []


def test_overclaims_are_refused_or_wait() -> None:
    assert [text for text in EVERY_OVERCLAIM if not _gets_attention(text)] == []
    refused = [text for text in EVERY_OVERCLAIM if overclaims(text)]
    assert len(refused) >= LEAST_REFUSED * len(EVERY_OVERCLAIM)


def test_honest_texts_are_not_refused_and_rarely_wait() -> None:
    assert [text for text in EVERY_HONEST if overclaims(text)] == []
    waiting = [text for text in EVERY_HONEST if unapproved(text)]
    assert len(waiting) <= MOST_HELD * len(EVERY_HONEST)


@pytest.mark.parametrize("text", BEYOND_IT)
# What the guard is known to miss, kept in sight and counted: no word of these sentences claims anything by itself.
# Strict: a rule that comes to see one of them fails here until the line is moved to the overclaims.
@pytest.mark.xfail(reason="the guard reads words, not thoughts", strict=True)
def test_known_limits(text: str) -> None:
    assert _gets_attention(text)


def test_the_safe_wording_of_every_claim_is_honest() -> None:
    assert [claim for claim in CLAIMS if overclaims(definition(claim).safe_wording)] == []
    assert overclaims(definition("no-such-claim").safe_wording) == []


def test_only_gated_claims_are_reported() -> None:
    text = "PageToJob is approved by ServiceTitan and pushes bookings into ServiceTitan automatically."
    assert _claims(text) == {"marketplace-approval", "automatic-sync"}
    assert [overclaim.claim for overclaim in overclaims(text, gated={"automatic-sync"})] == ["automatic-sync"]
    assert overclaims(text, gated=()) == []
    assert overclaims(text, gated={"no-such-claim"}) == []


def test_overclaims_are_in_text_order_and_do_not_overlap() -> None:
    claims = overclaims("\n".join(line for _, line in PLAIN))
    assert [overclaim.start for overclaim in claims] == sorted(overclaim.start for overclaim in claims)
    for claim in CLAIMS:
        mine = [overclaim for overclaim in claims if overclaim.claim == claim]
        assert all(before.end <= after.start for before, after in pairwise(mine))


def test_the_phrase_is_the_span_of_the_visible_text() -> None:
    for _, text in OVERCLAIMS:
        seen = visible_text(text)
        for overclaim in overclaims(text):
            assert overclaim.phrase == seen[overclaim.start : overclaim.end]
            assert overclaim.phrase and overclaim.phrase == overclaim.phrase.strip()


# ---- what stands around a sentence changes nothing


@pytest.mark.parametrize(
    "dress",
    [
        pytest.param("PageToJob is not affiliated with ServiceTitan. {}", id="after a denial"),
        pytest.param("<p>Nothing is synced.</p><p>{}</p><p>All of it is planned.</p>", id="between denials"),
        pytest.param("<ul><li>Not approved</li><li>{}</li></ul>", id="in a list"),
        pytest.param("<h2>Planned</h2>\n<div>\n  <strong>{}</strong>\n</div>", id="below a heading"),
    ],
)
def test_a_denial_elsewhere_covers_no_overclaim(dress: str) -> None:
    assert [text for _, text in OVERCLAIMS if not _gets_attention(dress.format(text))] == []


@pytest.mark.parametrize(
    "dress", ["{}", "Our website is live. {}", "<p>We build it.</p>\n<p>{}</p>\n<p>They are fast.</p>"]
)
def test_an_honest_text_stays_honest_among_others(dress: str) -> None:
    assert [text for text in HONEST if overclaims(dress.format(text))] == []


def test_denial_covers_its_list_and_nothing_after() -> None:
    listed = "<p>We never say:</p><ul><li>Approved by ServiceTitan</li><li>Bookings sync to ServiceTitan</li></ul>"
    assert overclaims(listed) == []
    assert _claims(f"{listed}<p>Approved by ServiceTitan</p>") == {"marketplace-approval"}
    assert _claims("<p>We offer:</p><ul><li>Approved by ServiceTitan</li></ul>") == {"marketplace-approval"}


def test_a_question_claims_only_with_its_yes() -> None:
    question = "Do bookings sync to ServiceTitan automatically?"
    assert overclaims(question) == []
    assert overclaims(f"{question} No, a person enters them.") == []
    assert overclaims(f"{question} They will, once the app is approved.") == []
    assert _claims(f"{question} Yes, they do.") == {"automatic-sync"}


# ---- how it is written changes nothing


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("auto<b>mat</b>ic<!-- not --> sync", "automatic sync"),
        ("<p>One</p><p>two</p>", "One\ntwo"),
        ("<td>One</td><td>Two</td>", "One | Two |"),
        ("One<br>Two", "One\nTwo"),
        ("approved by<br>ServiceTitan", "approved by ServiceTitan"),
        ("<script>if (a < b) {}</script>seen<style>p > a {}</style>", "seen"),
        ("a < b and c > d", "a < b and c > d"),
        ("1 <2, <, <>, < b", "1 <2, <, <>, < b"),
        ("leads <approved by ServiceTitan> go", "leads approved by ServiceTitan go"),
        ("&#83;ervice&amp;#84;itan &amp;amp; more", "ServiceTitan & more"),
        ("&lt;b&gt;appro&lt;/b&gt;ved", "approved"),
        ('<img alt="A &amp; b"><a title=T aria-label=\'L\'>x</a><input placeholder="P">', "x\nA & b\nT\nL\nP"),
        ('<meta name="description" content="C">', "C"),
        ("Service\u200bTi\u00adtan\ufeff", "ServiceTitan"),
        ("\u0421\u0435rtifi\u0435d b\u0443 S\u0435rvi\u0441\u0435Tit\u0430n", "Certified by ServiceTitan"),
        ("\u03a4\u03bfd\u03b1y", "Today"),
        ("\uff33\uff45\uff52\uff56\uff49\uff43\uff45", "Service"),
        ("\U0001d5d4\U0001d5fd\U0001d5fd, a\u0301b", "App, ab"),
        ("\u201cit\u2019s\u201d a\u2011b \u2013 c\u00a0d", "\"it's\" a-b — c d"),
        ("S e r v i c e  T-i-t-a-n", "Service Titan"),
        ("PageToJob is not\napproved", "PageToJob is not approved"),
        ("Not affiliated\nApproved", "Not affiliated\nApproved"),
        ("<div>one\n  two</div>", "one two"),
        ("Never:\n- one\n- two", "Never:\n- one\n- two"),
        ("x <!-- never closed", "x <!-- never closed"),
        ("", ""),
    ],
)  # fmt: skip
def test_visible_text(text: str, seen: str) -> None:
    assert visible_text(text) == seen


@pytest.mark.parametrize(
    "text",
    [
        "Approved by Service&shy;Titan",
        "Approved by Service Titan",
        "Approved by Service-Titan",
        "Approved by SERVICETITAN\u2122",
        "Approved by S3rviceT1tan",
        "ST-approved",
        "#CertifiedServiceTitanPartner",
        'A<i>p</i>prov<span class="x y">ed</span> by <em>Service</em>Titan',
        "&lt;p&gt;Approved by ServiceTitan&lt;/p&gt;",
        '<p title="Approved by ServiceTitan">Hello</p>',
        '<meta property="og:title" content="Approved by ServiceTitan">',
        "<svg><title>Approved by ServiceTitan</title></svg>",
        "<!-- not --> Approved by ServiceTitan",
        "\u0410\u0440\u0440r\u043ev\u0435d by \u0405\u0435rvi\u0441\u0435\u0422it\u0430n",
        "A\u0301pproved by Serv\u200di\u2060ceTitan",
        "A p p r o v e d by S.e.r.v.i.c.e.T.i.t.a.n",
        "\u202enatiTecivreS yb devorppA",
        "Approved by \u202enatiTecivreS\u202c for years",
        "&#8238;natiTecivreS yb devorppA",
        "\u202e\u202dApproved by ServiceTitan",
    ],
)
def test_disguised_approvals_are_found(text: str) -> None:
    assert _claims(text) == {"marketplace-approval"}


def test_letter_case_changes_nothing() -> None:
    assert [text for _, text in PLAIN if not _claims(text.upper()) == _claims(text.lower()) == _claims(text)] == []


def test_honest_texts_stay_honest_in_capitals() -> None:
    assert [text for text in HONEST if overclaims(text.upper()) or overclaims(text.lower())] == []


def _found(text: str) -> list[tuple[str, str]]:
    return [(overclaim.claim, overclaim.phrase) for overclaim in overclaims(text)]


@settings(deadline=None)  # a busy machine is no fault
@given(st.sampled_from([text for _, text in PLAIN] + [text for text in HONEST if not set("<&") & set(text)]), st.data())
def test_what_cannot_be_seen_changes_nothing(text: str, data: st.DataObject) -> None:
    unseen = st.text(st.sampled_from("\u200b\u200c\u200d\u2060\ufeff\u00ad"), max_size=2)
    assert _found("".join(letter + data.draw(unseen) for letter in text)) == _found(text)


@settings(deadline=None)  # a busy machine is no fault
@given(st.sampled_from([text for _, text in PLAIN] + [text for text in HONEST if not set("<&") & set(text)]), st.data())
def test_tags_around_letters_change_nothing(text: str, data: st.DataObject) -> None:
    tag = st.sampled_from(["{}", "{}", "{}", "<b>{}</b>", "<span class='a b'>{}</span>", "<i>{}</i><wbr>"])
    assert _found("".join(data.draw(tag).format(letter) if letter.isalnum() else letter for letter in text)) == _found(
        text
    )


@settings(deadline=None)  # a busy machine is no fault
@given(st.sampled_from([text for _, text in PLAIN]), st.data())
def test_entities_change_nothing(text: str, data: st.DataObject) -> None:
    coded = [data.draw(st.sampled_from([c, c, f"&#{ord(c)};", f"&#x{ord(c):x};", f"&amp;#{ord(c)};"])) for c in text]
    assert _found("".join(coded)) == _found(text)


PIECES = [
    "<b>",
    "</p>",
    "<!--",
    "-->",
    "<script>",
    "&amp;lt;",
    "not",
    "never",
    "ServiceTitan",
    "approved",
    "by",
    "bookings",
    "sync",
]


@settings(deadline=None)  # a busy machine is no fault
@given(
    st.text()
    | st.text(st.sampled_from("<>/&;#!-=\"' abpST.:\n\u200b"))
    | st.lists(st.sampled_from([*PIECES, "automatically", ".", "?", ":", ",", "but"])).map(" ".join)
)
def test_never_raises(text: str) -> None:
    seen = visible_text(text)
    for overclaim in overclaims(text):
        assert isinstance(overclaim, Overclaim)
        assert overclaim.phrase == seen[overclaim.start : overclaim.end]
