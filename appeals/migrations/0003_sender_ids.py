"""A sender's id is of what was sent, which may join a ticket; whose account a grievance is about."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("appeals", "0002_guards"),
        ("staff", "0001_staff"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="appeal",
            name="appeal_of_source_once",
        ),
        migrations.RemoveConstraint(
            model_name="appeal",
            name="appeal_of_a_source_has_its_id",
        ),
        migrations.RemoveConstraint(
            model_name="grievance",
            name="grievance_of_source_once",
        ),
        migrations.RemoveConstraint(
            model_name="grievance",
            name="grievance_of_a_source_has_its_id",
        ),
        migrations.RemoveConstraint(
            model_name="order",
            name="order_of_source_once",
        ),
        migrations.RemoveConstraint(
            model_name="order",
            name="order_of_a_source_has_its_id",
        ),
        migrations.RemoveField(
            model_name="appeal",
            name="digest",
        ),
        migrations.RemoveField(
            model_name="appeal",
            name="sender_id",
        ),
        migrations.RemoveField(
            model_name="appeal",
            name="source",
        ),
        migrations.RemoveField(
            model_name="grievance",
            name="digest",
        ),
        migrations.RemoveField(
            model_name="grievance",
            name="sender_id",
        ),
        migrations.RemoveField(
            model_name="grievance",
            name="source",
        ),
        migrations.RemoveField(
            model_name="order",
            name="digest",
        ),
        migrations.RemoveField(
            model_name="order",
            name="sender_id",
        ),
        migrations.RemoveField(
            model_name="order",
            name="source",
        ),
        migrations.AddField(
            model_name="statement",
            name="digest",
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name="statement",
            name="sender_id",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddField(
            model_name="statement",
            name="source",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="staff.source",
            ),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("appeal__isnull", False), ("source__isnull", False)),
                fields=("source", "sender_id"),
                name="statement_of_source_once_per_appeal",
            ),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("grievance__isnull", False), ("source__isnull", False)),
                fields=("source", "sender_id"),
                name="statement_of_source_once_per_grievance",
            ),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("digest", None), ("sender_id", ""), ("source", None)),
                    models.Q(
                        ("digest__isnull", False),
                        ("source__isnull", False),
                        models.Q(("sender_id", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="statement_of_a_source_has_its_id",
            ),
        ),
        migrations.AddField(
            model_name="grievance",
            name="identity_checked_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddConstraint(
            model_name="grievance",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("identity_checked_at", None), ("account__isnull", False), _connector="OR"
                ),
                name="identity_is_checked_against_an_account",
            ),
        ),
    ]
