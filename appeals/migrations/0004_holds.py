"""Holds that run out and are taken up again, lists in one order, and how many tickets one holds."""

import datetime

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models

# One person's takings come one after the other, and each counts what the one before it took: a
# statement sees the table as of its start, the queries of a volatile function as of theirs.
COUNT_HELD = """
CREATE FUNCTION appeals_count_held(person bigint, at timestamptz) RETURNS integer
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('appeals_count_held', person));
    RETURN (SELECT count(*) FROM appeals_appeal WHERE held_by_id = person AND held_until > at)
         + (SELECT count(*) FROM appeals_grievance WHERE held_by_id = person AND held_until > at)
         + (SELECT count(*) FROM appeals_order WHERE held_by_id = person AND held_until > at);
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("appeals", "0003_sender_ids"),
        ("cases", "0003_appeals"),
        ("staff", "0001_staff"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="appeal",
            name="appeal_by_due",
        ),
        migrations.RemoveIndex(
            model_name="grievance",
            name="grievance_by_due",
        ),
        migrations.RemoveIndex(
            model_name="order",
            name="order_by_due",
        ),
        migrations.AddField(
            model_name="appeal",
            name="lapsed_from",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="grievance",
            name="lapsed_from",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="lapsed_from",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="appeal",
            name="given_back_by",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="grievance",
            name="given_back_by",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="given_back_by",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="appeal",
            name="due_or_never",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.comparison.Coalesce(
                    "due_at",
                    models.Value(datetime.datetime(9999, 12, 31, 0, 0, tzinfo=datetime.UTC)),
                ),
                output_field=models.DateTimeField(),
            ),
        ),
        migrations.AddField(
            model_name="grievance",
            name="due_or_never",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.comparison.Coalesce(
                    "due_at",
                    models.Value(datetime.datetime(9999, 12, 31, 0, 0, tzinfo=datetime.UTC)),
                ),
                output_field=models.DateTimeField(),
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="due_or_never",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.comparison.Coalesce(
                    "due_at",
                    models.Value(datetime.datetime(9999, 12, 31, 0, 0, tzinfo=datetime.UTC)),
                ),
                output_field=models.DateTimeField(),
            ),
        ),
        migrations.AddIndex(
            model_name="appeal",
            index=models.Index(
                condition=models.Q(("closed_at", None)),
                fields=["due_or_never", "id"],
                name="appeal_by_due",
            ),
        ),
        migrations.AddIndex(
            model_name="appeal",
            index=models.Index(
                condition=models.Q(("closed_at", None)),
                fields=["state", "due_or_never", "id"],
                name="appeal_by_state",
            ),
        ),
        migrations.AddIndex(
            model_name="grievance",
            index=models.Index(
                condition=models.Q(("closed_at", None)),
                fields=["due_or_never", "id"],
                name="grievance_by_due",
            ),
        ),
        migrations.AddIndex(
            model_name="grievance",
            index=models.Index(
                condition=models.Q(("closed_at", None)),
                fields=["state", "due_or_never", "id"],
                name="grievance_by_state",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("closed_at", None)),
                fields=["due_or_never", "id"],
                name="order_by_due",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("held_by__isnull", False)),
                fields=["held_by"],
                name="order_of_holder",
            ),
        ),
        migrations.RunSQL(COUNT_HELD, "DROP FUNCTION appeals_count_held(bigint, timestamptz)"),
    ]
