"""Panel that answers a questionnaire from attested answers. Stores nothing."""

from typing import Any

from django import forms
from django.conf import settings
from django.urls import reverse

from pagetojob.importer.child_reader import open_in_child
from pagetojob.importer.errors import TableError
from pagetojob.importer.tables import Limits

from .. import questionnaire
from ..related import Index
from ..shape import Pack, PageView
from .tool import NOT_ACCEPTED, Answer, File, Posted

MOST_BYTES = 768 * 1024
#: Room for the largest file and the form around it.
LARGEST = MOST_BYTES + 16 * 1024
LIMITS = Limits(rows=2_000, columns=60, line=100_000)


class QuestionnaireForm(forms.Form):
    """Form with the file."""

    file = forms.FileField(
        label="Your questionnaire",
        help_text=f"CSV or XLSX, up to {MOST_BYTES // 1024} kB, with a column “Question”. Only one sheet is read.",
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,text/csv"}),
        error_messages={"required": "Choose a file.", "empty": "The file is empty."},
    )

    use_required_attribute = False


def context(pack: Pack, page: PageView) -> dict[str, Any]:
    """Return the empty form. No query."""
    return {"form": QuestionnaireForm()}


def answer(pack: Pack, posted: Posted) -> Answer:
    """Return answered and open questions, the file with our answers if the button asked for it, or the errors."""
    form = QuestionnaireForm(posted.texts, posted.files)
    if not form.is_valid():
        return Answer({"form": form}, NOT_ACCEPTED)
    try:
        read = questionnaire.read(open_in_child(form.cleaned_data["file"], questionnaire.FIELDS, limits=LIMITS), pack)
    except TableError as error:
        form.add_error("file", str(error))
        return Answer({"form": form}, NOT_ACCEPTED)
    if "download" in posted.texts:
        return Answer({}, file=_file(read, pack))
    tiles = [{"value": len(read.answered), "label": "answered"}, {"value": len(read.open), "label": "open"}]
    answered = [(question, questionnaire.answer_text(question.answer or {})) for question in read.answered]
    index = Index(pack)
    unanswered = [(question, index.lines(question.text)) for question in read.open]
    return Answer({"form": form, "tiles": tiles, "answered": answered, "open": unanswered})


def _file(read: questionnaire.Questionnaire, pack: Pack) -> File:
    page = reverse("readiness:version-page", args=[pack.number, "partner-application"])
    content = questionnaire.answered_file(read, pack=pack, site=settings.PUBLIC_URL, page=settings.PUBLIC_URL + page)
    ending, kind = ("xlsx", questionnaire.XLSX_TYPE) if read.format.sheets else ("csv", questionnaire.CSV_TYPE)
    return File(f"pagetojob-answers-v{pack.number}.{ending}", content, kind)
