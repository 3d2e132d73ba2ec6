"""Evaluates the SPF record of a sender domain as a receiver does (RFC 7208), and finds our include in it."""

from dataclasses import dataclass, field

import dns.name

from .lookup import CannotTell, Lookup
from .names import BadName, parse_name, show
from .spf_record import COSTLY, BadSpf, SpfRecord, Term, parse_spf, spf_records
from .verdicts import Judgment, Verdict

MOST_LOOKUPS = 10
MOST_VOID_LOOKUPS = 2
MOST_MX_HOSTS = 10


@dataclass
class _State:
    """Counts and findings of one evaluation."""

    lookups: int = 0
    void_lookups: int = 0
    #: Some record on the way names our include with a pass, reachable or not.
    named: bool = False
    #: A mail of ours passes.
    passes: bool = False
    everyone: bool = False
    unknown: str = ""

    def count_lookup(self) -> None:
        self.lookups += 1
        if self.lookups > MOST_LOOKUPS:
            raise BadSpf(f"the record needs more than {MOST_LOOKUPS} DNS lookups")

    def count_void(self) -> None:
        self.void_lookups += 1
        if self.void_lookups > MOST_VOID_LOOKUPS:
            raise BadSpf(f"more than {MOST_VOID_LOOKUPS} of its DNS lookups find nothing")


async def check_spf(lookup: Lookup, sender: dns.name.Name, include: str) -> Judgment:
    """Judge the SPF record of `sender`, which must include `include`."""
    try:
        records = spf_records((await lookup.resolve(sender, "TXT")).values)
    except CannotTell as problem:
        return Judgment(Verdict.CANNOT_TELL, str(problem))
    if not records:
        return Judgment(Verdict.MISSING, "The domain has no SPF record.")
    if len(records) > 1:
        return Judgment(Verdict.CONFLICT, "The domain has more than one SPF record, so receivers use none of them.")
    evaluation = _Evaluation(lookup, include)
    try:
        await evaluation.walk(records[0], sender, passing=True)
    except BadSpf as problem:
        verdict = Verdict.CONFLICT if evaluation.state.named else Verdict.WRONG
        return Judgment(verdict, f"Receivers reject the SPF record: {problem}.")
    return _judge(evaluation.state, include)


def _judge(state: _State, include: str) -> Judgment:
    if state.unknown:
        return Judgment(Verdict.CANNOT_TELL, state.unknown)
    if state.passes and state.everyone:
        return Judgment(Verdict.CONFLICT, "The SPF record includes ours, but lets every server send.")
    if state.passes:
        return Judgment(Verdict.OK, f"The SPF record includes {include}; it needs {state.lookups} lookups.")
    if state.named:
        return Judgment(Verdict.CONFLICT, f"The SPF record names {include} where receivers do not read it.")
    return Judgment(Verdict.WRONG, f"The SPF record does not include {include}.")


@dataclass
class _Evaluation:
    lookup: Lookup
    include: str
    state: _State = field(default_factory=_State)
    _path: list[dns.name.Name] = field(default_factory=list)

    async def walk(self, text: str, domain: dns.name.Name, *, passing: bool) -> None:
        """Follow one record. With `passing`, a match of it lets the mail pass. Raises BadSpf."""
        self._note_names(text, passing=passing)
        record = parse_spf(text)
        self._path.append(domain)
        self.lookup.prefetch(self._questions(record, domain))
        for term in record.mechanisms:
            await self._term(term, domain, passing=passing and term.qualifier == "+")
        if record.redirect:
            await self._other_record(record.redirect, domain, passing=passing)
        self._path.pop()

    def _note_names(self, text: str, *, passing: bool) -> None:
        """Note whether the record names our include, even if the record is not valid as a whole."""
        words = text.lower().split(" ")
        ours = (f"include:{self.include}", f"+include:{self.include}")
        named = any(word.removesuffix(".") in ours for word in words)
        redirect = not any(word.lstrip("+?~-") == "all" for word in words) and any(
            word.removesuffix(".") == f"redirect={self.include}" for word in words
        )
        self.state.named |= passing and (named or redirect)

    async def _term(self, term: Term, domain: dns.name.Name, *, passing: bool) -> None:
        if term.name == "all":
            self.state.everyone |= passing
        elif term.name == "include":
            await self._other_record(term, domain, passing=passing)
        elif term.name in COSTLY:
            self.state.count_lookup()
            try:
                await self._count_if_void(term, domain)
            except CannotTell as problem:
                self.state.unknown = self.state.unknown or str(problem)

    async def _other_record(self, term: Term, domain: dns.name.Name, *, passing: bool) -> None:
        """Follow an include or a redirect."""
        self.state.count_lookup()
        target = _target(term, domain)
        if target is None:
            # The name depends on the mail, so the record behind it may include ours.
            if not (self.state.passes or self.state.named):
                self.state.unknown = self.state.unknown or f"“{term.text}” depends on the single mail."
            return
        ours = show(target) == self.include
        self.state.passes |= ours and passing
        if target in self._path:
            raise BadSpf(f"“{term.text}” leads in a loop")
        try:
            records = spf_records((await self.lookup.resolve(target, "TXT")).values)
        except CannotTell as problem:
            self.state.unknown = self.state.unknown or ("" if ours else str(problem))
            return
        if len(records) == 1:
            await self.walk(records[0], target, passing=passing)
        elif not ours:  # whether our own record is in order is not the contractor's concern
            raise BadSpf(f"“{term.text}” leads to {'no' if not records else 'more than one'} SPF record")

    async def _count_if_void(self, term: Term, domain: dns.name.Name) -> None:
        target = _target(term, domain)
        if target is None or term.name == "ptr":
            return
        if term.name == "mx":
            hosts = (await self.lookup.resolve(target, "MX")).values
            if len(hosts) > MOST_MX_HOSTS:
                raise BadSpf(f"“{term.text}” leads to more than {MOST_MX_HOSTS} mail servers")
            exists = bool(hosts)
        else:
            exists = bool((await self.lookup.resolve(target, "A")).values)
            if not exists and term.name == "a":
                exists = bool((await self.lookup.resolve(target, "AAAA")).values)
        if not exists:
            self.state.count_void()

    def _questions(self, record: SpfRecord, domain: dns.name.Name) -> list[tuple[dns.name.Name, str]]:
        types = {"include": "TXT", "redirect": "TXT", "mx": "MX", "a": "A", "exists": "A"}
        terms = [*record.mechanisms, *([record.redirect] if record.redirect else [])]
        named = [(_target(term, domain), types[term.name]) for term in terms if term.name in types]
        return [(name, type_) for name, type_ in named if name is not None][:MOST_LOOKUPS]


def _target(term: Term, domain: dns.name.Name) -> dns.name.Name | None:
    """Return the domain of a term, or None if it depends on the mail."""
    if not term.target:
        return domain
    text = term.target.replace("%{d}", show(domain)).replace("%{D}", show(domain))
    if "%" in text:
        return None
    try:
        return parse_name(text)
    except BadName:
        raise BadSpf(f"“{term.text}” has no valid domain") from None
