"""Checks a whole domain: all requested records and all parts of mail, concurrently."""

import asyncio
from dataclasses import dataclass
from typing import Any

from .expectation import Expectation, RequestedKey
from .lookup import Lookup
from .mail import check_dkim, check_dmarc, check_mx
from .records import CheckedRecord, check_record
from .spf import check_spf
from .verdicts import Judgment, Verdict, worst

_NO_SENDER = Judgment(Verdict.CANNOT_TELL, "No sender domain is given.")


@dataclass(frozen=True)
class Report:
    """The result for a domain. Mail does not count in `verdict`."""

    records: tuple[CheckedRecord, ...]
    spf: Judgment
    dkim: tuple[tuple[RequestedKey, Judgment], ...]
    dmarc: Judgment
    mx: Judgment

    @property
    def verdict(self) -> Verdict:
        """Return the worst verdict of the records."""
        return worst(record.judgment.verdict for record in self.records)

    def as_json(self) -> dict[str, Any]:
        """Return the result in the form that `check_domain` prints."""
        return {
            "verdict": self.verdict.value,
            "records": [
                {
                    "name": record.requested.label,
                    "type": record.requested.type,
                    "verdict": record.judgment.verdict.value,
                    "found": [_printable(value) for value in record.present],
                }
                for record in self.records
            ],
            "spf": _as_json(self.spf),
            "dkim": [{"selector": key.selector, **_as_json(judgment)} for key, judgment in self.dkim],
            "dmarc": _as_json(self.dmarc),
            "mx": _as_json(self.mx),
        }


def _as_json(judgment: Judgment) -> dict[str, str]:
    return {"verdict": judgment.verdict.value, "reason": _printable(judgment.reason)}


def _printable(text: str) -> str:
    """Return the text without control characters, which a stranger may have written into a zone."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


async def evaluate(lookup: Lookup, expected: Expectation) -> Report:
    """Check everything that was requested. Closes the lookup."""
    try:
        records, mail, keys = await asyncio.gather(
            asyncio.gather(*(check_record(lookup, record, expected.records) for record in expected.records)),
            _check_mail(lookup, expected),
            asyncio.gather(*(_check_key(lookup, expected, key) for key in expected.keys)),
        )
    finally:
        await lookup.close()
    return Report(tuple(records), mail[0], tuple(zip(expected.keys, keys, strict=True)), mail[1], mail[2])


async def _check_mail(lookup: Lookup, expected: Expectation) -> tuple[Judgment, Judgment, Judgment]:
    if expected.sender is None or expected.spf_include is None:
        return _NO_SENDER, _NO_SENDER, _NO_SENDER
    return await asyncio.gather(
        check_spf(lookup, expected.sender, expected.spf_include),
        check_dmarc(lookup, expected.sender),
        check_mx(lookup, expected.sender),
    )


async def _check_key(lookup: Lookup, expected: Expectation, key: RequestedKey) -> Judgment:
    return _NO_SENDER if expected.sender is None else await check_dkim(lookup, key)


def check_domain(expected: Expectation, resolver: tuple[str, int], **limits: float) -> Report:
    """Check a domain through one resolver; `limits` are those of Lookup. Takes at most about 20 seconds."""

    async def run() -> Report:
        return await evaluate(Lookup(resolver, **limits), expected)

    return asyncio.run(run())
