"""Normalizes texts for comparison: makes the tables `leads` and `jobs`, one row per record.

Columns of both: n (1, 2, … in order of ID), id, row, seen_at and whether it includes a time, first, last, all words of
the name, the full forms of the first name, phones, emails, house, root (the street without common spelling
differences), unit, zip, trade, subject and action (bits), service, campaign, the words of the request and of the job's
notes, and whether many people share the phone and email.
"""

import datetime as dt
from collections.abc import Collection

import duckdb

from pagetojob.platform.phones import e164

from .errors import NAMED, Problem, listed
from .macros import FIRM_HEAD, literal, macros
from .words import any_of, given_names

#: Columns with free text, possibly typed by a script.
_TYPED = ("name", "first", "last", "street", "email", "message")
#: A phone or email with this many last names, or houses, is shared: a manager, an office, a placeholder.
SHARED_BY = 4
#: A contact, or an email host, on more records than this does not identify a firm either: it is a provider, or the
#: office itself.
MASS = 60


def define(db: duckdb.DuckDBPyConnection) -> None:
    """Create the macros and the table of given names."""
    for macro in macros():
        db.execute(macro)
    names, groups = zip(*given_names(), strict=True)
    db.execute(
        "CREATE OR REPLACE TABLE given AS SELECT unnest(?) AS name, unnest(?) AS names", [list(names), list(groups)]
    )


def complete_jobs(db: duckdb.DuckDBPyConnection, kinds: Collection[str]) -> None:
    """Complete the raw jobs with their bookings and invoices.

    A booking adds contacts, and it was made when the customer asked, so its date counts if it is earlier. An invoice
    names the customer, and gives its date, if the job has none.
    """
    if "bookings" in kinds:
        person = ("first", "last", "name", "street", "unit", "city", "zip")
        both = [f"concat_ws(' / ', j.{name}, b.{name}) AS {name}" for name in ("phone", "email")]
        picks = [*both, *(f"coalesce(j.{name}, b.{name}) AS {name}" for name in person)]
        firsts = ", ".join(f"any_value({name} ORDER BY row) AS {name}" for name in ("phone", "email", *person))
        db.execute(f"""
            CREATE OR REPLACE TABLE raw_jobs AS
            SELECT j.* REPLACE ({", ".join(picks)}, coalesce(j.created, b.created) AS created,
                least(j.seen_at, b.seen_at) AS seen_at)
            FROM raw_jobs j LEFT JOIN (
                SELECT job_row, {firsts}, any_value(created ORDER BY row) AS created, min(seen_at) AS seen_at FROM (
                    SELECT k.row AS job_row, b.* FROM raw_jobs k JOIN raw_bookings b ON b.job = k.id
                    UNION
                    SELECT k.row, b.* FROM raw_jobs k JOIN raw_bookings b ON k.booking = b.id
                ) GROUP BY job_row
            ) b ON b.job_row = j.row
        """)  # noqa: S608 - constant names
    if "invoices" in kinds:
        db.execute("""
            CREATE OR REPLACE TABLE raw_jobs AS
            SELECT j.* REPLACE (coalesce(j.customer, i.customer) AS customer, coalesce(j.created, i.created) AS created,
                CASE WHEN j.created IS NULL THEN coalesce(j.seen_at, i.seen_at) ELSE j.seen_at END AS seen_at)
            FROM raw_jobs j LEFT JOIN (
                SELECT job, any_value(customer ORDER BY row) AS customer, min(seen_at) AS seen_at,
                    any_value(created ORDER BY row) AS created FROM raw_invoices WHERE job IS NOT NULL GROUP BY job
            ) i ON i.job = j.id
        """)


def forget_future_dates(db: duckdb.DuckDBPyConnection, today: dt.date | None) -> None:
    """Treat a date after tomorrow as missing: a planned visit, or a typing error, shows nothing about time."""
    if today:
        for kind in ("leads", "jobs"):
            db.execute(f"UPDATE raw_{kind} SET seen_at = NULL WHERE seen_at > ?::DATE + 1", [today])  # noqa: S608


def prepare(db: duckdb.DuckDBPyConnection, *, with_customers: bool) -> None:
    """Make the tables `leads` and `jobs` from the raw ones."""
    _customers(db, with_customers=with_customers)
    _staged(db, "leads", _LEAD_EXTRAS, "raw_leads")
    _staged(db, "jobs", _JOB_EXTRAS, "raw_jobs_filled")
    _meanings(db)
    for kind in ("leads", "jobs"):
        _normal(db, kind)
    _foreign_phones(db)
    _shares(db)
    _firms(db)
    _common_words(db)


