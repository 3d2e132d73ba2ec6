"""The comparisons and their steps, from full agreement to none. SQL text and display texts only.

A step has a name, a condition and a text for people. The first step whose condition is true applies; `missing` carries
no evidence, and `differ` is the default. Probabilities and weights are in the model, not here.
"""

from dataclasses import dataclass

#: Leading letters of a firm's name and host that must be equal before they are compared.
FIRM_HEAD = 8
#: List of reasons in which a step is shown: agreeing, disagreeing or missing, or none if it carries no evidence.
AGREES, DIFFERS, MISSING, UNSAID = "agrees", "differs", "missing", ""
#: Reason of a link whose lead has another job that counts as its first one.
FURTHER_JOB = "a further job of the lead: another one counts as its first"


@dataclass(frozen=True, slots=True)
class Step:
    """An outcome of a comparison. `side` is the list of reasons that shows its text; `tf` names a frequency column."""

    name: str
    sql: str
    words: str
    side: str = AGREES
    tf: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A criterion with its steps. The first is `missing`, the last is the default."""

    name: str
    steps: tuple[Step, ...]

    def value(self, step: str) -> int:
        """Return Splink's number of a step: -1 for missing, 0 for the default, higher for better agreement."""
        names = [level.name for level in self.steps]
        return -1 if step == "missing" else len(names) - 1 - names.index(step)

    def step(self, value: int) -> str:
        """Return the step of Splink's number."""
        return "missing" if value == -1 else self.steps[len(self.steps) - 1 - value].name


#: Log-odds from which on an office's habit is mentioned in the reasons.
OFTEN, SELDOM = 0.5, -0.8
_SAME_GIVEN = '(list_has_any("given_l", "given_r"))'
_SAME_LAST = '"last_l" = "last_r"'
#: `middle` are the words between the first and the last name, null if there are none.
_SHARE_LAST = (
    f'({_SAME_LAST} OR "first_l" = "last_r" OR "first_r" = "last_l" '
    'OR list_contains("middle_l", "last_r") OR list_contains("middle_r", "last_l"))'
)
#: `noted` are the names in the notes of a job. The forms of a first name include itself.
_NOTED = 'coalesce(list_has_any("noted_r", "given_l"), false)'
#: `mentioned` are the names in a request.
_MENTIONED = 'coalesce(list_contains("mentioned_l", "last_r"), false)'
#: `text_names` are the full names in a text.
_NOTED_NAME = 'coalesce(list_has_any("text_names_r", "turns_l"), false)'
_MENTIONED_NAME = 'coalesce(list_has_any("text_names_l", "turns_r"), false)'
_INITIAL = (
    '(length("first_l") = 1 OR length("first_r") = 1 OR "first_l" IS NULL OR "first_r" IS NULL) AND '
    'coalesce(left("first_l", 1), left("first_r", 1), \'\') = coalesce(left("first_r", 1), left("first_l", 1), \'\')'
)


def _edits(column: str, most: int) -> str:
    """Return a condition: at most `most` typos apart.

    Equality, the length and the plain Levenshtein distance, in which a swap counts twice, decide most pairs at a
    fraction of the cost.
    """
    left, right = f'"{column}_l"', f'"{column}_r"'
    return (
        f"({left} = {right} OR abs(length({left}) - length({right})) <= {most} "
        f"AND levenshtein({left}, {right}) <= {2 * most} AND damerau_levenshtein({left}, {right}) <= {most})"
    )


def _any_same(column: str) -> str:
    """Return a condition: both records have the same phone, or email. `more` are all but the first, null if none."""
    first, more = f"{column}1", f"more_{column}s"
    return (
        f'("{first}_l" = "{first}_r" OR list_contains("{more}_l", "{first}_r") '
        f'OR list_contains("{more}_r", "{first}_l") OR list_has_any("{more}_l", "{more}_r"))'
    )


def _close(column: str, near: float = 0.88) -> str:
    left, right = f'"{column}_l"', f'"{column}_r"'
    return f"({_edits(column, 1)} AND length({left}) > 2 OR jaro_winkler_similarity({left}, {right}) >= {near})"


