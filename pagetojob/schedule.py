"""Every periodic duty of the house in one list, each with the sentence that says why.

`manage.py dispatch` keeps a row per duty and nudges the `work` queue when one is due. A duty must be
safe to run twice or to miss a turn.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from attribution.statements.nightly import verify_statements
from drift.services.emails import send_due
from drift.services.reading import start_due
from drift.services.reminders import remind
from pagetojob.platform.accounts.services.forget import forget_ended
from pagetojob.platform.accounts.services.mails import send_owed
from pagetojob.platform.audit import sealer, verify
from pagetojob.servicetitan.vault.services.disconnect import resume_stalled_disconnects
from readiness import nightly
from readiness.services.notices import tell_reviewers
from readiness.services.packets import make_packets
from readiness.services.republish import keep_up
from syncqueue.polling import poll_bookings
from syncqueue.services import ledger
from syncqueue.services.alarm import raise_alarms
from syncqueue.services.api import forget_old_answers
from syncqueue.services.counter import forget_old_windows
from syncqueue.services.delivery import sweep_leases
from syncqueue.services.depth import count_deep
from syncqueue.services.gate_opened import release_opened
from syncqueue.services.inbox_work import forget_old_requests, work_inbox
from syncqueue.services.tally import count_tries


@dataclass(frozen=True)
class PeriodicDuty:
    """`heavy`: its turn may take half a minute, so it goes to the queue of runs, where no sweep or alarm waits."""

    every: timedelta
    sentence: str
    run: Callable[[], object]
    heavy: bool = False


DUTIES: dict[str, PeriodicDuty] = {
    "drift.start_due": PeriodicDuty(
        every=timedelta(minutes=1),
        sentence="Start the reading of each website whose time has come, so that drift is seen without being asked.",
        run=start_due,
    ),
    "drift.remind": PeriodicDuty(
        every=timedelta(minutes=15),
        sentence="Tell operators of questions that customers left open, louder each time; silence settles nothing.",
        run=remind,
    ),
    "drift.send_mail": PeriodicDuty(
        every=timedelta(minutes=1),
        sentence="Mail the questions and reminders that are owed to customers, each under one Message-ID.",
        run=send_due,
        heavy=True,
    ),
    "syncqueue.sweep_leases": PeriodicDuty(
        every=timedelta(seconds=10),
        sentence="Give back the items that a dead worker still holds, so that nothing waits for ever.",
        run=lambda: sweep_leases(worker="sweep"),
    ),
    "syncqueue.raise_alarms": PeriodicDuty(
        every=timedelta(seconds=15),
        sentence="Notice each lead whose business could not be told in ten minutes, so that a person tells it.",
        run=raise_alarms,
    ),
    "syncqueue.release_opened": PeriodicDuty(
        every=timedelta(seconds=15),
        sentence="Queue again what a shut gate held, once the gate has opened or the kill was lifted.",
        run=release_opened,
    ),
    "syncqueue.close_days": PeriodicDuty(
        every=timedelta(minutes=1),
        sentence="Close the days of the books that are over, so that a look at the books stays quick.",
        run=ledger.close_days,
    ),
    "syncqueue.recheck_books": PeriodicDuty(
        every=timedelta(minutes=1),
        sentence="Count the closed days again on which something can still move, a hundred at a time.",
        run=ledger.recheck,
    ),
    "syncqueue.count_tries": PeriodicDuty(
        every=timedelta(minutes=1),
        sentence="Count the tries by the hour, so that charts and metrics cost the same however many there were.",
        run=count_tries,
    ),
    "syncqueue.count_deep": PeriodicDuty(
        every=timedelta(minutes=1),
        sentence="Count the open items of states that are too deep to be counted at each look of the monitor.",
        run=count_deep,
        heavy=True,
    ),
    "syncqueue.verify_books": PeriodicDuty(
        every=timedelta(hours=24),
        sentence="Count every closed day again and report each that was wrong, so that nothing goes missing unseen.",
        run=ledger.verify,
    ),
    "syncqueue.work_inbox": PeriodicDuty(
        every=timedelta(seconds=2),
        sentence="Work off the events that came in, from the stored copy, each checked once more.",
        run=work_inbox,
    ),
    "syncqueue.poll_bookings": PeriodicDuty(
        every=timedelta(minutes=5),
        sentence="Ask where we may read what changed there, so that an event that never came shows as a gap.",
        run=poll_bookings,
        heavy=True,
    ),
    "syncqueue.forget_old_requests": PeriodicDuty(
        every=timedelta(hours=1),
        sentence="Remove what came in by webhook when its days are over: quarantine first, then copies, then rows.",
        run=forget_old_requests,
    ),
    "syncqueue.forget_old_windows": PeriodicDuty(
        every=timedelta(hours=1),
        sentence="Forget how many requests came from where, once nobody counts them any more.",
        run=forget_old_windows,
    ),
    "audit.seal": PeriodicDuty(
        every=timedelta(seconds=20),
        sentence="Give each new line of the audit log its place in the chain, so that tampering with it shows.",
        run=sealer.seal_lines,
    ),
    "audit.verify": PeriodicDuty(
        every=timedelta(hours=24),
        sentence="Go through the chain of the audit log and report the first line that is not as it was sealed.",
        run=verify.check,
        heavy=True,
    ),
    "attribution.verify_statements": PeriodicDuty(
        every=timedelta(hours=24),
        sentence="Hash every closed month and restatement again and report each that is not as it was sealed.",
        run=verify_statements,
        heavy=True,
    ),
    "readiness.publish": PeriodicDuty(
        every=timedelta(seconds=10),
        sentence="Take a version of the pack when its rows changed outside the admin or evidence lapsed.",
        run=keep_up,
    ),
    "readiness.make_packets": PeriodicDuty(
        every=timedelta(seconds=15),
        sentence="Make the PDF packet and the bundle of the newest version that lacks them, one version a turn.",
        run=make_packets,
        heavy=True,
    ),
    "readiness.tell_reviewers": PeriodicDuty(
        every=timedelta(hours=1),
        sentence="Tell reviewers 30, 14 and 3 days before evidence lapses, and when it has, so that they renew it.",
        run=tell_reviewers,
    ),
    "readiness.scan_claims": PeriodicDuty(
        every=timedelta(hours=24),
        sentence="Read every page, row, template and e-mail as a stranger would, so that none claims what is gated.",
        run=nightly.scan_claims,
    ),
    "syncqueue.forget_old_answers": PeriodicDuty(
        every=timedelta(hours=1),
        sentence="Forget the answers of the intake API that are older than a month; the leads stay.",
        run=forget_old_answers,
    ),
    "vault.finish_disconnects": PeriodicDuty(
        every=timedelta(minutes=15),
        sentence="Take up again what a disconnect still owes after five minutes, so that no business goes untold.",
        run=resume_stalled_disconnects,
    ),
    "accounts.send_owed": PeriodicDuty(
        every=timedelta(seconds=5),
        sentence="Send the mail that is owed about accounts: invitations, new passwords, changed factors.",
        run=send_owed,
    ),
    "accounts.forget_ended": PeriodicDuty(
        every=timedelta(hours=1),
        sentence="Forget sessions that are over, old counts of tries, and links and mail that ended a month ago.",
        run=forget_ended,
    ),
}
