"""Questionnaires: only attested answers with valid evidence, in the form of the uploaded file."""

import csv
import io
from typing import Any

import pytest
import python_calamine
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from pagetojob.gates.models import Evidence, SubjectType
from readiness import questionnaire
from readiness.models import PartnerAnswer
from readiness.models.protocol import digest
from readiness.services.current import current
from tests.readiness.editing import prove
from tests.readiness.trying import ROOT, harmless, text_of
from tests.support.factories import make_user

ADDRESS = f"{ROOT}partner-application/questionnaire"
KNOWN, OTHER = "How do you respond to a breach?", "Describe your breach process"
pytestmark = pytest.mark.usefixtures("pack")


@pytest.fixture
def answer(pack: None) -> PartnerAnswer:
    """Return an answer that a person attests and that valid evidence supports."""
    row = PartnerAnswer.objects.create(
        slug="breach",
        title=KNOWN,
        owner="PageToJob",
        status="review required",
        answer="We notify within a day.",
        wordings=OTHER,
    )
    PartnerAnswer.objects.filter(pk=row.pk).update(
        attester=make_user(),
        attester_title="Head of security",
        attested_at=timezone.now(),
        attested_sha256=digest(row.answer, row.wordings),
    )
    prove(row.anchor, kind=SubjectType.PACK, summary="A letter about breaches.")
    return row


def upload(client: Client, content: bytes, name: str = "q.csv", **more: str) -> Any:
    return client.post(ADDRESS, {"file": SimpleUploadedFile(name, content), **more})


def table(content: bytes, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=delimiter))


