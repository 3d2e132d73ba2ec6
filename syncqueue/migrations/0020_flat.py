"""What operators look at costs the same however long the queue is.

Closed days of the books count the notices too, tries are counted by the day as well as by the hour, and states too
deep to be counted at each look are counted by a duty. What is there already is counted here once.
"""

from django.db import migrations, models

NOTICES = (
    "notices_owed",
    "notices_told",
    "notices_told_by_hand",
    "notices_waiting",
    "notices_cancelled",
)

FILL = """
UPDATE syncqueue_ledgerday AS row SET
    notices_owed = now_is.owed, notices_told = now_is.told, notices_told_by_hand = now_is.by_hand,
    notices_waiting = now_is.owed - now_is.none - now_is.told - now_is.by_hand - now_is.cancelled,
    notices_cancelled = now_is.cancelled
FROM syncqueue_ledgerday AS day CROSS JOIN LATERAL (
    SELECT count(*) AS owed,
        count(*) FILTER (WHERE notice.state IS NULL) AS none,
        count(*) FILTER (WHERE notice.state = 'delivered') AS told,
        count(*) FILTER (WHERE notice.state = 'manual complete') AS by_hand,
        count(*) FILTER (WHERE notice.state = 'cancelled') AS cancelled
    FROM leads_lead AS lead LEFT JOIN LATERAL (
        SELECT state FROM syncqueue_syncitem
        WHERE tenant_id = lead.tenant_id AND lead_id = lead.id AND kind = 'business_notification' LIMIT 1
    ) AS notice ON true
    WHERE lead.tenant_id = day.tenant_id AND lead.excluded_as = ''
        AND lead.received_at >= day.day::timestamp AT TIME ZONE 'UTC'
        AND lead.received_at < (day.day + 1)::timestamp AT TIME ZONE 'UTC'
) AS now_is
WHERE row.id = day.id;

INSERT INTO syncqueue_tallyday (day, kind, what, label, n, seconds)
SELECT (hour AT TIME ZONE 'UTC')::date AS day, kind, what, label, sum(n), sum(seconds) FROM syncqueue_tallyhour
GROUP BY day, kind, what, label;

REVOKE ALL ON syncqueue_tallyday, syncqueue_opencount FROM pagetojob_app;
GRANT SELECT, INSERT, UPDATE (n, seconds), DELETE ON syncqueue_tallyday TO pagetojob_worker;
GRANT SELECT, INSERT, UPDATE (n, counted_at) ON syncqueue_opencount TO pagetojob_worker;
GRANT SELECT ON syncqueue_tallyday, syncqueue_opencount TO pagetojob_operator;
"""

KIND = [
    ("business_notification", "business notification"),
    ("booking_request", "booking request"),
    ("visitor_confirmation", "visitor confirmation"),
    ("taxonomy_import", "taxonomy import"),
    ("outcome_match", "outcome match"),
    ("website_update", "website update"),
]
STATE = [
    (state, state)
    for state in (
        "queued",
        "sending",
        "retrying",
        "needs review",
        "blocked",
        "unknown",
        "delivered",
        "manual complete",
        "cancelled",
    )
]
WHAT = [
    ("outcome", "tries by what they led to"),
    ("failure", "tries that did not deliver, by cause"),
    ("took", "tries by seconds from claim to settle"),
    ("waited", "first tries by seconds since the item was owed"),
]
ID = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    dependencies = [("syncqueue", "0019_one_index_of_a_lead")]

    operations = [
        *(
            migrations.AddField(model_name="ledgerday", name=name, field=models.PositiveIntegerField(null=True))
            for name in NOTICES
        ),
        migrations.CreateModel(
            name="OpenCount",
            fields=[
                ("id", ID),
                ("state", models.CharField(choices=STATE, max_length=16)),
                ("kind", models.CharField(choices=KIND, max_length=24)),
                ("n", models.PositiveBigIntegerField()),
                ("counted_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F("state"), models.F("kind"), name="open_count_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="TallyDay",
            fields=[
                ("id", ID),
                ("kind", models.CharField(choices=KIND, max_length=24)),
                ("what", models.CharField(choices=WHAT, max_length=8)),
                ("label", models.CharField(max_length=40)),
                ("n", models.PositiveBigIntegerField()),
                ("seconds", models.FloatField()),
                ("day", models.DateField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("day"),
                        models.F("kind"),
                        models.F("what"),
                        models.F("label"),
                        name="tally_day_once",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        *(
            migrations.AlterField(model_name="ledgerday", name=name, field=models.PositiveIntegerField())
            for name in NOTICES
        ),
    ]
