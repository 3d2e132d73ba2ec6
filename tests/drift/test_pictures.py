"""Pictures of findings: recorded by readings, taken by a run of their own, in a browser without a network."""

import io
import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from drift import browser
from drift.models import Finding, FindingPicture, Moment, NoPicture, ReadingPage, Site
from drift.region_page import REGION, RegionNotVisible, region_page
from drift.report import month_of
from drift.services import pictures
from drift.services.page_uploads import take_page
from pagetojob.platform.files.models import File, Purpose
from pagetojob.platform.files.services import read_file, store_file
from pagetojob.platform.runs import services
from pagetojob.platform.runs.models import Run, RunState
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.retention.search import follow
from tests.support.browser import CHROMIUM
from tests.support.cast import SignIn
from tests.support.drift import findings, make_site, page, read, say_page
from tests.support.hostile import Hostile, hostile
from tests.support.nightly import sampled
from tests.support.pictures import opened, png
from tests.support.runs import work_runs

MARKED = f'id="{REGION}"'


@pytest.fixture
def server(settings: Any) -> Generator[Hostile]:
    with hostile() as instance:
        settings.LISTED_ORIGINS = [f"http://127.0.0.1:{instance.port}"]
        say_page(instance, "/", page("AC Diagnostic: $79"))
        yield instance


@pytest.fixture
def site(tenant: Tenant, server: Hostile, operator: User) -> Site:
    site = make_site(tenant, server)
    read(site, operator)
    return site


def recorded(tenant: Tenant) -> list[FindingPicture]:
    with scope.worker():
        rows = FindingPicture.objects.filter(tenant=tenant, finding__rule="price_mismatch")
        return list(rows.select_related("finding", "snapshot", "file").order_by("id"))


# The document


@pytest.mark.parametrize(
    "hostile_markup",
    [
        "<script>fetch('//evil.example')</script>",
        "<img src=//evil.example/x.png srcset='//evil.example/2x.png 2x' onerror=alert(1)>",
        "<iframe src=//evil.example srcdoc='<script>1</script>'></iframe>",
        "<link rel=stylesheet href=//evil.example/x.css><link rel=dns-prefetch href=//evil.example>",
        "<meta http-equiv=refresh content='0; url=//evil.example'><base href=//evil.example>",
        "<form action=//evil.example><button formaction=//evil.example>Go</button></form>",
        "<svg onload=alert(1)><use href=//evil.example></use><script>1</script></svg>",
        "<object data=//evil.example></object><video src=//evil.example poster=//evil.example></video>",
        "<a href='javascript:alert(1)' ping=//evil.example target=_top>link</a>",
        "<table background=//evil.example><tr><td background=//evil.example>x</td></tr></table>",
        "<noscript><img src=//evil.example></noscript><template><script>1</script></template>",
        "<math><mtext><style><img src onerror=alert(1)></style></mtext></math>",
        f"<p id={REGION}>Look here instead</p>",
    ],
)
def test_document_runs_and_fetches_nothing(hostile_markup: str) -> None:
    html = f"<body onload=alert(1)>{hostile_markup}<p onclick=x>AC Diagnostic: $79</p></body>"
    document = region_page(html.encode(), charset="", quote="AC Diagnostic: $79", selector="")
    assert "evil.example" not in document and not re.search(
        r"<script|\son\w+=|javascript:|<(?:img|svg|iframe) [^>]*src", document
    )
    assert document.count(MARKED) == 1 and f"<p {MARKED}>AC Diagnostic: $79</p>" in document
    assert "default-src 'none'" in document.partition("<style>")[0]


@pytest.mark.parametrize(
    ("html", "quote", "selector", "marked"),
    [
        ("<p>A</p><p>$79</p>", "$79", "body > p:nth-of-type(1)", "<p {}>$79</p>"),
        ("<p>A</p><p>B</p>", "$79", "body > p:nth-of-type(2)", "<p {}>B</p>"),
        ("<div><p>A</p></div>", "$79", "body > div:nth-of-type(1) > p:nth-of-type(4)", "<div {}><p>A</p></div>"),
        ("<script>1</script><p>A</p><script>2</script><p>B</p>", "", "body > p:nth-of-type(2)", "<p {}>B</p>"),
        ("<details><p>$79</p></details>", "$79", "", "<p {}>$79</p>"),
    ],
    ids=["quote wins over place", "place", "nearest ancestor", "places count before removal", "closed details"],
)
def test_region_is_where_the_quote_is_or_was(html: str, quote: str, selector: str, marked: str) -> None:
    document = region_page(f"<body>{html}</body>".encode(), charset="", quote=quote, selector=selector)
    assert marked.format(MARKED) in document and ("<details" not in html or "<details open" in document)