def workbook(rows: list[list[str]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet("Security questions")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return out.getvalue()


def test_only_the_known_question_is_answered_and_the_rest_is_listed(client: Client, answer: PartnerAnswer) -> None:
    response = upload(client, f"No,Question\n1,{KNOWN}\n2,How do you respond to a breach of contract?\n".encode())
    text = text_of(response)
    assert response.status_code == 200 and response["Cache-Control"] == "no-store"
    assert "We notify within a day." in text
    assert f"3 How do you respond to a breach of contract? {questionnaire.NO_ANSWER}" in text
    assert 'href="#answer-breach"' in response.text and 'id="answer-breach"' in response.text


def test_an_open_question_names_the_lines_about_its_subject(client: Client) -> None:
    asked = "How are ServiceTitan tokens encrypted at rest?", "Do you have cyber insurance?"
    html = upload(client, "Question\n{}\n{}\n".format(*asked).encode()).text
    assert "Send these questions to the person at PageToJob who gave you this address" in html
    first, second = html.split(asked[0])[1].split(asked[1])
    assert "partner-application#answer-" in first and "How are credentials and tokens stored?" in first
    assert 'data-label="Related lines">none</td>' in second.split("</tr>")[0]


@pytest.mark.parametrize("asked", [OTHER, "how do you RESPOND to a breach", " How do you respond\nto a breach?! "])
def test_case_punctuation_spaces_and_listed_wordings_match(asked: str, client: Client, answer: PartnerAnswer) -> None:
    sent = io.StringIO()
    csv.writer(sent).writerows([["Nr", "Question"], ["1", asked]])
    rows = table(upload(client, sent.getvalue().encode(), download="1").content)
    assert rows[-1][2:4] == ["We notify within a day.", "answered"]


def test_the_download_has_evidence_dates_and_source(client: Client, answer: PartnerAnswer, settings: Any) -> None:
    sent = f"Id;Question;Response;Weight\r\nA1;{KNOWN};;=1+1\r\nA2;Other?;ours;2\r\n;;;\r\n"
    response = upload(client, sent.encode(), download="1")
    number = current().number
    assert response["Content-Type"] == questionnaire.CSV_TYPE
    assert response["Content-Disposition"] == f'attachment; filename="pagetojob-answers-v{number}.csv"'
    heading, known, other = table(response.content, ";")[:3]
    assert heading == ["Id", "Question", "Response", "Weight", *questionnaire.ADDED[1:]]
    evidence = Evidence.objects.get(subject=answer.anchor)
    until, attested = evidence.expires_at.date().isoformat(), timezone.now().date().isoformat()
    source = f"version {number}, {settings.PUBLIC_URL}{ROOT}changes/{number}/partner-application#{answer.anchor}"
    assert known[:4] == ["A1", KNOWN, "We notify within a day.", "'=1+1"]
    assert known[4:] == [
        "answered",
        f"A letter about breaches. {settings.PUBLIC_URL}/letter",
        attested,
        until,
        f"PageToJob readiness pack, {source}",
    ]
    assert other == ["A2", "Other?", "ours", "2", f"open: {questionnaire.NO_ANSWER}", "", "", "", ""]


def test_a_workbook_comes_back_as_a_workbook(client: Client, answer: PartnerAnswer) -> None:
    sent = workbook([["Security questions of Acme", ""], ["Nr", "Question"], ["1", KNOWN], ["2", "=HYPERLINK(1)"]])
    response = upload(client, sent, "q.xlsx", download="1")
    assert response["Content-Type"] == questionnaire.XLSX_TYPE
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(response.content))
    assert book.sheet_names == ["Security questions"]
    rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    assert rows[1] == ["Nr", "Question", *questionnaire.ADDED]
    assert rows[2][1:4] == [KNOWN, "We notify within a day.", "answered"]


def test_an_edit_of_the_answer_or_of_its_wordings_ends_it(client: Client, answer: PartnerAnswer) -> None:
    for change in ({"answer": "We notify within an hour."}, {"wordings": f"{OTHER}\nDo you have a process?"}):
        PartnerAnswer.objects.filter(pk=answer.pk).update(**change)
        current()
        row = table(upload(client, f"Question\n{KNOWN}\n".encode(), download="1").content)[1]
        assert row[1:3] == ["", f"open: {questionnaire.NOT_ATTESTED}"]
        PartnerAnswer.objects.filter(pk=answer.pk).update(answer=answer.answer, wordings=answer.wordings)


def test_an_answer_without_valid_evidence_stays_open(client: Client, answer: PartnerAnswer) -> None:
    Evidence.objects.filter(subject=answer.anchor).update(
        revoked_at=timezone.now(), revoked_by=make_user(), revoked_reason="It was about another product."
    )
    current()
    row = table(upload(client, f"Question\n{KNOWN}\n".encode(), download="1").content)[1]
    assert row[1:3] == ["", f"open: {questionnaire.NO_EVIDENCE}"]


def test_two_answers_with_the_same_wording_are_no_answer(client: Client, answer: PartnerAnswer) -> None:
    PartnerAnswer.objects.create(
        slug="breach-2", title=OTHER, owner="PageToJob", status="review required", answer="Something else."
    )
    current()
    row = table(upload(client, f"Question\n{OTHER}\n".encode(), download="1").content)[1]
    assert row[1:3] == ["", f"open: {questionnaire.AMBIGUOUS}"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"Name,Weight\nA,1\n", "No column is called"),
        (b"Question\n\n", "no question below its headings"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04 no workbook", "damaged"),
        (b"Question\n" + b"Why?\n" * 2_100, "more than 2,000 rows"),
        (b"", "empty"),
    ],
)
def test_a_file_that_cannot_be_read_is_explained(content: bytes, words: str, client: Client) -> None:
    for more in ({}, {"download": "1"}):
        response = upload(client, content, **more)
        assert response.status_code == 422
        assert words in text_of(response)


def test_markup_of_a_stranger_is_text(client: Client) -> None:
    assert harmless(upload(client, b"Question\n<script>alert(1)</script>\n<img src=x onerror=alert(1)>\n"))


def test_the_page_offers_the_form_and_other_methods_are_refused(client: Client) -> None:
    page = client.get(f"{ROOT}partner-application").text
    assert f'action="{ADDRESS}#result"' in page and 'name="download"' in page
    assert client.get(ADDRESS).status_code == 405