_LEAD_EXTRAS = """
    plain(reference) AS ref_text, upper(code) AS code, booking, NULL AS lead_id, plain(message) AS phrase,
    coalesce(reference, '') AS reference,
    told_by(plain(message), plain(service)) AS wording, CAST(NULL AS VARCHAR[]) AS named,
    (folded(test) IN ('true', 't', 'yes', 'y', '1', 'x', 'test')) AS marked_test, CAST(NULL AS VARCHAR) AS message
"""
_JOB_EXTRAS = """
    NULL AS ref_text, NULL AS code, booking, lead AS lead_id, NULL AS phrase, coalesce(reference, '') AS reference,
    plain(message) AS wording, false AS marked_test, message, named_in(plain(message)) AS named
"""


def _customers(db: duckdb.DuckDBPyConnection, *, with_customers: bool) -> None:
    """Complete jobs with data from their customer's record. Values of the job take precedence."""
    if not with_customers:
        db.execute("CREATE OR REPLACE VIEW raw_jobs_filled AS SELECT * FROM raw_jobs")
        return
    both = ("phone", "email")
    own = ("first", "last", "name", "street", "unit", "city", "zip")
    address = "(j.street IS NOT NULL)"
    person = "(j.name IS NOT NULL OR j.last IS NOT NULL)"
    picks = [f"concat_ws(' / ', j.{name}, c.{name}) AS {name}" for name in both]
    known = {name: person if name in ("first", "last", "name") else address for name in own}
    picks += [f"CASE WHEN {condition} THEN j.{name} ELSE c.{name} END AS {name}" for name, condition in known.items()]
    rest = f"* EXCLUDE ({', '.join((*own, *both))})"
    of_customer = [f"any_value({name} ORDER BY row) AS {name}" for name in own]
    of_customer += [f"string_agg({name}, ' / ' ORDER BY row) AS {name}" for name in both]
    db.execute(
        f"CREATE OR REPLACE TABLE raw_jobs_filled AS SELECT j.{rest}, {', '.join(picks)} FROM raw_jobs j LEFT JOIN "  # noqa: S608
        f"(SELECT id, {', '.join(of_customer)} FROM raw_customers GROUP BY id) c ON c.id = j.customer"
    )


def _staged(db: duckdb.DuckDBPyConnection, kind: str, extras: str, source: str) -> None:
    """Make one row per ID, the first of the file, numbered by ID, so that the file's order has no effect."""
    # A number in the notes, as in "Call tenant Ana 480-555-0123", is an additional contact of the record.
    own = "coalesce(phones_of(phone), [])"
    noted = f"list_filter(coalesce(phones_of(message), []), lambda p: NOT list_contains({own}, p))"
    phones = f"CASE WHEN regexp_matches(message, '[0-9]{{4}}') THEN {own} || {noted} ELSE {own} END"
    db.execute(f"""
        CREATE OR REPLACE TABLE staged_{kind} AS
        SELECT n, s.* FROM (
            SELECT id, row, created, seen_at, lower(status) AS status, tenant,
                names_of(coalesce(nullif(concat_ws(' ', first, last), ''), name)) AS words,
                known(plain(coalesce(nullif(concat_ws(' ', first, last), ''), name))) AS full_name,
                phone, {phones} AS phones,
                emails_of(typed, box, host) AS emails, lower(trim(email)) AS email_text,
                street_line(coalesce(street, '')) AS line,
                coalesce(unit_of(street), plain(regexp_replace(folded(unit), '\\b({any_of("units")})\\b', ''))) AS unit,
                coalesce(padded_zip(zip), zip_of(street)) AS zip, coalesce(plain(city), plain(city_of(street))) AS city,
                plain(service) AS service, plain(campaign) AS campaign, {extras}
            FROM (SELECT *, split_part(typed[1], '@', 1) AS box, host_of(typed[1]) AS host
                FROM (SELECT *, typed_emails(email) AS typed FROM {source}))
        ) s JOIN (
            SELECT row_number() OVER (ORDER BY id) AS n, min(row) AS row FROM {source} WHERE id IS NOT NULL GROUP BY id
        ) numbers ON numbers.row = s.row
    """)  # noqa: S608 - constant SQL


def _meanings(db: duckdb.DuckDBPyConnection) -> None:
    """Make `meanings` (phrase, trade, subject, action): the classification of each distinct service or request text."""
    db.execute("""
        CREATE OR REPLACE TABLE meanings AS
        SELECT phrase, trade_of(phrase) AS trade, subject_of(phrase) AS subject, action_of(phrase) AS action FROM (
            SELECT service AS phrase FROM staged_leads UNION SELECT phrase FROM staged_leads
            UNION SELECT service FROM staged_jobs
        ) WHERE phrase IS NOT NULL
    """)