#: A person without a last name has none that is alike.
_OTHER_LAST = '"last_l" <> "last_r"'
NAME = Comparison(
    "name",
    (
        Step(
            "missing",
            f'("last_l" IS NULL OR "last_r" IS NULL) AND NOT {_NOTED} AND NOT {_MENTIONED} '
            f"AND NOT {_NOTED_NAME} AND NOT {_MENTIONED_NAME}",
            "name",
            MISSING,
        ),
        Step(
            "same",
            f'("first_l" = "first_r" AND {_SAME_LAST}) OR ("first_l" = "last_r" AND "last_l" = "first_r")',
            "same name",
            tf="full_name",
        ),
        Step(
            "short",
            'list_has_any("turns_l", "turns_r")',
            "same last name, a form of the first",
            tf="last",
        ),
        Step("initial", f"{_SAME_LAST} AND {_INITIAL}", "same last name and initial", tf="last"),
        Step(
            "one word",
            f'("first_l" IS NULL OR "first_r" IS NULL) AND ({_SAME_GIVEN} OR {_SHARE_LAST})',
            "the only name given is part of the other",
        ),
        Step(
            "first typo",
            f"{_SAME_LAST} AND {_close('first', 0.85)}",
            "same last name, first name spelled alike",
            tf="last",
        ),
        Step("last only", _SAME_LAST, "same last name, another first name (a household?)", tf="last"),
        Step(
            "last typo",
            f"{_OTHER_LAST} AND {_SAME_GIVEN} AND ({_close('last', 0.88)} OR {_SHARE_LAST})",
            "same first name, last name alike",
            tf="last",
        ),
        Step(
            "alike",
            f"{_OTHER_LAST} AND {_close('first', 0.85)} AND {_close('last', 0.88)}",
            "names spelled alike",
            tf="last",
        ),
        Step("noted name", _NOTED_NAME, "the job's notes have the caller's full name"),
        Step("mentioned name", _MENTIONED_NAME, "the request has the customer's full name"),
        Step("noted", _NOTED, "the job's notes name the caller"),
        Step("mentioned", _MENTIONED, "the request names the customer"),
        Step("first only", _SAME_GIVEN, "same first name, another last name", DIFFERS),
        Step("last alike", f"{_close('last', 0.88)} OR {_SHARE_LAST}", "last names alike, other first name", DIFFERS),
        Step("differ", "ELSE", "another name", DIFFERS),
    ),
)
#: A single typo leaves the first or the last four digits as they are. Nearly all other phones differ in both.
_HALF_AGREES = '(left("phone1_l", 4) = left("phone1_r", 4) OR right("phone1_l", 4) = right("phone1_r", 4))'
_ANY_PHONE, _ANY_EMAIL = _any_same("phone"), _any_same("email")
PHONE = Comparison(
    "phone",
    (
        Step("missing", '"phone1_l" IS NULL OR "phone1_r" IS NULL', "phone", MISSING),
        Step("shared", f'{_ANY_PHONE} AND ("phone_mass_l" OR "phone_mass_r")',
             "same phone, but many people share it"),
        Step("firm", f'{_ANY_PHONE} AND ("phone_shared_l" OR "phone_shared_r")',
             "same phone, which several people share"),
        Step("same", '"phone1_l" = "phone1_r"', "same phone"),
        Step("other same", _ANY_PHONE, "one of several phones is the same"),
        Step("typo", f"{_HALF_AGREES} AND {_edits('phone1', 1)}", "phones one digit apart"),
        Step("local", 'right("phone1_l", 7) = right("phone1_r", 7)', "same phone, another area code"),
        Step("differ", "ELSE", "another phone", DIFFERS),
    ),
)  # fmt: skip
_EMAILS_ALIKE = _edits("email1", 2)
#: hallj and halla are two people, unless the first names agree.
_SAME_INITIAL = (
    f'({_SAME_GIVEN} OR "first_l" IS NULL OR "first_r" IS NULL OR left("first_l", 1) = left("first_r", 1) '
    'OR "first_l" = "last_r" OR "last_l" = "first_r")'
)


def _firm_named(host: str, name: str) -> str:
    """Return a condition: an email host equals a name written as one word, or either is a shortened form."""
    head = f"left({host}, {FIRM_HEAD}) = left({name}, {FIRM_HEAD})"
    alike = (
        f"starts_with({host}, {name}) OR starts_with({name}, {host}) OR jaro_winkler_similarity({host}, {name}) >= 0.9"
    )
    return f"({head} AND ({alike}))"


