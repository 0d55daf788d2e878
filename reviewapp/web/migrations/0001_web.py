from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Allowance",
            fields=[
                ("name", models.CharField(max_length=200, primary_key=True, serialize=False)),
                ("ends_at", models.DateTimeField()),
                ("spent", models.IntegerField()),
            ],
            options={"db_table": "web_allowance"},
        ),
        # Counted anew after a crash: unlogged rows cost a third, and are worth nothing a minute later.
        migrations.RunSQL(
            "ALTER TABLE web_allowance SET UNLOGGED, SET (fillfactor = 50)",
            "ALTER TABLE web_allowance SET LOGGED",
        ),
        # The cache table of django.core.cache.backends.db, which `createcachetable` would make.
        migrations.RunSQL(
            """
            CREATE UNLOGGED TABLE cache (
                cache_key varchar(255) PRIMARY KEY,
                value text NOT NULL,
                expires timestamptz NOT NULL
            );
            CREATE INDEX cache_expires ON cache (expires);
            """,
            "DROP TABLE cache",
        ),
    ]
