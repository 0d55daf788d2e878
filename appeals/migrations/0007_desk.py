"""What the desk needs of tickets, and how often versions of detectors are reversed on appeal."""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FILL = """
UPDATE appeals_appeal a SET action = e.action FROM cases_enforcement e
 WHERE e.id = a.enforcement_id AND a.action = ''
"""


class Migration(migrations.Migration):
    dependencies = [
        ("appeals", "0006_challenges"),
        ("cases", "0003_appeals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ReversalTally",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.TextField()),
                ("decided", models.PositiveIntegerField(default=0)),
                ("reversed", models.PositiveIntegerField(default=0)),
                ("noted_at", models.DateTimeField(null=True)),
                ("told_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="appeal",
            name="action",
            field=models.TextField(
                blank=True,
                choices=[
                    ("WARN", "Warn"),
                    ("RATE_LIMIT", "Rate limit"),
                    ("GROUP_CREATE_BLOCK", "Block creating groups"),
                    ("FEATURE_LIMIT", "Feature limit"),
                    ("TEMPORARY_BAN", "Temporary ban"),
                    ("PERMANENT_BAN", "Permanent ban"),
                    ("REGISTRATION_BLOCK", "Block registration"),
                    ("LIFT", "Lift"),
                ],
                default="",
            ),
        ),
        migrations.AddField(
            model_name="appeal",
            name="answer_by",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="grievance",
            name="answer_by",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="order",
            name="answer_by",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="appeal",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("closed_at", None)),
                fields=["action", "channel", "ground", "jurisdiction"],
                name="appeal_narrowed",
            ),
        ),
        migrations.AddField(
            model_name="reversaltally",
            name="detector",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="cases.detector",
            ),
        ),
        migrations.AddConstraint(
            model_name="reversaltally",
            constraint=models.UniqueConstraint(
                fields=("detector", "version"), name="tally_of_version_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="reversaltally",
            constraint=models.CheckConstraint(
                condition=models.Q(("reversed__lte", models.F("decided"))),
                name="no_more_reversed_than_decided",
            ),
        ),
        migrations.AddConstraint(
            model_name="reversaltally",
            constraint=models.CheckConstraint(
                condition=models.Q(("told_at", None), ("noted_at__isnull", False), _connector="OR"),
                name="told_of_what_is_noted",
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