def _normal(db: duckdb.DuckDBPyConnection, kind: str) -> None:
    db.execute(f"""
        CREATE OR REPLACE TABLE {kind} AS
        SELECT s.* EXCLUDE (sole), coalesce(g.names, s.sole) AS given, false AS phone_shared, false AS email_shared,
            false AS phone_mass, false AS email_mass, false AS wording_common,
            coalesce(v.trade, w.trade) AS trade, coalesce(v.subject, w.subject) AS subject,
            coalesce(v.action, w.action) AS action
        FROM (
            SELECT * EXCLUDE (line, head, tail), nullif(head, '') AS first, nullif(tail, '') AS last, [head] AS sole,
                coalesce(named, [head]) AS heard, bones(head) AS first_bones, bones(tail) AS last_bones,
                CAST(seen_at AS DATE) AS seen_on, (CAST(seen_at AS TIME) <> TIME '00:00:00') AS timed,
                house_of(line) AS house, root_of(line) AS root, phones[1] AS phone1, emails[1] AS email1,
                CAST(NULL AS VARCHAR) AS firm, CAST(NULL AS VARCHAR) AS joined
            FROM (
                SELECT *, CASE WHEN len(words) > 1 THEN words[1] ELSE '' END AS head, coalesce(words[-1], '') AS tail
                FROM staged_{kind}
            )
        ) s LEFT JOIN given g ON g.name = s.first
        LEFT JOIN meanings v ON v.phrase = s.service LEFT JOIN meanings w ON w.phrase = s.phrase
        ORDER BY n
    """)  # noqa: S608
    db.execute(f"DROP TABLE staged_{kind}")


def _foreign_phones(db: duckdb.DuckDBPyConnection) -> None:
    """Parse foreign phone numbers, which match no US pattern, with the phone library; each distinct text once."""
    for kind in ("leads", "jobs"):
        odd = db.execute(
            f"SELECT DISTINCT phone FROM {kind} WHERE phone1 IS NULL AND phone LIKE '+%' ORDER BY phone LIMIT 50000"  # noqa: S608
        ).fetchall()
        parsed = [(typed, number) for (typed,) in odd if (number := e164(typed))]
        if parsed:
            typed, numbers = zip(*parsed, strict=True)
            db.execute(
                f"UPDATE {kind} SET phones = [o.number], phone1 = o.number "  # noqa: S608
                f"FROM (SELECT unnest(?) AS typed, unnest(?) AS number) o "
                f"WHERE {kind}.phone = o.typed AND {kind}.phone1 IS NULL",
                [list(typed), list(numbers)],
            )


def _shares(db: duckdb.DuckDBPyConnection) -> None:
    """Make `shared` (contact, mass), phones and emails that many people use, and flag the records with them."""
    parts = " UNION ALL ".join(
        f"SELECT unnest({column}) AS contact, last, house || ' ' || root AS postal_address FROM {kind}"  # noqa: S608
        for kind in ("leads", "jobs")
        for column in ("phones", "emails")
    )
    db.execute(f"""
        CREATE OR REPLACE TABLE shared AS
        WITH contacts AS MATERIALIZED ({parts}),
            often AS (SELECT contact FROM contacts GROUP BY contact HAVING count(*) >= {SHARED_BY})
        SELECT contacts.contact, count(*) > {MASS} AS mass
        FROM contacts SEMI JOIN often ON often.contact = contacts.contact GROUP BY contacts.contact
        HAVING count(DISTINCT last) >= {SHARED_BY} OR count(DISTINCT postal_address) >= {SHARED_BY}
    """)  # noqa: S608
    for kind in ("leads", "jobs"):
        for column in ("phone", "email"):
            marks = f"{column}_shared = true, {column}_mass = mass"
            db.execute(f"UPDATE {kind} SET {marks} FROM shared WHERE {kind}.{column}1 = shared.contact")  # noqa: S608


def _firms(db: duckdb.DuckDBPyConnection) -> None:
    """Fill the columns `firm` and `joined`.

    `firm` is derived from an email host that few records have. `joined` is the name as one word, if some firm starts
    the same way.
    """
    db.execute(f"""
        CREATE OR REPLACE TABLE firms AS
        SELECT host, firm, left(firm, {FIRM_HEAD}) AS head FROM (
            SELECT host, firm_of(host) AS firm FROM (SELECT host FROM (
                SELECT split_part(email1, '@', 2) AS host FROM leads WHERE email1 IS NOT NULL
                UNION ALL SELECT split_part(email1, '@', 2) FROM jobs WHERE email1 IS NOT NULL
            ) GROUP BY host HAVING count(*) <= {MASS})
        ) WHERE length(firm) >= {FIRM_HEAD}
    """)  # noqa: S608 - constant numbers
    whole = "array_to_string(words, '')"
    for kind in ("leads", "jobs"):
        db.execute(f"UPDATE {kind} SET firm = f.firm FROM firms f WHERE split_part({kind}.email1, '@', 2) = f.host")  # noqa: S608
        db.execute(
            f"UPDATE {kind} SET joined = {whole} WHERE left({whole}, {FIRM_HEAD}) IN (SELECT head FROM firms)"  # noqa: S608
        )
    db.execute("DROP TABLE firms")


