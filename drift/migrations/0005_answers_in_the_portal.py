"""Answers that a signed-in person of the tenant gives in the portal."""

from django.conf import settings
from django.db import migrations, models

from pagetojob.platform.postgresql.operations import Together


class Migration(migrations.Migration):
    dependencies = [
        ("drift", "0004_erasable_answers"),
        ("files", "0003_empty_imports"),
        ("tenants", "0007_logo_rights"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
                migrations.RemoveConstraint(
                    model_name="answer",
                    name="answer_graded_by_its_way",
                ),
                migrations.AlterField(
                    model_name="answer",
                    name="grade",
                    field=models.CharField(
                        choices=[
                            ("in the portal", "answered in the portal"),
                            ("by link", "answered by link"),
                            ("told by phone", "answered by phone"),
                        ],
                        max_length=14,
                    ),
                ),
                migrations.AddConstraint(
                    model_name="answer",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("grade", "by link"), ("link__isnull", False)),
                            models.Q(
                                ("grade", "in the portal"),
                                ("link__isnull", True),
                                ("recorded_by__isnull", False),
                                ("told_by", ""),
                            ),
                            models.Q(
                                ("grade", "told by phone"),
                                ("link__isnull", True),
                                ("recorded_by__isnull", False),
                                models.Q(("told_by", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="answer_graded_by_its_way",
                    ),
                ),
            ]
        )
    ]
