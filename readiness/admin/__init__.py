"""Staff change the words of the pack, its evidence and its attestations here. Roles decide who may."""

from . import answers, evidence, pages, records, rows, statements

__all__ = ["answers", "evidence", "pages", "records", "rows", "statements"]