def _common_words(db: duckdb.DuckDBPyConnection) -> None:
    """Flag requests whose words more than two leads, and more than one in a hundred, use."""
    db.execute("""
        UPDATE leads SET wording_common = true FROM (
            SELECT wording FROM leads WHERE wording IS NOT NULL GROUP BY wording
            HAVING count(*) > greatest(2, (SELECT count(*) FROM leads) / 100)
        ) often WHERE leads.wording = often.wording
    """)


def remarks(db: duckdb.DuckDBPyConnection, files: dict[str, str], *, today: dt.date | None = None) -> list[Problem]:
    """Report unusual rows of leads and jobs. `files` are names by kind; `today` is a parameter, no clock is read."""
    limit = literal(today.isoformat()) if today else "NULL"
    problems: list[Problem] = []
    for kind in ("leads", "jobs"):
        checks = {
            "It has no ID, so it was left out.": "id IS NULL",
            "Its date cannot be read, so time is not compared.": "created IS NOT NULL AND seen_at IS NULL",
            "It has no date, so time is not compared.": "created IS NULL",
            "Its date has the day first, unlike others; it was read that way.": "odd_date",
            "Its date is in the future, so time is not compared.": f"seen_at > TRY_CAST({limit} AS DATE) + 1",
            "A cell contains a line break. Check for an unclosed quote.": " OR ".join(
                f"contains({name}, chr(10))" for name in ("id", "created", "name", "phone", "email")
            ),
            "A cell starts like a formula; it was read as text.": " OR ".join(
                f"starts_with({name}, '=') OR starts_with({name}, '@')" for name in _TYPED
            ),
        }
        flags = ", ".join(f"coalesce({condition}, false) AS odd{at}" for at, condition in enumerate(checks.values()))
        odd = [f"odd{at}" for at in range(len(checks))]
        rows = db.execute(
            f"SELECT row, {', '.join(odd)} FROM (SELECT row, {flags} FROM raw_{kind}) "  # noqa: S608
            f"WHERE {' OR '.join(odd)} ORDER BY row"
        ).fetchall()
        twins = db.execute(
            f"SELECT row FROM raw_{kind} k JOIN (SELECT id, min(row) AS top FROM raw_{kind} GROUP BY id "  # noqa: S608
            "HAVING count(*) > 1) t ON t.id = k.id WHERE row > top ORDER BY row"
        ).fetchall()
        named = {sentence: [int(row[0]) for row in rows if row[at]] for at, sentence in enumerate(checks, start=1)}
        named["An earlier row has the same ID, so this row was left out."] = [int(row) for (row,) in twins]
        problems += listed(files[kind], named)
    return problems


def loose_ends(db: duckdb.DuckDBPyConnection, files: dict[str, str]) -> list[Problem]:
    """Report inconsistencies between files: invoices without a job, payments without an invoice, negative totals."""
    checks = {
        ("invoices", "jobs"): ("Its job is not in the jobs file.", "job"),
        ("payments", "invoices"): ("Its invoice is not in the invoices file.", "invoice"),
        ("bookings", "jobs"): ("Its job is not in the jobs file.", "job"),
    }
    problems: list[Problem] = []
    for (kind, other), (sentence, column) in checks.items():
        if kind in files and other in files:
            sql = (
                f"SELECT row FROM raw_{kind} k WHERE {column} IS NOT NULL AND NOT EXISTS "  # noqa: S608
                f"(SELECT 1 FROM raw_{other} o WHERE o.id = k.{column}) ORDER BY row LIMIT {NAMED}"
            )
            problems += [Problem(files[kind], int(row), sentence) for (row,) in db.execute(sql).fetchall()]
    for kind in ("invoices", "payments"):
        if kind in files:
            less = f"SELECT row FROM raw_{kind} WHERE regexp_matches(total, '^\\s*(-|\\()')"  # noqa: S608
            sql = f"SELECT row FROM ({less}) ORDER BY row LIMIT {NAMED}"  # noqa: S608
            rows = db.execute(sql).fetchall()
            problems += [Problem(files[kind], int(row), "Its total is negative.") for (row,) in rows]
    return problems
