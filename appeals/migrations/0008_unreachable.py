"""Why a grievance has no appeal, whom no letter reaches, and what is to be acknowledged."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("appeals", "0007_desk"),
        ("cases", "0003_appeals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="appeal",
            name="unreachable_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="grievance",
            name="no_appeal",
            field=models.TextField(
                blank=True,
                choices=[
                    ("NO_ACCOUNT", "It names no account"),
                    ("NOTHING_STANDS", "Nothing stands against the account"),
                    ("ANSWERED_BEFORE", "The decision was looked at again before"),
                    ("ERASED", "The account was erased"),
                ],
                default="",
            ),
        ),
        migrations.AddField(
            model_name="grievance",
            name="unreachable_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="clock",
            index=models.Index(
                condition=models.Q(("met_at", None), ("name", "ACK"), ("stopped_at", None)),
                fields=["due_at"],
                name="clock_to_acknowledge",
            ),
        ),
        migrations.AddConstraint(
            model_name="grievance",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("no_appeal", ""),
                    models.Q(
                        ("appeal", None),
                        (
                            "no_appeal__in",
                            ["NO_ACCOUNT", "NOTHING_STANDS", "ANSWERED_BEFORE", "ERASED"],
                        ),
                    ),
                    _connector="OR",
                ),
                name="grievance_has_no_appeal_or_one",
            ),
        ),
    ]
