"""Our form on a contractor's own website: a key for each page, and the check that finds the form there or elsewhere."""

from collections.abc import Generator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pagetojob.onboarding import embeds
from pagetojob.onboarding.embed_reading import read_embed
from pagetojob.onboarding.embed_views import STAYS_LISTED
from pagetojob.onboarding.errors import OnboardingRefused
from pagetojob.onboarding.lifecycle import change_state
from pagetojob.onboarding.models import Embed
from pagetojob.onboarding.site_keys import snippet
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import SiteKey, SiteOrigin, Tenant, User
from tests.support.cast import SignIn
from tests.support.drift import page, say_page
from tests.support.hostile import Hostile, hostile, plain

FORM = '<form data-pagetojob action="x"></form>'
SCRIPT = '<script src="https://us.example/static/embed.1a2b.js" data-site-key="k"></script>'


@pytest.mark.parametrize(
    ("html", "lack"),
    [
        (FORM + SCRIPT, ""),
        (FORM, "without its script"),
        (SCRIPT, "without the form"),
        (FORM + SCRIPT.replace('"k"', '"other"'), "another site key"),
        ("<p>embed.js</p>", "neither the form nor its script"),
        (f"<!-- {FORM}{SCRIPT} -->", "neither the form nor its script"),
        (FORM + SCRIPT.replace("embed.1a2b.js", "other.js"), "without its script"),
        (FORM + '<script src="https://[" data-site-key="k"></script>', "without its script"),
    ],
)
def test_a_page_is_complete_with_the_form_and_its_key(html: str, lack: str) -> None:
    reading = read_embed(html, is_expected=lambda key: key == "k")
    assert reading.lack == "" if not lack else lack in reading.lack


def test_of_two_keys_that_are_made_at_once_only_the_last_stays_valid(tenant: Tenant, operator: User) -> None:
    with scope.operator(operator, "a test"):
        address = "https://www.example.com/contact"
        embed, _ = embeds.add_embed(tenant=tenant, page_url=address, by=operator, reason="test")
        first, second, third = (Embed.objects.get() for _ in range(3))
        embeds.replace_key(embed=first, by=operator)
        embeds.replace_key(embed=second, by=operator)
        assert [key.pk for key in SiteKey.objects.filter(tenant=tenant, active=True)] == [
            Embed.objects.get().site_key_id
        ]
        embeds.remove_embed(embed=third, by=operator, reason="test")
        assert not SiteKey.objects.filter(tenant=tenant, active=True).exists()
        with pytest.raises(OnboardingRefused, match="removed in the meantime"):
            embeds.replace_key(embed=embed, by=operator)


