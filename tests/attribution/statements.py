"""Closed months and their restatements."""

from datetime import date, datetime

from attribution.models import Restatement, Statement
from attribution.statements.closing import close_month, preview
from attribution.statements.restating import restate, since_closing
from pagetojob.platform.tenants.models import Tenant, User
from tests.attribution.months import NOVEMBER, OCTOBER


def close_statement(tenant: Tenant, actor: User, first: date = OCTOBER, now: datetime = NOVEMBER) -> Statement:
    """Close a month as a person who has just read its preview."""
    shown = preview(tenant=tenant, first=first, now=now)
    return close_month(
        tenant=tenant,
        first=first,
        seen=shown.seen,
        actor=actor,
        reason="Agreed.",
        acknowledged=shown.gaps,
        now=now,
    )


def sign_restatement(statement: Statement, actor: User) -> Restatement:
    """Sign what changed since the month was closed."""
    return restate(statement=statement, seen=since_closing(statement).seen, actor=actor, reason="A refund.")
