"""The steps of setup, and which of them are complete. Computed from facts; nothing can be ticked. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..checklist import Entry


@dataclass(frozen=True)
class Step:
    slug: str
    title: str
    lead: str


@dataclass(frozen=True)
class Progress:
    """A step with the entries of the launch checklist that belong to it."""

    step: Step
    entries: Sequence[Entry]

    @property
    def missing(self) -> Sequence[Entry]:
        return [entry for entry in self.entries if not (entry.is_done or entry.is_optional)]

    @property
    def later(self) -> Sequence[Entry]:
        """Return the optional entries that are not done."""
        return [entry for entry in self.entries if entry.is_optional and not entry.is_done]

    @property
    def is_required(self) -> bool:
        return not all(entry.is_optional for entry in self.entries)

    @property
    def is_done(self) -> bool:
        return not self.missing


STEPS = (
    Step("business", "Business", "Name, trades, place, phone numbers, licenses, color and logo."),
    Step("notices", "Notices", "Addresses that get each request. At least one must confirm a test message."),
    Step("hours", "Hours and holidays", "The website shows them, and they decide which call to action comes first."),
    Step("area", "Service area", "The places where the business works."),
    Step("services", "Services", "The services that a visitor can request."),
    Step("booking", "Bookings", "What ServiceTitan needs to take a booking from the website. Optional."),
    Step("pages", "First pages", "Start from a template of a trade, check it on a phone, then publish it."),
    Step("legal", "Legal texts", "Consent, privacy policy and terms. The contractor has to check them."),
    Step("launch", "Launch", "Preview, test request, owner, and going live."),
)
BY_SLUG = {step.slug: step for step in STEPS}


def progress_of(entries: Sequence[Entry], *, has_service: bool) -> list[Progress]:
    """Return every step with its entries, in order.

    A website can go live without services, because a visitor can describe what is needed, but it should not.
    """
    missing = "" if has_service else "Publish the services that a visitor can request."
    services = Entry("Services", missing, "services", is_optional=True)
    return [Progress(step, [entry for entry in (*entries, services) if entry.step == step.slug]) for step in STEPS]


def next_step(slug: str) -> Step | None:
    """Return the step after this one; None after the last."""
    place = next(place for place, step in enumerate(STEPS) if step.slug == slug)
    return STEPS[place + 1] if place + 1 < len(STEPS) else None
