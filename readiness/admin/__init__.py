"""Admin pages where staff edit the pack's texts, evidence and attestations, as far as their roles allow."""

from . import answers, approvals, documents, evidence, pages, records, reviewers, rows, statements

__all__ = [
    "answers",
    "approvals",
    "documents",
    "evidence",
    "pages",
    "records",
    "reviewers",
    "rows",
    "statements",
]
