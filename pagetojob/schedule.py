"""All periodic tasks of the platform in one list, each with a sentence about its purpose.

`manage.py dispatch` keeps one row per task and sends a wake-up to the `work` queue when it is due. A periodic task must
be safe to run twice and to skip.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.utils.module_loading import import_string


@dataclass(frozen=True)
class PeriodicTask:
    """A periodic task.

    `function` is a dotted path, because the dispatcher reads this list and needs none of the functions. `heavy` tasks
    may take half a minute and use the queue of runs, so that sweeps and alarms do not wait.
    """

    every: timedelta
    sentence: str
    function: str
    heavy: bool = False

    def load(self) -> Callable[[], object]:
        """Import the function with its libraries, and return it."""
        function: Callable[[], object] = import_string(self.function)
        return function

    def run(self) -> object:
        """Call the function."""
        return self.load()()


PERIODIC_TASKS: dict[str, PeriodicTask] = {
    "drift.start_due": PeriodicTask(
        every=timedelta(minutes=1),
        sentence="Start every website reading that is due, so that drift is detected without a request.",
        function="drift.services.reading.start_due",
    ),
    "drift.remind": PeriodicTask(
        every=timedelta(minutes=15),
        sentence="Remind operators of unanswered customer questions, more urgently each time; silence closes nothing.",
        function="drift.services.reminders.remind",
    ),
    "drift.send_mail": PeriodicTask(
        every=timedelta(minutes=1),
        sentence="Send pending questions and reminders to customers, each with a fixed Message-ID.",
        function="drift.services.emails.send_due",
        heavy=True,
    ),
    "onboarding.send_tests": PeriodicTask(
        every=timedelta(seconds=15),
        sentence="Send test messages to new notice recipients, each with the link that confirms the address.",
        function="pagetojob.onboarding.recipients.send_due_tests",
    ),
    "onboarding.weekly_emails": PeriodicTask(
        every=timedelta(minutes=10),
        sentence="Send the weekly email to each person of a contractor who wants it, on Monday morning there.",
        function="pagetojob.onboarding.weekly.send_due",
        heavy=True,
    ),
    "onboarding.forget_previews": PeriodicTask(
        every=timedelta(hours=1),
        sentence="Delete preview links a month after they end.",
        function="pagetojob.onboarding.previews.forget_old_previews",
    ),
    "onboarding.check_embeds": PeriodicTask(
        every=timedelta(seconds=15),
        sentence="Check if our form is installed on the pages of contractors' own websites.",
        function="pagetojob.onboarding.embeds.check_due",
        heavy=True,
    ),
    "onboarding.check_forms": PeriodicTask(
        every=timedelta(minutes=1),
        sentence="Send an hourly synthetic request to each live website's form, so that a broken form is noticed.",
        function="pagetojob.onboarding.form_checks.check_due",
        heavy=True,
    ),
    "onboarding.notice_quiet_pages": PeriodicTask(
        every=timedelta(minutes=30),
        sentence="Notice pages that normally bring requests and bring none.",
        function="pagetojob.onboarding.quiet_pages.notice_quiet_pages",
        heavy=True,
    ),
    "transparency.sequence": PeriodicTask(
        every=timedelta(seconds=10),
        sentence="Give what was sealed its place in the public log, and sign the log's new state.",
        function="pagetojob.transparency.services.sequence",
    ),
    "transparency.date_newest": PeriodicTask(
        every=timedelta(seconds=30),
        sentence="Have the newest state of the public log dated by a timestamp authority.",
        function="pagetojob.transparency.timestamps.date_newest",
    ),
    "syncqueue.sweep_leases": PeriodicTask(
        every=timedelta(seconds=10),
        sentence="Release items leased by dead workers, so that no item waits forever.",
        function="syncqueue.services.recovery.sweep_leases",
    ),
    "syncqueue.raise_alarms": PeriodicTask(
        every=timedelta(seconds=15),
        sentence="Raise an alarm if a business was not notified of a lead within ten minutes, so that a person calls.",
        function="syncqueue.services.alarm.raise_alarms",
    ),
    "notices.send": PeriodicTask(
        every=timedelta(seconds=2),
        sentence="Send due notices to every recipient of a business, each on its own.",
        function="syncqueue.notices.sending.send_due",
    ),
    "notices.escalate": PeriodicTask(
        every=timedelta(seconds=15),
        sentence="Escalate requests that no one opened or answered within the target of the business.",
        function="syncqueue.notices.escalation.escalate_due",
    ),
    "notices.make_digests": PeriodicTask(
        every=timedelta(minutes=5),
        sentence="Make the morning's digest of suspected requests for each business that had some.",
        function="syncqueue.notices.digest.make_digests",
    ),
    "ops.watch_alarms": PeriodicTask(
        every=timedelta(seconds=15),
        sentence="Notify the people on call of active alarms, and the next ones if no one acknowledges.",
        function="pagetojob.ops.incidents.watch_alarms",
    ),
    "syncqueue.release_opened": PeriodicTask(
        every=timedelta(seconds=15),
        sentence="Requeue items blocked by a closed gate after it opens, or by an unknown time zone once it is known.",
        function="syncqueue.services.gated_items.release_opened",
    ),
    "syncqueue.check_refusals": PeriodicTask(
        every=timedelta(seconds=30),
        sentence="Check refusals of ServiceTitan with one booking each, and release the others once it is accepted.",
        function="syncqueue.services.refusals.check_refusals",
    ),
    "syncqueue.close_days": PeriodicTask(
        every=timedelta(minutes=1),
        sentence="Close past ledger days, so that ledger queries stay fast.",
        function="syncqueue.services.ledger.close_days",
    ),
    "syncqueue.recheck_books": PeriodicTask(
        every=timedelta(minutes=1),
        sentence="Recount closed days that can still change, one hundred at a time.",
        function="syncqueue.services.ledger.recheck",
    ),
    "syncqueue.count_tries": PeriodicTask(
        every=timedelta(minutes=1),
        sentence="Count attempts by hour, so that charts and metrics have a constant cost.",
        function="syncqueue.services.tally.count_attempts",
    ),
    "syncqueue.count_deep": PeriodicTask(
        every=timedelta(minutes=1),
        sentence="Count open items in states that are too large for the monitor to count on every request.",
        function="syncqueue.depth.count_deep",
        heavy=True,
    ),
    "syncqueue.verify_books": PeriodicTask(
        every=timedelta(hours=24),
        sentence="Recount every closed day and report differences, so that no loss goes unnoticed.",
        function="syncqueue.services.ledger.verify",
        heavy=True,
    ),
    "syncqueue.work_inbox": PeriodicTask(
        every=timedelta(seconds=2),
        sentence="Process received events from their stored copies, verifying each one again.",
        function="syncqueue.services.inbox_work.work_inbox",
    ),
    "syncqueue.poll_bookings": PeriodicTask(
        every=timedelta(minutes=5),
        sentence="Poll for changed bookings where we have read access, so that missed events are detected.",
        function="syncqueue.polling.poll_bookings",
        heavy=True,
    ),
    "syncqueue.poll_sessions": PeriodicTask(
        every=timedelta(minutes=5),
        sentence="Read abandoned sessions where we have access, so that one whose event was missed becomes a lead.",
        function="syncqueue.polling.poll_sessions",
        heavy=True,
    ),
    "titanmap.start_api_imports": PeriodicTask(
        every=timedelta(minutes=10),
        sentence="Start the daily import of the lists of each account that we may read.",
        function="pagetojob.titanmap.api_requests.start_due",
        heavy=True,
    ),
    "attribution.start_api_imports": PeriodicTask(
        every=timedelta(minutes=10),
        sentence="Start the hourly import of jobs, invoices and payments of each account that we may read.",
        function="attribution.services.api_requests.start_due",
        heavy=True,
    ),
    "syncqueue.forget_old_requests": PeriodicTask(
        every=timedelta(hours=1),
        sentence="Remove expired webhook data: quarantine first, then stored copies, then rows.",
        function="syncqueue.services.inbox_work.forget_old_requests",
    ),
    "syncqueue.forget_old_windows": PeriodicTask(
        every=timedelta(hours=1),
        sentence="Delete per-address request counters that are no longer needed.",
        function="syncqueue.services.counter.forget_old_windows",
    ),
    "audit.seal": PeriodicTask(
        every=timedelta(seconds=20),
        sentence="Seal new audit log lines into the chain, so that tampering can be detected.",
        function="pagetojob.platform.audit.sealer.seal_lines",
    ),
    "audit.verify": PeriodicTask(
        every=timedelta(hours=24),
        sentence="Verify the chain of the audit log and report the first line that does not match its seal.",
        function="pagetojob.platform.audit.verify.check",
        heavy=True,
    ),
    "attribution.verify_statements": PeriodicTask(
        every=timedelta(hours=24),
        sentence="Rehash every closed month and restatement and report each one that does not match its seal.",
        function="attribution.statements.nightly.verify_statements",
        heavy=True,
    ),
    "readiness.import_evidence": PeriodicTask(
        every=timedelta(seconds=20),
        sentence="Import new results of checks, so that a line whose check failed is lowered within a minute.",
        function="readiness.services.runs.import_folders",
    ),
    "readiness.publish": PeriodicTask(
        every=timedelta(seconds=10),
        sentence="Publish a version of the pack when rows changed outside the admin or evidence lapsed.",
        function="readiness.services.current.keep_up",
    ),
    "readiness.make_packets": PeriodicTask(
        every=timedelta(seconds=15),
        sentence="Create the PDF packet and the bundle of the newest version that lacks them, one version per run.",
        function="readiness.services.packets.make_packets",
        heavy=True,
    ),
    "readiness.tell_reviewers": PeriodicTask(
        every=timedelta(hours=1),
        sentence="Notify reviewers 30, 14 and 3 days before evidence lapses and when it lapses, so that they renew it.",
        function="readiness.services.notices.notify_reviewers",
    ),
    "readiness.scan_claims": PeriodicTask(
        every=timedelta(hours=24),
        sentence="Scan every page, row, template and email for gated claims, and start a scan of each contractor.",
        function="readiness.nightly.scan_claims",
        heavy=True,
    ),
    "syncqueue.forget_old_answers": PeriodicTask(
        every=timedelta(hours=1),
        sentence="Delete stored intake API responses older than a month; the leads stay.",
        function="syncqueue.services.api.forget_old_answers",
    ),
    "vault.finish_disconnects": PeriodicTask(
        every=timedelta(minutes=15),
        sentence="Resume disconnects that are unfinished after five minutes, so that every business is notified.",
        function="pagetojob.servicetitan.vault.services.disconnection.resume_stalled_disconnects",
    ),
    "accounts.send_owed": PeriodicTask(
        every=timedelta(seconds=5),
        sentence="Send pending account email: invitations, new passwords, changed second steps.",
        function="pagetojob.platform.accounts.services.mails.send_pending_mail",
    ),
    "vault.encrypt_documents": PeriodicTask(
        every=timedelta(hours=1),
        sentence="Encrypt documents of contractors that are not encrypted, such as those of an import.",
        function="pagetojob.servicetitan.vault.services.old_documents.start_due",
    ),
    "retention.start_purges": PeriodicTask(
        every=timedelta(hours=24),
        sentence="Remove expired audit lines and accounts, and start a purge of each contractor's expired rows.",
        function="pagetojob.retention.purge.start_purges",
        heavy=True,
    ),
    "importer.discard_waiting": PeriodicTask(
        every=timedelta(hours=1),
        sentence="Discard uploads that no one imported within 30 days, or whose file was erased.",
        function="pagetojob.importer.waiting.discard_waiting",
        heavy=True,
    ),
    "onboarding.check_domains": PeriodicTask(
        every=timedelta(seconds=15),
        sentence="Check the DNS records of each contractor's domain every hour, so that a broken one is noticed.",
        function="pagetojob.onboarding.domains.check_due",
        heavy=True,
    ),
    "onboarding.read_certificates": PeriodicTask(
        every=timedelta(minutes=10),
        sentence="Read the certificate of each public host every six hours, so that a missed renewal is noticed.",
        function="pagetojob.onboarding.certificates.read_due",
        heavy=True,
    ),
    "accounts.forget_ended": PeriodicTask(
        every=timedelta(hours=1),
        sentence="Delete ended sessions, old attempt counters, and month-old links, mail and lines of the admin site.",
        function="pagetojob.platform.accounts.services.forget.forget_ended",
    ),
}
