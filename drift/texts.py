"""Texts of the drift app: rule names, the questions with their answers, and the next step of each state."""

from collections.abc import Mapping
from dataclasses import dataclass

from .compare.findings import Rule
from .compare.values import sides_in_words
from .models import Finding

RULES: dict[str, str] = {rule.value: rule.label for rule in Rule}
_SWAPPED = frozenset(rule for rule in Rule if rule.swaps)

#: The operator's next step, by state.
NEXT_STEP: dict[str, str] = {
    "open": "Ask the customer.",
    "asked": "Waiting for the customer's answer. Nothing changes until then.",
    "answered": "Agree on the fix that follows from the answer.",
    "fix agreed": "The fix is being made. This finding closes when a reading sees it.",
    "waived": "Waived for now. It reopens if a reading still sees it after the date.",
    "false alarm": "Marked as a false alarm and counted against its rule.",
    "dismissed": "Marked as a false alarm and counted against its rule.",
    "closed": "Nothing to do. It reopens automatically if a reading sees it again.",
}

#: The answers as (value, text shown to the customer).
ANSWERS: tuple[tuple[str, str], ...] = (
    ("operations changed", "Our records are right: the website should change"),
    ("website is right", "The website is right: our records should change"),
    ("both must change", "Neither is right: both should change"),
    ("true until", "The website is correct until a date"),
)

#: The consequence of each answer, shown below it. {site} and {records} are the values of the two sides.
FOLLOWS = {
    "operations changed": (
        "We will change the website from “{site}” to “{records}”.",
        "We will change the website to match.",
    ),
    "website is right": (
        "We will correct our records from “{records}” to “{site}”.",
        "We will correct our records. The website stays unchanged.",
    ),
    "both must change": ("Please enter the correct information below. We will change both.",) * 2,
    "true until": ("The website stays unchanged until that date. Then we will ask you again.",) * 2,
}


@dataclass(frozen=True)
class Question:
    """A question to the customer, its answers as (value, text), and the consequences of each answer."""

    words: str
    answers: tuple[tuple[str, str], ...]
    follows: Mapping[str, tuple[str, str]]


WHICH = Question("Which one is correct?", ANSWERS, FOLLOWS)
#: Website and records agree on the last day, so no side is wrong.
AT_END = Question(
    "Does this offer end on that day?",
    (
        ("operations changed", "It ends: remove it from the website"),
        ("both must change", "It continues, or another offer follows"),
        ("true until", "Ask me again on another day"),
    ),
    FOLLOWS
    | {
        "operations changed": ("We will remove the offer from the website on its last day.",) * 2,
        "both must change": ("Please enter the new last day or the new offer below. We will change both.",) * 2,
    },
)
_QUESTIONS = {question.words: question for question in (WHICH, AT_END)}
#: Where the fix is made, by answer.
WHERE: dict[str, str] = {
    "operations changed": "website",
    "website is right": "Titan Map",
    "both must change": "website and Titan Map",
}


@dataclass(frozen=True)
class Fact:
    """A fact as shown to the customer. It is stored word for word with the answer."""

    question: str
    about: str
    page: str
    website_says: str
    records_say: str
    quote: str
    swapped: bool = False

    @property
    def answers(self) -> list[tuple[str, str, str]]:
        """Return the answers as (value, text, consequence)."""
        sides, asked = {"site": self.website_says, "records": self.records_say}, _QUESTIONS[self.question]
        follows = {value: texts[not self.swapped].format(**sides) for value, texts in asked.follows.items()}
        return [(value, words, follows[value]) for value, words in asked.answers]

    def as_json(self) -> dict[str, object]:
        names = ("question", "about", "page", "website_says", "records_say", "quote")
        answers = [f"{words}. {follows}" for _, words, follows in self.answers]
        return {name: getattr(self, name) for name in names} | {"answers": answers}


def answer_words(choice: str, question: str) -> str:
    """Return the text of an answer as it was shown below this question."""
    return dict(_QUESTIONS.get(question, WHICH).answers)[choice]


def subject_of(rule: str, item: str) -> str:
    """Return the subject of a finding: its rule, and without repetition its item, such as “offer: Summer Tune-Up”."""
    words, name = RULES.get(rule, rule), item.partition(": ")[2] or item
    return words if name.lower() in words.lower() else f"{words}: {name}"


def fact_of(finding: Finding) -> Fact:
    """Build the question to the customer."""
    sides = sides_in_words(finding.site_value, finding.map_value)
    # "From Monday to Friday to Monday to Thursday" cannot be read.
    fit_a_sentence = all(0 < len(side) <= 40 and " to " not in side for side in sides)
    return Fact(
        question=(AT_END if finding.rule == Rule.OFFER_LAPSING else WHICH).words,
        about=subject_of(finding.rule, finding.item),
        page=finding.page or "no page of your website",
        website_says=sides[0] or "nothing",
        records_say=sides[1] or "nothing",
        quote=finding.quote,
        swapped=finding.rule in _SWAPPED and fit_a_sentence,
    )
