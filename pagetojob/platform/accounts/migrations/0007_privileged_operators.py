"""Make operator a privileged role: two operators confirm erasures, holds and pages for each other.

A released version that runs on this schema cannot make anyone an operator; all else of it works. Becoming an operator
from an operator lead only takes rights away, so one staff admin is enough.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

#: The number is that of `FIRST_ADMINS`. The lock lets two shells not both name the second one.
TRIGGER = """
CREATE OR REPLACE FUNCTION ptj_privilege_confirmed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE needed text[] := '{}';
BEGIN
    IF NEW.ops_role IN ('operator', 'lead') AND (TG_OP = 'INSERT' OR OLD.ops_role NOT IN (NEW.ops_role, 'lead')) THEN
        needed := needed || NEW.ops_role::text;
    END IF;
    IF NEW.staff_role <> '' AND (TG_OP = 'INSERT' OR OLD.staff_role <> NEW.staff_role) THEN
        needed := needed || NEW.staff_role::text;
    END IF;
    IF needed = '{}' OR current_user = 'pagetojob_owner' THEN RETURN NEW; END IF;
    IF TG_OP = 'INSERT' THEN
        PERFORM pg_advisory_xact_lock(hashtext('ptj_first_admins'));
        IF (SELECT count(*) FROM tenants_user WHERE is_active AND staff_role = 'admin') < 2 THEN RETURN NEW; END IF;
    ELSIF NOT EXISTS (
        SELECT FROM unnest(needed) AS role WHERE NOT EXISTS (
            SELECT FROM accounts_privilegerequest
            WHERE user_id = NEW.id AND privilege = role AND outcome = 'confirmed' AND decided_at = now())) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a privileged role needs a request that a second staff admin confirms'
        USING ERRCODE = 'check_violation';
END $$;
"""
PRIVILEGES = [
    ("operator", "the role operator"),
    ("lead", "the role operator lead"),
    ("admin", "the role staff admin"),
    ("editor", "the role staff editor"),
    ("reset", "the reset of the second step"),
]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_privileged_editors")]

    operations = [
        migrations.RemoveConstraint(model_name="privilegerequest", name="privilege_known"),
        migrations.AlterField(
            model_name="privilegerequest",
            name="privilege",
            field=models.CharField(choices=PRIVILEGES, max_length=10),
        ),
        AddConstraintNotValid(
            model_name="privilegerequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("privilege__in", [value for value, _ in PRIVILEGES])), name="privilege_known"
            ),
        ),
        migrations.RunSQL(TRIGGER, migrations.RunSQL.noop),
    ]