_NAMES_FIRM = f"""coalesce({_firm_named('"firm_l"', '"joined_r"')} OR {_firm_named('"firm_r"', '"joined_l"')}, false)"""
EMAIL = Comparison(
    "email",
    (
        Step("missing", f'("email1_l" IS NULL OR "email1_r" IS NULL) AND NOT {_NAMES_FIRM}', "email", MISSING),
        Step("shared", f'{_ANY_EMAIL} AND ("email_mass_l" OR "email_mass_r")',
             "same email, but many people share it"),
        Step("shared by a firm", f'{_ANY_EMAIL} AND ("email_shared_l" OR "email_shared_r")',
             "same email, which several people share"),
        Step("same", _ANY_EMAIL, "same email"),
        Step("firm", '"firm_l" = "firm_r"', "emails of one firm"),
        Step("firm's name", _NAMES_FIRM, "the email belongs to the firm named on the other side"),
        Step("typo", f"{_SAME_INITIAL} AND {_EMAILS_ALIKE}", "emails one letter apart"),
        Step("kin", f"coalesce(NOT {_SAME_INITIAL}, true) AND {_EMAILS_ALIKE}",
             "emails one letter apart, as in a family"),
        Step("mailbox", '"mailbox_l" = "mailbox_r"', "same mailbox name at another host"),
        Step("differ", "ELSE", "another email", DIFFERS),
    ),
)  # fmt: skip
_ROOTS_ALIKE = (
    '("root_l" = "root_r" OR jaro_winkler_similarity("root_l", "root_r") >= 0.86 OR '
    'starts_with("root_l", "root_r") OR starts_with("root_r", "root_l"))'
)
_NO_STREET = '("house_l" IS NULL OR "house_r" IS NULL OR "root_l" IS NULL OR "root_r" IS NULL)'
_NO_ZIP = '("zip_l" IS NULL OR "zip_r" IS NULL)'
_ZIPS_APART = f'("zip_l" IS NOT NULL AND "zip_r" IS NOT NULL AND NOT {_edits("zip", 1)})'
_NOTED_PLACE = 'coalesce("noted_spot_l" = "spot_r" OR "noted_spot_r" = "spot_l", false)'
#: In a building where many people live, an address without a unit is weak evidence.
_BUILDING = (
    '"house_l" = "house_r" AND "root_l" = "root_r" AND ("address_shared_l" OR "address_shared_r") '
    f"AND NOT {_ZIPS_APART}"
)
ADDRESS = Comparison(
    "address",
    (
        Step(
            "missing",
            f'{_NO_STREET} AND {_NO_ZIP} AND ("city_l" IS NULL OR "city_r" IS NULL) AND NOT {_NOTED_PLACE}',
            "address",
            MISSING,
        ),
        Step("other apartment", f'{_BUILDING} AND "unit_l" <> "unit_r"', "same apartment building, another unit",
             DIFFERS),
        Step("building", f'{_BUILDING} AND ("unit_l" IS NULL OR "unit_r" IS NULL)',
             "same building, where many people live"),
        Step(
            "other unit",
            '"house_l" = "house_r" AND "root_l" = "root_r" AND "unit_l" <> "unit_r"',
            "same building, another unit",
        ),
        Step("same", f'"house_l" = "house_r" AND "root_l" = "root_r" AND NOT {_ZIPS_APART}', "same address"),
        Step("alike", f'"house_l" = "house_r" AND {_ROOTS_ALIKE} AND NOT {_ZIPS_APART}', "addresses spelled alike"),
        Step(
            "house typo",
            f'"root_l" = "root_r" AND "zip_l" = "zip_r" AND {_edits("house", 1)}',
            "same street, house numbers one digit apart",
        ),
        Step("other place", '"house_l" = "house_r" AND "root_l" = "root_r"',
             "same street and number, another ZIP code"),
        Step("noted", _NOTED_PLACE, "a second address, or an address in a text, is the same"),
        Step("number", f'"house_l" = "house_r" AND length("house_l") > 2 AND "zip_l" = "zip_r" AND {_SAME_LAST}',
             "same last name and house number, another street in the same ZIP code"),
        Step("zip only", f'{_NO_STREET} AND "zip_l" = "zip_r"', "same ZIP code, no street to compare"),
        Step("city only", f"{_NO_STREET} AND {_NO_ZIP} AND {_close('city')}", "same city, nothing else to compare"),
        Step("other city", f"{_NO_STREET} AND {_NO_ZIP}", "another city, nothing else to compare", DIFFERS),
        Step("street", '"root_l" = "root_r" AND "zip_l" = "zip_r"', "same street, another house", DIFFERS),
        Step("area", '"zip_l" = "zip_r"', "another street in the same ZIP code", DIFFERS),
        Step("differ", "ELSE", "another address", DIFFERS),
    ),
)  # fmt: skip
_LAG = 'datediff(\'day\', "seen_on_l", "seen_on_r")'
TIME = Comparison(
    "time",
    (
        Step("missing", '"seen_on_l" IS NULL OR "seen_on_r" IS NULL', "dates", MISSING),
        Step("day", f"{_LAG} BETWEEN 0 AND 1", "job within a day of the lead"),
        Step("days", f"{_LAG} BETWEEN 2 AND 3", "job within three days"),
        Step("week", f"{_LAG} BETWEEN 4 AND 7", "job within a week of the lead"),
        Step("two weeks", f"{_LAG} BETWEEN 8 AND 14", "job within two weeks"),
        Step("month", f"{_LAG} BETWEEN 15 AND 30", "job within a month"),
        Step("two months", f"{_LAG} BETWEEN 31 AND 60", "job within two months"),
        Step("late", f"{_LAG} > 60", "job late in the attribution window", DIFFERS),
        Step("differ", "ELSE", "job opened a day before the lead", DIFFERS),
    ),
)
#: First and last day from lead to job of each time step.
SPANS = {"day": (0, 1), "days": (2, 3), "week": (4, 7), "two weeks": (8, 14), "month": (15, 30)}
SPANS |= {"two months": (31, 60), "late": (61, 100_000), "differ": (-100_000, -1)}
assert set(SPANS) == {step.name for step in TIME.steps} - {"missing"}
SERVICE = Comparison(
    "service",
    (
        Step("missing", '("trade_l" IS NULL OR "trade_r" IS NULL) AND "service_fit_l" IS NULL '
             'AND coalesce("service_l" <> "service_r", true)', "service", MISSING),
        Step("same", '"service_l" = "service_r"', "same service"),
        Step("goes with", f'"service_fit_l" >= {OFTEN}', "a job that this office often files for such a request"),
        Step("seldom", f'"service_fit_l" <= {SELDOM}', "a job that this office rarely files for such a request",
             DIFFERS),
        Step("open", '"service_fit_l" IS NOT NULL AND coalesce(("trade_l" & "trade_r") <> 0, true)',
             "a job that this office files for any request"),
        Step("subject and action", '("subject_l" & "subject_r") <> 0 AND ("action_l" & "action_r") <> 0',
             "same kind of work"),
        Step("subject", '("subject_l" & "subject_r") <> 0', "same subject"),
        Step("other subject", '("trade_l" & "trade_r") <> 0 AND "subject_l" IS NOT NULL AND "subject_r" IS NOT NULL',
             "same trade, another subject", DIFFERS),
        Step("trade", '("trade_l" & "trade_r") <> 0', "same trade"),
        Step("differ", "ELSE", "another service", DIFFERS),
    ),
)  # fmt: skip
CAMPAIGN = Comparison(
    "campaign",
    (
        Step("missing", '"campaign_l" IS NULL OR "campaign_r" IS NULL', "campaign", MISSING),
        Step("same", '"campaign_l" = "campaign_r"', "same campaign"),
        Step("goes with", f'"campaign_fit_l" >= {OFTEN}', "a campaign that this office often files for this one"),
        Step("open", f'"campaign_fit_l" > {SELDOM}', "a campaign that this office files for any request"),
        Step("differ", "ELSE", "another campaign", DIFFERS),
    ),
)
#: Offices that create jobs from the form keep the words of the request. Otherwise, words count by the office's habit.
_SAME_WORDS = 'contains("wording_r", "wording_l")'
WORDS = Comparison(
    "words",
    (
        Step("missing", f'"shared_l" IS NULL AND NOT coalesce({_SAME_WORDS}, false)', "text of the request", UNSAID),
        Step("same", f'{_SAME_WORDS} AND NOT "wording_common_l"', "the job contains the text of the request"),
        Step("common", _SAME_WORDS, "the job contains the text of the request, which others use too"),
        Step("rare", '"shared_l" = \'rare\' AND "words_fit_l" > 0', "the notes have a rare word of the request"),
        Step("some", '"shared_l" = \'some\' AND "words_fit_l" > 0', "the notes have a word of the request"),
        Step("differ", "ELSE", "other text than the request", UNSAID),
    ),
)
COMPARISONS = (NAME, PHONE, EMAIL, ADDRESS, TIME, SERVICE, CAMPAIGN, WORDS)
