"""Allow findings about postal addresses."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("drift", "0006_search_index"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="finding", name="finding_rule_known"),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "rule__in",
                        [
                            "wrong_emergency_phone",
                            "wrong_phone",
                            "paused_area",
                            "unserved_area",
                            "emergency_only_area",
                            "expired_offer",
                            "offer_lapsing",
                            "offer_mismatch",
                            "offer_date_mismatch",
                            "price_mismatch",
                            "retired_service_advertised",
                            "active_service_missing",
                            "inactive_campaign_page",
                            "membership_price_mismatch",
                            "membership_benefit_mismatch",
                            "retired_membership_advertised",
                            "hours_mismatch",
                            "license_mismatch",
                            "address_mismatch",
                            "promise_not_kept",
                        ],
                    )
                ),
                name="finding_rule_known",
            ),
        ),
    ]
