"""What looks like a credential is refused where staff, operators and tenants type, and told from honest text."""

import re
from time import process_time

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from hypothesis import given, settings
from hypothesis import strategies as st

from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.credentials.forms import GuardedForm, credential_in_file
from pagetojob.platform.credentials.rules import ADVICE, credential_in
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue.leads.models import Lead
from syncqueue.models import ItemNote, Kind, SyncItem
from tests.support.accounts import tenant_data
from tests.support.cast import SignIn
from tests.support.services import ROOT

KEY = "Xk29fjLs02mfQ7"
CREDENTIALS = [
    f"ak1.{KEY}",
    f"The app key is ak1.{KEY}, please keep it.",
    f"cid.{KEY}",
    f"cs1.{KEY}",
    f"cs2.{KEY}",
    f"\uff43\uff53\uff12.{KEY}",  # full-width letters
    f"cs\u200b2.{KEY}",  # a space nobody sees
    "Authorization: Bearer " + KEY,
    "eyJhbGciOiJSUzI1NiJ9.eyJ0ZW5hbnQiOjF9.c2lnbmF0dXJl",
    "-----BEGIN PRIVATE KEY-----\nMIIEv",
    "-----BEGIN OPENSSH PRIVATE KEY-----",
    "AKIA" + "IOSFODNN7EXAMPLE",
    "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "ghp_" + "abcdefghijklmnopqrstuvwxyz012345",
    "client_secret=hunter2hunter2",
    '"client_secret": "abcd1234efgh"',
    "client secret is " + KEY,
    "Password: hunter2",
    "the password is “Tr0ub4dor&3”.",
    "password = swordfish",
    "token " + KEY,
    "token: 3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "secret key: " + "0123456789abcdef" * 4,
    "postgresql://app:hunter2@db.example.com/x",
]
HONEST = [
    "",
    "Entered in ServiceTitan, Calls screen, booking 4711.",
    "The password was reset by phone on 2026-11-25 at 14:30.",
    "Password: ask the owner; it is kept in the vault.",
    "Client secret: held by the customer, never by us.",
    "The access token expires after 15 minutes; a token lasts 900 seconds.",
    "Token-based access (OAuth2 client credentials) is customer required.",
    "Secrets: AES-256-GCM, keys: 2 of 3 in place.",
    "app.key=",
    "Who holds the app key? The secrets stay with them.",
    "550e8400-e29b-41d4-a716-446655440000",
    "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "Hash: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "See https://www.example.com/docs/token-2026/secret?id=550e8400-e29b-41d4-a716-446655440000#password",
    "https://ak.wikipedia.example/wiki, https://cs.example.edu/people",
    "Reference st-ready:0123456789abcdef, code PTJ-7K3M9QX",
    "Token PTJ-7K3M9QX was read to the customer; secret st-ready:0123456789abcdef",
    "jamie.rivera@example.com or (602) 555-0199",
    "Zone 85016-85018, R-410A, 5 ton unit, 14 SEER2, token ring",
    "tn.crm.bookings:r and tn.crm.bookings:w were granted",
    "Commit 5e2f56e1c3b0a4d9 fixed it; order #A1B2C3D4E5",
    "basic maintenance, bearer of good news",
    "DATABASE_URL=postgresql://postgres:PASSWORD@localhost/x is in the manual",
]


@pytest.mark.parametrize("text", CREDENTIALS)
def test_a_credential_is_seen_wherever_it_stands(text: str) -> None:
    for around in (text, f"Please use this:\n{text}\nThanks!", f"({text})"):
        assert credential_in(around), around


@pytest.mark.parametrize("text", HONEST)
def test_honest_text_passes(text: str) -> None:
    assert credential_in(text) is None


def test_published_texts_and_docs_contain_no_credentials() -> None:
    """Our own prose is the largest honest sample there is: content, manuals, templates, sentences of the seed."""
    folders = ("docs", "readiness/content", "templates", "tests/readiness/seed.txt", "CHANGELOG.md")
    files = [file for name in folders for file in (ROOT / name, *(ROOT / name).rglob("*")) if file.is_file()]
    texts = [file.read_text(encoding="utf-8") for file in files if file.suffix in {".md", ".txt", ".html", ".yaml"}]
    lines = [line for text in texts for line in text.splitlines() if line.strip()]
    assert len(lines) > 3000
    assert [line for line in lines if credential_in(line)] == []


