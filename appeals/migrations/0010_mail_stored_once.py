from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("appeals", "0009_reminders"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="inboundmail",
            constraint=models.UniqueConstraint(fields=("storage_name",), name="mail_stored_once"),
        ),
    ]
