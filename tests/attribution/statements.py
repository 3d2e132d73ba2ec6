"""Closed months and their restatements."""

from datetime import date

from attribution.models import Restatement, Statement
from attribution.statements.closing import close_month, preview
from attribution.statements.restating import restate, since_closing
from pagetojob.platform.tenants.models import Tenant, User
from tests.attribution.months import NOVEMBER, OCTOBER


def close_statement(tenant: Tenant, actor: User, first: date = OCTOBER) -> Statement:
    """Close a month as a person who has just read its preview."""
    shown = preview(tenant=tenant, first=first, now=NOVEMBER)
    return close_month(
        tenant=tenant,
        first=first,
        seen=shown.seen,
        actor=actor,
        reason="Agreed.",
        acknowledged=shown.gaps,
        now=NOVEMBER,
    )


def sign_restatement(statement: Statement, actor: User) -> Restatement:
    """Sign what changed since the month was closed."""
    return restate(statement=statement, seen=since_closing(statement).seen, actor=actor, reason="A refund.")