@given(st.text(max_size=300))
@settings(max_examples=80)
def test_any_text_may_surround_a_credential(text: str) -> None:
    assert credential_in(f"{text}\nak1.{KEY}\n{text}")


@pytest.mark.parametrize("text", ["password ", "token: ", "secret=\n", "eyJ", "a://", "bearer ", "cs."])
def test_a_long_text_costs_no_more_than_its_length(text: str) -> None:
    """It takes some hundredths of a second of the processor; a cost that grows with the square takes minutes."""
    began = process_time()
    credential_in(text * 10_000)
    credential_in(text + "a" * 100_000)
    assert process_time() - began < 2


class Paper(GuardedForm, forms.Form):
    title = forms.CharField(max_length=40)
    note = forms.CharField(widget=forms.Textarea)
    signed = forms.CharField(required=False, widget=forms.HiddenInput)
    attached = forms.FileField(required=False)


def paper(**given_: str) -> Paper:
    data = QueryDict(mutable=True)
    data.update({"title": "A paper", "note": "Honest.", **given_})
    return Paper(data)


@pytest.mark.parametrize("name", ["title", "note"])
def test_a_form_refuses_it_and_forgets_it(name: str) -> None:
    form = paper(**{name: f"use cs2.{KEY} " + "x" * 60})
    assert not form.is_valid()
    assert list(form.errors) == [name] and ADVICE in form.errors[name][0]
    shown = form.as_p() + form.errors.as_json() + repr([form.errors.as_data(), form.cleaned_data, form.data])
    assert KEY not in shown
    assert ("Honest." in shown) == (name == "title"), "what else was typed is still there"


def test_what_a_machine_put_there_is_left_alone() -> None:
    assert paper(signed=f"token: {KEY}").is_valid()


@pytest.mark.parametrize(
    ("content", "refused"),
    [
        (b"Notes of the meeting.\n", False),
        (f"key,value\nclient_secret,cs2.{KEY}\n".encode(), True),
        (b"\xff" * 20 + f" cs2.{KEY} ".encode(), True),
        (b"x" * (262_144 - 8) + f" cs2.{KEY} ".encode(), True),  # across two pieces
        (b"%PDF-1.7\x00 cs2." + KEY.encode(), False),
    ],
)
def test_a_text_file_is_scanned_and_rewound(content: bytes, refused: bool) -> None:
    upload = SimpleUploadedFile("notes.txt", content)
    assert bool(credential_in_file(upload)) == refused
    assert upload.read() == content
    data = QueryDict("title=a&note=b")
    form = Paper(data, MultiValueDict({"attached": [SimpleUploadedFile("notes.txt", content)]}))
    assert form.is_valid() == (not refused)
    assert KEY not in form.as_p()


def test_an_operator_s_note_is_refused_and_leaves_no_trace(
    captured: Lead, operator: User, signed_in: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    with scope.worker():
        item = SyncItem.objects.get(lead=captured, kind=Kind.BOOKING_REQUEST)
    client = signed_in(operator)
    page = client.get(f"/ops/items/{item.public_id}")
    action = next(path for path in re.findall(r'action="([^"]+)"', page.text) if "note" in path)
    answer = client.post(action, {"text": f"They gave me the client secret cs2.{KEY}"}, follow=True)
    assert ADVICE in answer.text and KEY not in answer.text
    assert KEY not in caplog.text
    with scope.operator(operator, reason="test"):
        assert not ItemNote.objects.exists()
        assert not [entry for entry in AuditEntry.objects.all() if KEY in f"{entry.reason}{entry.changes}"]


def test_a_visitor_s_form_is_no_such_form() -> None:
    from syncqueue.forms.appointment import AppointmentForm

    assert not issubclass(AppointmentForm, GuardedForm)


def test_a_reason_in_the_admin_is_refused(tenant: Tenant, admin_user: User, signed_in: SignIn) -> None:
    client, page = signed_in(admin_user), f"/admin/tenants/tenant/{tenant.pk}/change/"
    data = tenant_data(tenant, name="Another", reason=f"password: {KEY}")
    answer = client.post(page, data)
    assert answer.status_code == 200 and ADVICE in answer.text and KEY not in answer.text
    assert Tenant.objects.get(pk=tenant.pk).name == tenant.name
    answer = client.post(page, data | {"reason": "They were renamed."})
    assert answer.status_code == 302
