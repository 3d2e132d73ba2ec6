"""Bookings that were blocked before their contractor closed get the end of the contract as their cause.

Contractors that close now get it at once (`state_contract_end`). Those that closed before that was written kept the
earlier cause, which asks for something that no longer helps.
"""

from django.db import migrations

STATE_END = """
UPDATE syncqueue_syncitem AS item
SET cause = 'contract-ended',
    error_class = 'gate shut',
    last_error = 'The contract has ended, so this is never sent automatically. '
                 'Enter the booking manually, or cancel it.',
    missing = '[{"what": "contract", "holder": "PageToJob",
                 "sentence": "The contract has ended: nothing is sent to ServiceTitan or read from it."}]'
FROM tenants_tenant AS tenant
WHERE tenant.id = item.tenant_id
    AND tenant.state = 'closed'
    AND item.kind = 'booking_request'
    AND item.state = 'blocked'
    AND item.cause IN ('gate-shut', 'mapping-missing', 'mapping-refused', 'access-refused', 'not-connected');
"""


class Migration(migrations.Migration):
    dependencies = [("syncqueue", "0013_refusal_rights"), ("tenants", "0002_rights")]

    operations = [migrations.RunSQL(STATE_END, migrations.RunSQL.noop)]
