"""Every alarm of `/ops/health` with its runbook: what it means, what to check, what to do. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Alarm:
    """An alarm. `sentence` is what the monitor reads; `lost` says what is at risk while it is active."""

    key: str
    sentence: str
    means: str
    lost: str
    look: tuple[str, ...]
    do: tuple[str, ...]


_NOTHING_LOST = "Nothing is lost: requests are stored with what is owed for them, and wait."

ALARMS: tuple[Alarm, ...] = (
    Alarm(
        "dispatcher",
        "The dispatcher shows no sign of life.",
        "It has handed out no duty for a minute, so nobody tells workers that something is due.",
        _NOTHING_LOST + " Nothing goes out until it is back.",
        ("The process manage.py dispatch and its last log lines.", "Whether the broker answers."),
        ("Start manage.py dispatch; two of them do no harm.", "Watch “queued” fall at the desk."),
    ),
    Alarm(
        "worker",
        "No worker has finished a duty for a minute.",
        "The worker of the queue work is down, or the broker between it and the dispatcher.",
        _NOTHING_LOST + " Items of dead workers stay “sending”, and no alarm line is written.",
        ("The alarm of the dispatcher, which brings this one with it.", "The worker for work, and the broker."),
        (
            "Start the worker, or the broker, empty or not.",
            "If it dies again, keep its last log lines for an engineer.",
        ),
    ),
    Alarm(
        "due",
        "An item has been due for more than five minutes.",
        "Nothing takes what is due: the worker for deliver is down, or a lane rests or was paused.",
        "No request is lost. Businesses may not hear of new ones.",
        (
            "Lanes: one that a person paused stands first, one that rests next, each with its reason.",
            "The worker for deliver: when a try was last settled stands at the top of the alarms.",
            "Why items wait, at the desk: one cause often explains them all.",
        ),
        (
            "Resume a lane that was paused and should not be.",
            "Start the worker for deliver; several may run.",
            "A lane that rests mends itself once its cause has passed: mend the mail server, or wait.",
        ),
    ),
    Alarm(
        "untold",
        "A business has not been told of a lead within ten minutes.",
        "A notice is open longer than it may be, and nobody at the business knows of the request.",
        "A homeowner waits for a call that nobody knows of. This is the alarm that counts.",
        ("The tile “not told”, and the column “Why” of its list.",),
        (
            "Phone the business of each emergency now, and finish that notice by hand.",
            "One cause for all: mend it; the notices then go by themselves.",
            "Needs review: nothing goes by itself. Send it again once the cause is mended, or phone.",
        ),
    ),
    Alarm(
        "run",
        "A run has waited for a worker for more than five minutes.",
        "The worker for heavy is down or busy, so a bulk move or an import does not begin.",
        "Nothing: the run goes on where it was.",
        ("Earlier runs: which one is queued.", "The worker for heavy."),
        ("Start the worker for heavy.",),
    ),
    Alarm(
        "books",
        "The books do not balance.",
        "A captured request has no booking item, so nobody is going to hand it over.",
        "That request, unless it is found. It is stored.",
        ("The books by tenant: the wrong ones stand first.", "The log: “a closed day of the books was wrong”."),
        ("Let nobody act on items of that tenant.", "Call an engineer: rows were changed by another way than ours."),
    ),
    Alarm(
        "notices",
        "A lead has no notice to its business.",
        "A captured request has no notice, so nobody is going to tell the business.",
        "A homeowner waits for a call that nobody knows of.",
        ("The books of notices, at the desk.",),
        ("Phone the business.", "Call an engineer."),
    ),
    Alarm(
        "overclaims",
        "A text asserts a gated claim: run manage.py check_claims.",
        "A page, a row, a template or an e-mail says something that its gates do not carry yet.",
        "Trust: somebody may read a promise that we cannot keep.",
        ("manage.py check_claims: it names each text, the phrase, and what may be said instead.",),
        ("Reword it in the admin or in its file, and run the command again.",),
    ),
    Alarm(
        "audit-broken",
        "The audit log is not as it was sealed: run manage.py verify_audit.",
        "A line of the audit log was changed, removed or added by another way than ours.",
        "The proof of who did what, from that line on.",
        ("manage.py verify_audit: it names the first line that is wrong.",),
        ("Change nothing. Call an engineer and whoever is responsible for security.",),
    ),
    Alarm(
        "audit-unsealed",
        "A line of the audit log has waited for its seal for more than five minutes.",
        "The duty that seals does not run, or a transaction has been open that long.",
        "Nothing yet: the line is there, and is sealed when the duty runs.",
        ("The worker for work.", "Transactions that have been open for minutes, in pg_stat_activity."),
        ("Start the worker; end the transaction.",),
    ),
)

BY_KEY = {alarm.key: alarm for alarm in ALARMS}
