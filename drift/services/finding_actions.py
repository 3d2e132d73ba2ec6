"""Operators' decisions about findings: agree on a fix, waive, dismiss, reopen."""

from datetime import date

from django.db import transaction
from django.db.models import Count, Q
from django.db.models.functions import Now

from pagetojob.platform import states
from pagetojob.platform.audit.services import record
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue.services.website import enqueue_website_update

from ..errors import DriftRefused
from ..models import Answer, DemoPage, Finding, FindingState, RulePause, What
from ..texts import WHERE
from .history import QUIET, end_links, lock, record_decision

#: Noise budget: a rule is paused for a tenant after at least three false alarms, if they are more than 30% of the
#: judged findings.
MOST_FALSE, MOST_FALSE_SHARE = 3, 0.3


@transaction.atomic
def agree_fix(*, finding: Finding, fix: str, actor: User) -> None:
    """Agree on the fix that follows from the customer's answer. Enqueues an outbox item if the website has to change.

    Needs the operator scope. Raises DriftRefused if the customer has not answered since the finding was last opened.
    """
    lock(finding)
    word = current_answer(finding)
    if finding.state != FindingState.ANSWERED or word is None:
        raise DriftRefused("The customer has not answered yet. Ask them, or record an answer by phone.")
    where, item = WHERE.get(word.choice, "website"), None
    if "website" in where:
        tenant = Tenant.objects.get(pk=finding.tenant_id)
        key = f"drift:{finding.public_id}:{finding.times_opened}"
        item = enqueue_website_update(tenant=tenant, key=key, source=f"{finding.page or 'website'}: {fix}")
    states.move(finding, FindingState.FIX_AGREED, agreed_fix=fix, update_item=item, **QUIET)
    record_decision(finding, What.AGREED, "agree_fix", fix, words=f"In the {where}: {fix}", actor=actor)


def current_answer(finding: Finding) -> Answer | None:
    """Return the latest answer since the finding was last opened. Runs one query."""
    return (
        Answer.objects.filter(tenant_id=finding.tenant_id, finding=finding, at__gte=finding.opened_at)
        .order_by("-id")
        .first()
    )


@transaction.atomic
def waive(*, finding: Finding, until: date, actor: User, reason: str) -> None:
    """Waive a finding until a date. Needs the operator scope. Raises DriftRefused if the state does not allow it."""
    lock(finding)
    _require_transition(finding, FindingState.WAIVED)
    end_links(finding)
    states.move(finding, FindingState.WAIVED, waived_until=until, **QUIET)
    record_decision(finding, What.WAIVED, "waive", reason, words=f"Until {until:%B %-d, %Y}. {reason}", actor=actor)


@transaction.atomic
def dismiss(*, finding: Finding, actor: User, reason: str) -> bool:
    """Mark a false alarm and return whether its rule is now paused. Needs the operator scope. Raises DriftRefused."""
    lock(finding)
    _require_transition(finding, FindingState.DISMISSED)
    end_links(finding)
    states.move(finding, FindingState.DISMISSED, **QUIET)
    record_decision(finding, What.DISMISSED, "dismiss", reason, actor=actor)
    return _pause_if_noisy(finding)


@transaction.atomic
def reopen(*, finding: Finding, actor: User, reason: str) -> None:
    """Reopen a waived, dismissed or agreed finding. Needs the operator scope. Raises DriftRefused."""
    lock(finding)
    if finding.state not in (FindingState.WAIVED, FindingState.DISMISSED, FindingState.FIX_AGREED):
        raise DriftRefused("This finding is already open, or is closed.")
    states.move(finding, FindingState.OPEN, waived_until=None, agreed_fix="", opened_at=Now(), **QUIET)
    record_decision(finding, What.TAKEN_UP, "take_up", reason, actor=actor)


def _require_transition(finding: Finding, to: FindingState) -> None:
    if to not in finding.MOVES[finding.state]:
        raise DriftRefused("This finding is no longer open. See its history.")


def _pause_if_noisy(finding: Finding) -> bool:
    """Pause the rule if it exceeds the noise budget, counted since its last pause ended.

    At most three queries, plus one INSERT.
    """
    pauses = RulePause.objects.filter(tenant_id=finding.tenant_id, rule=finding.rule)
    if pauses.filter(lifted_at__isnull=True).exists():
        return False
    rows = Finding.objects.filter(tenant_id=finding.tenant_id, rule=finding.rule)
    if last := pauses.order_by("-paused_at").first():
        rows = rows.filter(state_since__gt=last.lifted_at)
    counts = rows.aggregate(
        false=Count("pk", filter=Q(state=FindingState.DISMISSED), distinct=True),
        judged=Count("pk", filter=Q(state=FindingState.DISMISSED) | Q(answers__isnull=False), distinct=True),
    )
    if counts["false"] < MOST_FALSE or counts["false"] <= MOST_FALSE_SHARE * counts["judged"]:
        return False
    RulePause.objects.create(
        tenant_id=finding.tenant_id, rule=finding.rule, false_alarms=counts["false"], judged=counts["judged"]
    )
    return True


@transaction.atomic
def lift_pause(*, pause: RulePause, actor: User, reason: str) -> None:
    """Lift the pause of a rule. Idempotent. Needs the operator scope."""
    lifted = RulePause.objects.filter(pk=pause.pk, lifted_at__isnull=True).update(
        lifted_at=Now(), lifted_by=actor, reason=reason
    )
    if lifted:
        record(
            action="drift.lift_pause", subject=f"rule:{pause.rule}", reason=reason, tenant=pause.tenant_id, actor=actor
        )


@transaction.atomic
def change_demo_words(*, finding: Finding, old: str, new: str, actor: User) -> int:
    """Replace words on the demo site and return the number of changed pages. Raises DriftRefused."""
    if not Tenant.objects.filter(pk=finding.tenant_id, is_demo=True).exists():
        raise DriftRefused("Only the demo site can be changed here. Real websites are changed by their editors.")
    changed = 0
    for page in DemoPage.objects.filter(tenant_id=finding.tenant_id, html__contains=old):
        page.html = page.html.replace(old, new)
        page.save(update_fields=["html"])
        changed += 1
    if not changed:
        raise DriftRefused("No page of the demo site contains this text.")
    words = f"“{old}” is now “{new}” on {changed} page{'s' if changed > 1 else ''}."
    record_decision(finding, What.CHANGED, "change_demo", words, actor=actor)
    return changed
