"""Database triggers that several apps put on tenant-owned tables."""

from typing import Any

import pgtrigger
from django.db import connections

# django-pgtrigger lets any session skip a trigger: SET pgtrigger.ignore. Every function of a trigger asks this one. It
# lets only the transaction pass that deletes a tenant whose offboarding two people confirmed.
_ONLY_OFFBOARDING = """
CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name name) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    IF current_user = 'pagetojob_owner' THEN
        RETURN ptj_offboarding_now();
    END IF;
    RETURN false;
END $$
"""


def forbid_ignoring(*, using: str, **_: Any) -> None:
    """Make guard triggers apply in every session. Runs after each `migrate`, because each new trigger undoes it."""
    with connections[using].cursor() as cursor:
        cursor.execute(_ONLY_OFFBOARDING)


def raise_gates_epoch(name: str, *, where: str = "id IN (OLD.tenant_id, NEW.tenant_id)") -> pgtrigger.Trigger:
    """Return a trigger that increments the `gates_epoch` of the tenants in `where` with each change of a row.

    A sender compares epochs before each send, so a change closes the gate at its next check.
    """
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=f"""
                    UPDATE tenants_tenant SET gates_epoch = gates_epoch + 1
                    WHERE {where};
                    RETURN NULL;
                """,  # noqa: S608 - `where` is a constant of a model
    )
