"""The frozen commands with small inputs of our own: what they print, and how they end.

They run one after the other on the recorded database, after the pages: some of them write. A name in braces is filled
in by record.py; `{id}` is the first UUID that the command before printed.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """One run of a management command. `reads` is its standard input, `writes` a file whose text is recorded too.

    What is not recorded only prepares the next ones, and may be missing in another version.
    """

    arguments: str
    reads: str = ""
    writes: str = ""
    is_recorded: bool = True


BY = "--recorded-by lead@pagetojob.example"
NOTE = '--kind document --grade "stated by us" --summary "A note for the golden recording." --file {inputs}/proof.txt'
REVIEW = '--kind confirmation --grade "confirmed by customer" --summary "A review." --url https://example.com/review'

COMMANDS = (
    Command("read_page {inputs}/pages/index.html --json --today 2026-06-01"),
    Command("read_page {inputs}/pages/drain-cleaning.html --today 2026-06-01"),
    Command("read_page {inputs}/missing.html --json"),
    Command("check_site --titan-map {inputs}/titan-map.json --pages {inputs}/pages --json --today 2026-06-01"),
    Command("check_site --titan-map {inputs}/titan-map.json --pages {inputs}/pages --today 2026-06-01"),
    Command("check_site --titan-map {inputs}/leads.csv --pages {inputs}/pages --json"),
    Command("link_files --leads {inputs}/leads.csv --jobs {inputs}/jobs.csv --out {out}/links.csv", writes="links.csv"),
    Command(
        "link_files --leads {inputs}/leads.csv --jobs {inputs}/jobs.csv --out {out}/l.csv --weights {out}/weights.csv",
        writes="weights.csv",
    ),
    Command(
        "link_files --leads {inputs}/leads.csv --jobs {inputs}/jobs.csv --out {out}/l.csv --card {out}/card.json",
        writes="card.json",
    ),
    Command("link_files --leads {inputs}/claims.txt --jobs {inputs}/jobs.csv --out {out}/no.csv"),
    Command("check_claims --stdin --json", reads="claims.txt"),
    Command("check_claims --stdin", reads="claims.txt"),
    Command("check_claims"),
    Command("check_claims --files --json"),
    Command("fetch {url}/robots.txt --json"),
    Command("fetch {url}/no-such-page"),
    Command("fetch http://127.0.0.1:1/ --json"),
    Command("fetch --stdin --check-only --json", reads="addresses.txt"),
    Command("fetch"),
    Command("flags"),
    Command("flags --tenant desert-peak --json"),
    Command("flags --tenant desert-peak --environment production --json"),
    Command("flags --tenant nobody"),
    Command('evidence add --gate "secure credential storage" {note} --last-day {soon} {by} --json'),
    Command('evidence revoke {id} --reason "Golden recording." {by} --json'),
    Command('evidence add --tenant desert-peak --gate "privacy review" {review} --last-day {soon} {by}'),
    Command('evidence add --gate "partner approval" {note} --last-day {soon} {by}'),
    Command('evidence add --gate "secure credential storage" {note} --last-day {soon} --recorded-by no@example.com'),
    Command('evidence add --gate "secure credential storage" {note} --last-day {soon} {by} --confirm'),
    Command("evidence list --json"),
    Command("evidence list --tenant desert-peak"),
    Command("prove_webhooks --url {url}"),
    Command("prove_webhooks --url {url} --cases {inputs}/cases.json"),
    Command("demo_api on"),
    Command("flags --tenant desert-peak --json"),
    Command("demo_api off"),
    Command("demo_api on --tenant nobody"),
    Command("export_titan_map --tenant desert-peak"),
    Command("export_titan_map --tenant desert-peak --out {out}/map.json", writes="map.json"),
    Command("export_titan_map --tenant nobody"),
    Command("import_titan_map {inputs}/titan-map.json --tenant desert-peak"),
    Command("import_titan_map {inputs}/titan-map.json --tenant desert-peak --apply --by lead@pagetojob.example"),
    Command("import_titan_map {inputs}/leads.csv --tenant desert-peak"),
    Command("import_titan_map {inputs}/titan-map.json --tenant desert-peak --apply"),
    Command("seal_audit", is_recorded=False),
    Command("verify_audit"),
    Command("verify_audit --json"),
    Command("verify_audit --tenant desert-peak --json"),
    Command("verify_audit --tenant nobody"),
)