@pytest.fixture
def server(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Generator[Hostile]:
    monkeypatch.setattr(embeds, "PAUSE_SECONDS", 0.0)
    with hostile() as website:
        settings.LISTED_ORIGINS = [f"http://127.0.0.1:{website.port}"]
        yield website


def added(tenant: Tenant, server: Hostile, by: User, path: str = "/contact") -> tuple[Embed, str]:
    """Return a page that gets the form, and the HTML for it."""
    url = f"http://127.0.0.1:{server.port}{path}"
    with scope.operator(by, reason="test"):
        embed, key = embeds.add_embed(tenant=tenant, page_url=url, by=by, reason="test")
        return embed, snippet(tenant=tenant, key=key, page="")


def checked(embed: Embed) -> tuple[str, str, str]:
    with scope.worker():
        Embed.objects.filter(pk=embed.pk).update(due_at=timezone.now())
    assert embeds.check_due() == 1
    with scope.worker():
        embed.refresh_from_db()
    return embed.state, embed.other_url, embed.note


@pytest.mark.django_db
def test_the_form_is_detected_on_its_page_elsewhere_and_missing(
    tenant: Tenant, server: Hostile, operator: User, ops: Client
) -> None:
    embed, html = added(tenant, server, operator)
    address = reverse("onboarding:embeds", args=[tenant.slug])
    base = f"http://127.0.0.1:{server.port}"
    say_page(server, "/contact", page("Call us."))
    say_page(server, "/", page('<a href="/request">Request</a>', '<a href="/private">Private</a>'))
    assert checked(embed)[0] == "not yet" and "neither the form" in ops.get(address).text
    say_page(server, "/request", page(html))
    assert checked(embed)[:2] == ("other page", f"{base}/request")
    assert f"{base}/request" in ops.get(reverse("onboarding:contractor", args=[tenant.slug])).text
    server.say("/contact", plain(b"", f"Location: {base}/request", status="302 Found"))
    assert checked(embed)[:2] == ("other page", f"{base}/request"), "a redirect leads to another page"
    say_page(server, "/contact", page(html))
    assert checked(embed) == ("detected", "", "") and embed.detected_at
    server.say("/contact", plain(b"", status="503 Service Unavailable"))
    assert checked(embed)[0] == "detected" and "503" in embed.note, "an outage changes nothing"
    say_page(server, "/contact", page("Call us."))
    say_page(server, "/request", page("Call us."))
    assert checked(embed)[0] == "not yet" and "It was last there on" in ops.get(address).text
    server.say("/robots.txt", plain(b"User-agent: *\nDisallow: /contact"))
    assert "robots.txt disallows" in checked(embed)[2]


@pytest.mark.django_db
@pytest.mark.parametrize("charset", ["idna", "punycode", "unicode_escape", "no such"])
def test_an_encoding_that_is_none_of_text_ends_no_check(
    tenant: Tenant, server: Hostile, operator: User, charset: str
) -> None:
    """The check of a batch would end there, and so would each later one, so that no other website was checked."""
    embed, html = added(tenant, server, operator)
    server.say("/contact", plain(rf"<p>\ud800</p>{html}".encode(), f"Content-Type: text/html; charset={charset}"))
    assert checked(embed) == ("detected", "", "")
    server.say("/contact", plain(b"%PDF-1.7", "Content-Type: text/html"))
    assert checked(embed)[0] == "not yet"


@pytest.mark.django_db
def test_an_error_of_a_page_leaves_the_check_of_the_others(
    tenant: Tenant, server: Hostile, operator: User, caplog: pytest.LogCaptureFixture
) -> None:
    embed, html = added(tenant, server, operator)
    say_page(server, "/contact", page(html))
    with scope.operator(operator, reason="test"):
        key = SiteKey.objects.create(tenant=tenant, label="wrong", prefix="site_wrong", digest="0" * 64)
        earlier = timezone.now() - timedelta(hours=1)
        Embed.objects.create(tenant=tenant, site_key=key, page_url="http://[", due_at=earlier)
    assert embeds.check_due() == 2
    with scope.worker():
        embed.refresh_from_db()
    assert embed.state == "detected" and "embed check failed" in caplog.text


@pytest.mark.django_db
def test_the_website_of_a_closed_contractor_is_not_read(tenant: Tenant, server: Hostile, operator: User) -> None:
    added(tenant, server, operator)
    with scope.operator(operator, reason="test"):
        change_state(tenant=tenant, to=Lifecycle.CLOSED, by=operator, reason="The contract ended.")
    assert (embeds.check_due(), server.heard) == (0, [])


@pytest.mark.django_db
def test_an_operator_adds_a_page_replaces_its_key_and_removes_it(
    tenant: Tenant, ops: Client, viewer: User, signed_in: SignIn
) -> None:
    url = reverse("onboarding:embeds", args=[tenant.slug])
    add = reverse("onboarding:embed-add", args=[tenant.slug])
    typed = {"page_url": "https://acme.example/contact?x=1#form", "reason": "asked for"}
    before = set(SiteKey.objects.values_list("pk", flat=True))
    text = ops.post(add, typed).text
    assert "data-site-key=&quot;site_" in text and "https://acme.example/contact</h2>" in text
    assert SiteOrigin.objects.filter(tenant=tenant, origin="https://acme.example").exists()
    assert "already on the list" in ops.post(add, typed).text
    for refused in ("http://169.254.169.254/", "ftp://acme.example/", "acme.example", "https://user@acme.example/"):
        assert ops.post(add, typed | {"page_url": refused}).status_code == 422, refused
    assert signed_in(viewer).get(url).status_code == 200 and signed_in(viewer).post(add, typed).status_code == 404
    with scope.worker():
        embed = Embed.objects.get()
    assert ops.get(url).text.count("site_") < text.count("site_"), "the key is shown once"
    assert "HTML to copy" in ops.post(reverse("onboarding:embed-key", args=[tenant.slug, embed.public_id])).text
    remove = reverse("onboarding:embed-remove", args=[tenant.slug, embed.public_id])
    assert "Enter a reason" in ops.post(remove, follow=True).text
    removed = ops.post(remove, {"reason": "They left."}, follow=True).text
    assert "was removed" in removed and STAYS_LISTED in removed
    assert not SiteKey.objects.exclude(pk__in=before).filter(active=True).exists()
    assert SiteOrigin.objects.filter(tenant=tenant, origin="https://acme.example").exists()
