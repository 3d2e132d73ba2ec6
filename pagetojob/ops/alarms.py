"""Every alarm of `/ops/health` with its runbook: what it means, what to check, what to do. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Alarm:
    """An alarm. `sentence` is what the monitor reads; `lost` says what is at risk while it is active."""

    key: str
    sentence: str
    means: str
    lost: str
    checks: tuple[str, ...]
    steps: tuple[str, ...]


_NOTHING_LOST = "Nothing is lost: requests and their outbox items are stored and wait."

ALARMS: tuple[Alarm, ...] = (
    Alarm(
        "dispatcher",
        "The dispatcher is not running.",
        "It has started no periodic task for a minute, so workers get no wake-ups.",
        _NOTHING_LOST + " Nothing is sent until it is back.",
        ("The process manage.py dispatch and its last log lines.", "The broker: does it respond?"),
        ("Start manage.py dispatch; it is safe to run two.", "Watch “queued” fall in operations."),
    ),
    Alarm(
        "worker",
        "No worker has finished a periodic task for a minute.",
        "The worker of the queue “work” is down, or the broker is.",
        _NOTHING_LOST + " Items of dead workers stay “sending”, and no alarm is logged.",
        ("The dispatcher alarm, which also causes this one.", "The worker for “work”, and the broker."),
        (
            "Start the worker or the broker. An empty broker is fine.",
            "If it stops again, save its last log lines for an engineer.",
        ),
    ),
    Alarm(
        "due",
        "An item has been due for more than five minutes.",
        "Due items are not being claimed: the worker for “deliver” is down, or a lane is cooling down or paused.",
        "No request is lost. Businesses may not hear of new ones.",
        (
            "Lanes: paused ones are listed first, then those cooling down, each with its reason.",
            "The worker for “deliver”: the time of the last attempt is at the top of the alarms page.",
            "The causes of waiting items, in operations: often all share one cause.",
        ),
        (
            "Resume a lane that should not be paused.",
            "Start the worker for “deliver”; several may run.",
            "A lane that is cooling down recovers by itself once the cause is gone: fix the mail server, or wait.",
        ),
    ),
    Alarm(
        "untold",
        "A business has not been notified of a lead within ten minutes.",
        "A notice is overdue, so the business does not know about the request.",
        "A homeowner is waiting for a call that no one knows about. This is the alarm that counts.",
        ("The tile “Not notified”, and the column “Why” in its list.",),
        (
            "Call the business about each emergency now, and mark that notice as done.",
            "If all share one cause, fix it; the notices are then sent automatically.",
            "Notices in “needs review” are not sent automatically. Resend them once the cause is fixed, or call.",
        ),
    ),
    Alarm(
        "run",
        "A run has waited for a worker for more than five minutes.",
        "The worker for “heavy” is down or busy, so a bulk action or an import does not start.",
        "Nothing: the run continues where it stopped.",
        ("Earlier runs: which one is queued.", "The worker for “heavy”."),
        ("Start the worker for “heavy”.",),
    ),
    Alarm(
        "books",
        "The ledger does not balance.",
        "A captured request has no booking item, so it will not be handed off.",
        "That request, unless someone finds it. It is stored.",
        ("The ledger by tenant: wrong ones are listed first.", "Log lines about a wrong closed day of the ledger."),
        ("Stop all work on items of that tenant.", "Call an engineer: rows were changed outside the application."),
    ),
    Alarm(
        "notices",
        "A lead has no notice to its business.",
        "A captured request has no notice, so the business will not be notified.",
        "A homeowner is waiting for a call that no one knows about.",
        ("The ledger of notices, in operations.",),
        ("Call the business.", "Call an engineer."),
    ),
    Alarm(
        "overclaims",
        "A text asserts a gated claim: run manage.py check_claims.",
        "A page, row, template or email makes a claim whose gates are still closed.",
        "Trust: readers may see a promise that we cannot keep.",
        ("manage.py check_claims: it lists each text, the phrase, and safe wording.",),
        ("Reword it in the admin or in its file, and run the command again.",),
    ),
    Alarm(
        "audit-broken",
        "The audit log does not match its seals: run manage.py verify_audit.",
        "A line of the audit log was changed, removed or added outside the application.",
        "The proof of who did what, from that line on.",
        ("manage.py verify_audit: it reports the first line that is wrong.",),
        ("Change nothing. Call an engineer and whoever is responsible for security.",),
    ),
    Alarm(
        "audit-unsealed",
        "A line of the audit log has waited for its seal for more than five minutes.",
        "The sealing task is not running, or a transaction has been open that long.",
        "Nothing yet: the line is stored, and is sealed when the task runs.",
        ("The worker for “work”.", "Transactions that have been open for minutes, in pg_stat_activity."),
        ("Start the worker; end the transaction.",),
    ),
)

BY_KEY = {alarm.key: alarm for alarm in ALARMS}