def test_own_styles_can_be_left_out() -> None:
    html = b"<head><style>p{display:none}</style></head><body><p class=x style='opacity:0'>$79</p></body>"
    shown: dict[str, Any] = {"charset": "", "quote": "$79", "selector": ""}
    assert "display:none" in region_page(html, **shown) and "opacity:0" in region_page(html, **shown)
    assert "display:none" not in (plain := region_page(html, own_styles=False, **shown)) and "opacity:0" not in plain


@pytest.mark.parametrize(
    "selector",
    ["head > title:nth-of-type(1)", "body > script:nth-of-type(1)", "body > video:nth-of-type(1) > p:nth-of-type(1)"],
)
def test_what_browsers_do_not_show_has_no_region(selector: str) -> None:
    with pytest.raises(RegionNotVisible):
        html = b"<title>x</title><body><p>y</p><video><p>in a video</p></video></body>"
        region_page(html, charset="", quote="", selector=selector)


# Recording


@pytest.mark.django_db
def test_readings_record_before_change_and_after(site: Site, server: Hostile, tenant: Tenant, operator: User) -> None:
    read(site, operator)
    (before,) = recorded(tenant)
    assert (before.moment, before.quote, before.finding.quote) == (Moment.OPENED, "AC Diagnostic: $79", before.quote)
    say_page(server, "/", page("Our AC Diagnostic: $79"))
    read(site, operator)
    say_page(server, "/", page("AC Diagnostic: $89"))
    read(site, operator)
    read(site, operator)
    rows = recorded(tenant)
    assert [row.moment for row in rows] == [Moment.OPENED, Moment.CHANGED, Moment.RESOLVED]
    assert len({row.snapshot_id for row in rows}) == 3 and rows[2].quote == ""
    say_page(server, "/", page("AC Diagnostic: $79"))
    read(site, operator)
    reopened = recorded(tenant)[-1]
    assert (reopened.moment, reopened.opening, reopened.snapshot_id) == (Moment.OPENED, 2, before.snapshot_id)


@pytest.mark.django_db
def test_uploaded_page_is_recorded_too(tenant: Tenant, server: Hostile, operator: User) -> None:
    site = make_site(tenant, server)
    with scope.operator(operator, reason="test"):
        take_page(site=site, page="/", body=page("AC Diagnostic: $79"), actor=operator, reason="to see")
    assert [row.moment for row in recorded(tenant)] == [Moment.OPENED]


# Taking


@pytest.fixture
def false_browser(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Generator[Callable[[str], None]]:
    """Install a program that stands for a browser, where the user without rights can run it."""
    monkeypatch.setattr(browser, "SECONDS", 0.3)
    monkeypatch.setattr(browser, "_walls", list)
    monkeypatch.setattr(browser, "_has_namespaces", lambda: True)
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)

        def install(script: str) -> None:
            program = Path(folder) / "browser"
            program.write_text(f"#!/bin/sh\n{script}\n")
            program.chmod(0o755)
            settings.PICTURE_BROWSER = str(program)

        yield install


def run_of(tenant: Tenant) -> Run | None:
    with scope.worker():
        return Run.objects.filter(tenant=tenant, kind=pictures.TAKE_PICTURES).first()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "script", sampled(["exit 1", "echo nonsense >&4", r"printf '[]\0' >&4; sleep 60", "sleep 60"], keep=2)
)
def test_browser_that_fails_or_hangs_delays_no_reading(
    site: Site, tenant: Tenant, operator: User, false_browser: Callable[[str], None], script: str
) -> None:
    false_browser(script)
    assert run_of(tenant) is None
    reading = read(site, operator)
    assert reading.ended_at is not None and reading.pages_read == 1
    run = run_of(tenant)
    assert run is not None and run.state == RunState.DONE
    (row,) = recorded(tenant)
    assert (row.file, row.why, row.attempts) == (None, NoPicture.FAILED, 3)


