"""Rights on notices and recipients. Workers send; a business and operators change recipients; no one deletes."""

from django.db import migrations

RIGHTS = """
CALL ptj_protect('notices_noticesettings', app => 'SELECT, INSERT, UPDATE',
    worker => 'SELECT, INSERT, UPDATE (digest_until)', operator => 'SELECT, INSERT, UPDATE');
CALL ptj_protect('notices_recipientchange', app => 'SELECT, INSERT, UPDATE (undone_at)', worker => '',
    operator => 'SELECT, INSERT, UPDATE (undone_at)');
CALL ptj_composite_key('notices_recipientchange', 'recipient_id', 'tenants_noticerecipient');
CALL ptj_protect('notices_webhooksecret', app => 'SELECT, INSERT, UPDATE (box, made_at)');
CALL ptj_composite_key('notices_webhooksecret', 'recipient_id', 'tenants_noticerecipient');
CALL ptj_protect('notices_leadattention',
    app => 'SELECT, INSERT, UPDATE (check_at, opened_at, opened_by, answered_at)',
    worker => 'SELECT, INSERT, UPDATE (check_at, level, opened_at, opened_by, answered_at, escalated_at)',
    operator => 'SELECT, INSERT, UPDATE (check_at, opened_at, opened_by, answered_at)');
CALL ptj_composite_key('notices_leadattention', 'lead_id', 'leads_lead');
CALL ptj_protect('notices_recipientnotice',
    app => 'SELECT, INSERT',
    worker => 'SELECT, INSERT, UPDATE (state, attempts, due_at, error, external_id, delivered_at, reported)',
    operator => 'SELECT, UPDATE (state, attempts, due_at, error)');
CALL ptj_composite_key('notices_recipientnotice', 'recipient_id', 'tenants_noticerecipient');
CALL ptj_composite_key('notices_recipientnotice', 'lead_id', 'leads_lead');
CALL ptj_protect('notices_deliveryreport', app => 'SELECT', worker => 'SELECT, INSERT', operator => 'SELECT');
CALL ptj_composite_key('notices_deliveryreport', 'notice_id', 'notices_recipientnotice');

GRANT UPDATE (level, quiet_from, quiet_until, wants_digest, removed_at, bounced_at, bounce_reason, complained_at)
    ON tenants_noticerecipient TO pagetojob_app, pagetojob_operator;
GRANT UPDATE (bounced_at, bounce_reason, complained_at, confirmed_at) ON tenants_noticerecipient TO pagetojob_worker;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0001_initial"),
        ("tenants", "0008_notice_channels"),
        ("tenants", "0002_rights"),
        ("leads", "0002_rights"),
    ]

    operations = [migrations.RunSQL(RIGHTS, migrations.RunSQL.noop)]
