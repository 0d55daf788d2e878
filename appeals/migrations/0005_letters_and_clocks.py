"""Clocks that say by themselves whose rules they run under, and letters that wait found at once."""

from django.db import migrations, models
from django.db.models import Q

from appeals.enums import Jurisdiction, SlaKind

FILL = """
UPDATE appeals_clock c
   SET jurisdiction = t.jurisdiction, kind = t.kind
  FROM (SELECT id, jurisdiction, 'COMPLAINT' AS kind FROM appeals_appeal
         UNION ALL SELECT id, jurisdiction, rule_kind FROM appeals_grievance
         UNION ALL SELECT id, jurisdiction, kind FROM appeals_order) t
 WHERE t.id = coalesce(c.appeal_id, c.grievance_id, c.order_id)
"""
SAID = {"jurisdiction": Jurisdiction, "kind": SlaKind}


class Migration(migrations.Migration):
    dependencies = [("appeals", "0004_holds"), ("cases", "0003_appeals")]

    operations = [
        *(
            migrations.AddField("clock", name, models.TextField(choices=choices, null=True))
            for name, choices in SAID.items()
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        *(
            migrations.AlterField("clock", name, models.TextField(choices=choices))
            for name, choices in SAID.items()
        ),
        *(
            migrations.AddConstraint(
                "clock",
                models.CheckConstraint(
                    condition=Q(**{f"{name}__in": choices.values}), name=f"clock_{name}_is_known"
                ),
            )
            for name, choices in SAID.items()
        ),
        migrations.RemoveIndex("clock", "clock_by_month"),
        migrations.AddIndex(
            "clock",
            models.Index(
                fields=["jurisdiction", "due_at"],
                include=["kind", "name", "met_at", "stopped_at", "paused_at"],
                name="clock_by_month",
            ),
        ),
        migrations.AddIndex(
            "clock",
            models.Index(
                fields=["due_at"],
                condition=Q(met_at=None, stopped_at=None, paused_at=None, broken_told_at=None),
                name="clock_to_be_told_of",
            ),
        ),
        migrations.AddIndex(
            "letter",
            models.Index(
                fields=["enforcement"], condition=Q(state="WAITING"), name="letter_waiting"
            ),
        ),
    ]
