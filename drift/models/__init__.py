"""Models of the drift app."""

from .answer import Answer, Choice, Grade, MailState, ReviewLink, ReviewMail
from .demo import DemoPage
from .finding import CLOSABLE, STANDING, Finding, FindingEvent, FindingState, Owner, RulePause, What
from .picture import FindingPicture, Moment, NoPicture
from .site import PageState, ReadingPage, Site, SiteReading, Snapshot, Source

__all__ = [
    "CLOSABLE",
    "STANDING",
    "Answer",
    "Choice",
    "DemoPage",
    "Finding",
    "FindingEvent",
    "FindingPicture",
    "FindingState",
    "Grade",
    "MailState",
    "Moment",
    "NoPicture",
    "Owner",
    "PageState",
    "ReadingPage",
    "ReviewLink",
    "ReviewMail",
    "RulePause",
    "Site",
    "SiteReading",
    "Snapshot",
    "Source",
    "What",
]
