from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0002_console"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="decision",
            name="decision_undoing",
        ),
        migrations.AddField(
            model_name="decision",
            name="upon",
            field=models.TextField(
                blank=True,
                choices=[("APPEAL", "On appeal"), ("ORDER", "By order")],
                db_default="",
                default="",
            ),
        ),
        migrations.AddField(
            model_name="policyclause",
            name="reversal_needs_approval",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.UniqueConstraint(
                condition=models.Q(("undoes__isnull", False)),
                fields=("undoes",),
                name="decision_undone_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("upon", ""),
                    models.Q(("undoes__isnull", False), ("upon__in", ["APPEAL", "ORDER"])),
                    _connector="OR",
                ),
                name="upon_what_is_said_of_an_undoing",
            ),
        ),
    ]