@pytest.mark.django_db
def test_run_ends_after_three_failures_in_a_row(
    site: Site, tenant: Tenant, false_browser: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    (row,) = recorded(tenant)
    with scope.worker():
        for opening in (2, 3, 4):
            FindingPicture.objects.create(
                tenant=tenant, finding=row.finding, reading_id=row.reading_id, snapshot=row.snapshot, opening=opening,
                moment=row.moment, quote=row.quote, selector=row.selector,
            )  # fmt: skip
    false_browser("exit 1")
    assert pictures.start_pictures(tenant.pk)
    monkeypatch.setattr(services, "BUDGET_SECONDS", 0.0)  # each step is a wake-up of its own
    work_runs()
    run = run_of(tenant)
    assert run is not None and (run.state, run.done) == (RunState.DONE, 3)
    assert sorted(row.attempts for row in recorded(tenant)) == [0, 1, 1, 1]


@pytest.mark.django_db
def test_attempt_is_counted_before_it_is_made_and_an_error_of_ours_ends_no_run(
    site: Site, tenant: Tenant, false_browser: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = []

    def fail(*_args: object) -> bytes:
        attempts.append(recorded(tenant)[0].attempts)
        raise ZeroDivisionError

    monkeypatch.setattr(pictures, "take_picture", fail)
    false_browser("exit 1")
    assert pictures.start_pictures(tenant.pk)
    work_runs()
    run = run_of(tenant)
    assert run is not None and run.state == RunState.DONE
    assert attempts == [1, 2, 3] and recorded(tenant)[0].why == NoPicture.FAILED


def empty_snapshot(row: FindingPicture) -> None:
    """Empty the page of a picture, as an erasure does."""
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as session:
        session.execute("UPDATE drift_snapshot SET size = 0 WHERE id = %s", [row.snapshot_id])


@pytest.mark.django_db(transaction=True)
def test_page_that_was_erased_in_the_meantime_gets_no_picture(
    site: Site, tenant: Tenant, false_browser: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def erase_meanwhile(*_args: object) -> bytes:
        empty_snapshot(row)
        return png()

    (row,) = recorded(tenant)
    monkeypatch.setattr(pictures, "take_picture", erase_meanwhile)
    false_browser("exit 1")
    assert pictures.start_pictures(tenant.pk)
    work_runs()
    (row,) = recorded(tenant)
    assert row.attempts == 1
    assert (row.file, row.why) == (None, NoPicture.NOT_VISIBLE)


def test_only_success_of_the_check_for_namespaces_is_cached(monkeypatch: pytest.MonkeyPatch) -> None:
    browser._create_namespaces.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(browser, "_walls", lambda: ["false"])
        assert not browser._has_namespaces()
    monkeypatch.setattr(browser, "_walls", list)
    assert browser._has_namespaces()
    browser._create_namespaces.cache_clear()


@pytest.mark.django_db(transaction=True)
def test_picture_of_an_erased_page_is_not_shown(
    site: Site, tenant: Tenant, operator: User, owner: User, signed_in: SignIn
) -> None:
    (row,) = recorded(tenant)
    with scope.tenant(tenant.pk):
        file = store_file(tenant=tenant, content=io.BytesIO(png()), name="x.png", purpose=Purpose.PICTURE)
    with scope.worker():
        FindingPicture.objects.filter(pk=row.pk).update(file=file)
    addresses = [
        (operator, reverse("drift:picture", args=[row.public_id])),
        (owner, reverse("portal:website-picture", args=[row.public_id])),
    ]
    assert [signed_in(person).get(address).status_code for person, address in addresses] == [200, 200]
    empty_snapshot(row)
    assert [signed_in(person).get(address).status_code for person, address in addresses] == [404, 404]


@pytest.mark.django_db
def test_no_browser_starts_no_run(site: Site, tenant: Tenant, operator: User) -> None:
    assert run_of(tenant) is None and recorded(tenant)[0].why == ""


def skip_or_fail(message: str) -> None:
    if os.environ.get("REQUIRE_SYSTEM_PACKAGES"):
        pytest.fail(message)
    pytest.skip(message)


def require_namespaces() -> None:
    if not browser.find_browser("/bin/true"):
        skip_or_fail("This machine cannot create namespaces")


@pytest.fixture
def real_browser(settings: Any) -> None:
    if not CHROMIUM:
        skip_or_fail("Chromium is not installed (Debian package chromium-headless-shell)")
    require_namespaces()
    settings.PICTURE_BROWSER = CHROMIUM


@pytest.mark.django_db
@pytest.mark.usefixtures("real_browser")
def test_a_hostile_page_is_pictured_and_opens_no_connection(
    tenant: Tenant, server: Hostile, operator: User, owner: User, signed_in: SignIn
) -> None:
    there = f"http://127.0.0.1:{server.port}"
    fetches = (
        f"<style>@import '{there}/a.css'; body {{ background: url({there}/b.png) }} p {{ color: #00f }}</style>"
        f"<script>fetch('{there}/c'); document.body.remove()</script><img src={there}/d.png onerror=alert(1)>"
        f"<div style='height: 3000px'></div><iframe src={there}/f></iframe>"
    )
    say_page(server, "/", page(fetches, "AC Diagnostic: $79"))
    read(make_site(tenant, server), operator)
    (row,) = recorded(tenant)
    assert row.file is not None and row.why == ""
    assert {heard.split()[1] for heard in server.heard}.isdisjoint({"/a.css", "/b.png", "/c", "/d.png", "/f"})
    with scope.tenant(tenant.pk):
        image = opened(b"".join(read_file(row.file)))
    assert image.format == "PNG" and image.size == (browser.WIDTH, browser.HEIGHT)
    colors = {color for _, color in image.convert("RGB").getcolors(1 << 20) or []}
    assert (254, 243, 199) in colors and (180, 83, 9) in colors, "the region is marked"
    finding = signed_in(operator).get(reverse("drift:finding", args=[row.finding.public_id])).text
    address = reverse("drift:picture", args=[row.public_id])
    assert f'<img src="{address}" alt="Part of the page / as read on' in finding
    report = signed_in(owner).get(reverse("portal:website")).text
    own_address = reverse("portal:website-picture", args=[row.public_id])
    assert re.search(
        rf'<details class="more"><summary>Show 1 picture</summary>.*?{own_address}.*?</details>', report, re.S
    )
    with scope.tenant(tenant.pk):
        paper = render_to_string("drift/report_paper.html", {"month": month_of(tenant, tenant.first_month)})
    assert own_address in paper and "<details" not in paper, "paper cannot be unfolded"
    assert own_address in signed_in(owner).get(reverse("portal:website-questions")).text
    answer = signed_in(owner).get(own_address)
    assert answer["Content-Type"] == "image/png" and "sandbox" in answer["Content-Security-Policy"]


def test_browser_has_no_network(server: Hostile) -> None:
    require_namespaces()
    connect = ["bash", "-c", rf"printf 'GET / HTTP/1.1\r\n\r\n' >/dev/tcp/127.0.0.1/{server.port}"]
    assert subprocess.run(connect, check=False).returncode == 0
    inside = subprocess.run([*browser._walls(), *connect], capture_output=True, check=False)
    assert inside.returncode != 0 and b"/dev/tcp" in inside.stderr


# Showing


@pytest.mark.django_db
def test_without_a_browser_the_snapshot_is_shown_in_a_sandbox(
    site: Site, tenant: Tenant, operator: User, signed_in: SignIn
) -> None:
    (row,) = recorded(tenant)
    client, address = signed_in(operator), reverse("drift:snapshot", args=[row.public_id])
    text = client.get(reverse("drift:finding", args=[row.finding.public_id])).text
    assert f'<iframe sandbox src="{address}#{REGION}" title="Part of the page / as read on' in text
    answer = client.get(address)
    policy = answer["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "sandbox", "frame-ancestors 'self'"} <= set(policy) and MARKED in answer.text
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert client.get(reverse("drift:picture", args=[row.public_id])).status_code == 404


@pytest.mark.django_db
def test_finding_without_a_page_shows_an_empty_state(
    site: Site, tenant: Tenant, operator: User, signed_in: SignIn
) -> None:
    with scope.worker():
        finding = Finding.objects.filter(tenant=tenant, page="").first()
        assert finding is not None and not FindingPicture.objects.filter(finding=finding).exists()
    assert "No picture of the page." in signed_in(operator).get(reverse("drift:finding", args=[finding.public_id])).text


@pytest.mark.django_db
def test_erasing_a_snapshot_erases_its_pictures(site: Site, tenant: Tenant) -> None:
    (row,) = recorded(tenant)
    with scope.tenant(tenant.pk):
        file = File.objects.create(
            tenant=tenant, name="x", content_type="image/png", size=1, sha256="0" * 64, purpose="picture"
        )
    with scope.worker():
        FindingPicture.objects.filter(pk=row.pk).update(file=file)
    hits = follow(tenant, {"drift_snapshot": {str(row.snapshot_id): True}})
    assert hits.rows["files_file"] == {str(file.pk): True}


@pytest.mark.django_db
def test_log_of_a_page_names_changes_and_findings(
    site: Site, server: Hostile, tenant: Tenant, operator: User, signed_in: SignIn
) -> None:
    read(site, operator)
    read(site, operator)
    say_page(server, "/", page("AC Diagnostic: $89", "Licensed: ROC 318842"))
    read(site, operator)
    text = signed_in(operator).get(reverse("drift:page-log", args=[tenant.slug]), {"page": "/"}).text
    assert "First reading." in text and "Then 2 more readings without a change" in text
    newest = text.partition('<ol class="drift-log">')[2].partition("</li>")[0]
    assert "The content of the page changed." in newest and "$79.00" in newest and "$89.00" in newest
    assert "Appeared" in newest and "318842" in newest and "Finding closed: " in newest
    (finding,) = findings(tenant, rule="price_mismatch")
    assert reverse("drift:finding", args=[finding.public_id]) in newest
    empty = signed_in(operator).get(reverse("drift:page-log", args=[tenant.slug]), {"page": "/nothing"}).text
    assert "This page was not read yet." in empty
    with scope.worker():
        assert ReadingPage.objects.filter(page="/").count() == 4
