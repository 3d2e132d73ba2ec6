"""The check of evidence that refers to a run: only a passed run of sandbox grade is evidence for a gate."""

import re

from django.db.models import Q

from pagetojob.gates.models import SubjectType
from pagetojob.gates.proof import Proof

from .models import CaseResult, ValidationRun
from .selectors import why_not_proof

_RUN = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_SEAL = re.compile(r"\b[0-9a-f]{64}\b")
#: Names in one document; a longer document does not need more.
_MOST = 500


def why_no_evidence(proof: Proof) -> str:
    """Return why a run that the evidence names by its ID or a seal is no evidence; empty without such a run.

    A query, and three more for each run.
    """
    if proof.subject_type != SubjectType.GATE:
        return ""
    return next((why for run in _named(proof) if (why := why_not_proof(run))), "")


def _named(proof: Proof) -> list[ValidationRun]:
    text = f"{proof.url}\n{proof.summary}"
    if proof.attachment is not None and proof.attachment.content_type == "text/plain":
        text += "\n" + proof.attachment.content.decode(errors="replace")
    text = text.lower()
    ids, seals = (sorted(set(pattern.findall(text)))[:_MOST] for pattern in (_RUN, _SEAL))
    if not (ids or seals):
        return []
    by_seal = CaseResult.objects.filter(seal__in=seals).values("run")
    return list(ValidationRun.objects.filter(Q(public_id__in=ids) | Q(pk__in=by_seal)))
