"""The attribution source: of the first page of the visit, bounded, without personal data, for any input."""

from typing import Any

import pytest
from django.test import Client

from pagetojob.platform.tenants.models import Tenant
from syncqueue import attribution_source
from tests.support.visitor import FORM, leads, send

ADS = {mark: f"{mark}-1" for mark in attribution_source.MARKS}


def source_of(tenant: Tenant) -> dict[str, str]:
    return dict(leads(tenant)[-1].source)


def test_the_attribution_source_is_stored_for_the_visit(client: Client, tenant: Tenant) -> None:
    client.get(FORM, ADS | {"name": "Jamie Rivera"}, headers={"Referer": "https://search.example/find?q=jamie"})
    client.get(FORM, {"utm_source": "second"}, headers={"Referer": "https://second.example/"})
    send(client, FORM + "?utm_source=third")
    result = source_of(tenant)
    assert {mark: result[mark] for mark in attribution_source.MARKS} == ADS
    assert result["referrer"] == "https://search.example/find"
    assert result["landing_url"].startswith("http://testserver/sites/desert-peak/request-appointment?utm_source=")
    assert "Jamie" not in str(result) and "jamie" not in str(result)


def test_the_cookie_is_for_this_host_and_this_session_only(client: Client, tenant: Tenant, settings: Any) -> None:
    cookie = client.get(FORM).cookies["landing"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/", True, "Lax")
    assert (cookie["max-age"], cookie["expires"], cookie["secure"]) == ("", "", "")
    assert "landing" not in client.get(FORM).cookies
    settings.SESSION_COOKIE_SECURE = True
    assert Client().get(FORM).cookies["landing"]["secure"] is True


def test_without_cookies_the_form_carries_it_on(tenant: Tenant) -> None:
    form = Client().get(FORM, {"gclid": "abc"}, headers={"Referer": "https://ads.example/x?secret=1"}).context["form"]
    send(Client(), landing=form["landing"].value())
    assert source_of(tenant)["gclid"] == "abc"
    assert source_of(tenant)["referrer"] == "https://ads.example/x"


def test_a_form_with_errors_carries_it_on_too(tenant: Tenant) -> None:
    carried = Client().get(FORM, {"gclid": "abc"}).context["form"]["landing"].value()
    form = send(Client(), landing=carried, name="").context["form"]
    assert form["landing"].value() == carried


def test_without_cookies_a_second_page_uses_the_referrer(tenant: Tenant) -> None:
    before = "http://testserver/sites/desert-peak/ac-repair-phoenix?gclid=abc&name=Jamie"
    form = Client().get(FORM, headers={"Referer": before}).context["form"]
    send(Client(), landing=form["landing"].value())
    result = source_of(tenant)
    assert result == {"gclid": "abc", "landing_url": "http://testserver/sites/desert-peak/ac-repair-phoenix?gclid=abc"}


def test_a_post_out_of_nowhere_has_its_own_address(tenant: Tenant) -> None:
    send(Client(), FORM + "?utm_source=mail")
    assert source_of(tenant) == {"utm_source": "mail", "landing_url": f"http://testserver{FORM}?utm_source=mail"}


@pytest.mark.parametrize("text", ["", "x", "forged:text", "a:b:c", "é" * 50, "x" * 100_000, '{"utm_source": "x"}'])
def test_a_forged_source_is_ignored(client: Client, tenant: Tenant, text: str) -> None:
    client.cookies["landing"] = text if len(text) < 4000 else text[:4000]
    assert send(client, FORM + "?utm_source=own", landing=text).status_code == 302
    assert source_of(tenant)["utm_source"] == "own"


def test_a_source_from_other_signed_text_is_ignored(client: Client, tenant: Tenant) -> None:
    from django.core import signing

    client.cookies["landing"] = signing.dumps({"utm_source": "x"}, salt="another")
    send(client, landing=signing.dumps(["a", "list"], salt="syncqueue.attribution_source:/sites/desert-peak/"))
    assert "utm_source" not in source_of(tenant)


def test_a_source_of_another_site_is_ignored_and_replaced(client: Client, tenant: Tenant) -> None:
    elsewhere = attribution_source.sealed({"utm_source": "x"}, "/sites/another/")
    client.cookies["landing"] = elsewhere
    client.get(FORM, {"utm_source": "own"})
    assert client.cookies["landing"].value != elsewhere
    send(client, landing=elsewhere)
    assert source_of(tenant)["utm_source"] == "own"


@pytest.mark.parametrize("letter", ["x", "é", "🙂", "%", "\x00", "\n", "\u202e"])
def test_marks_of_any_length_make_a_cookie_that_a_browser_keeps(client: Client, tenant: Tenant, letter: str) -> None:
    page = client.get(FORM, dict.fromkeys(ADS, letter * 1000), headers={"Referer": "https://x.example/" + "y" * 3000})
    cookie = page.cookies["landing"]
    assert len(cookie.value) <= 3500
    send(client)
    result = source_of(tenant)
    assert all(len(value) <= 500 and value.isprintable() for value in result.values())


def test_what_must_go_from_a_cookie_that_is_too_long_goes_in_order() -> None:
    import secrets

    source = {mark: secrets.token_hex(300) for mark in attribution_source.MARKS}
    stored = attribution_source._read(attribution_source.sealed(source, "/sites/x/"), "/sites/x/")
    assert stored is not None and "gclid" in stored and "utm_content" not in stored


@pytest.mark.parametrize(
    ("referrer", "kept"),
    [
        ("https://user:secret@ads.example/x", "https://ads.example/x"),
        ("android-app://com.google.android.gm/", None),
        ("javascript:alert(1)", None),
        ("https://[bad", None),
        ("http://testserver/elsewhere?utm_source=x", None),
        ("not a url", None),
    ],
)
def test_only_other_websites_are_referrers(client: Client, tenant: Tenant, referrer: str, kept: str | None) -> None:
    client.get(FORM, headers={"Referer": referrer})
    send(client)
    assert source_of(tenant).get("referrer") == kept
