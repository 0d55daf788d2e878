from typing import ClassVar

from django.db import migrations, models
from django.db.models import Q

import reviewapp.kernel.ids
from reviewapp.kernel.appendonly import RefuseChanges

# Django cannot partition a table; the SQL below makes the tables that the state describes.
ENTRY = """
CREATE TABLE ledger_entry (
    recorded_at timestamptz NOT NULL,
    id uuid NOT NULL,
    happened_at timestamptz NOT NULL,
    kind text NOT NULL,
    actor text NOT NULL,
    account text NOT NULL DEFAULT '',
    "case" text NOT NULL DEFAULT '',
    country_prefix text NOT NULL DEFAULT '',
    surface text NOT NULL DEFAULT '',
    stage text NOT NULL DEFAULT '',
    detector text NOT NULL DEFAULT '',
    detector_version text NOT NULL DEFAULT '',
    policy text NOT NULL DEFAULT '',
    action text NOT NULL DEFAULT '',
    outcome text NOT NULL DEFAULT '',
    maker text NOT NULL DEFAULT '',
    particulars jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (recorded_at, id)
) PARTITION BY RANGE (recorded_at)
"""
ENTRY_INDEXES = [
    "CREATE INDEX ledger_entry_account ON ledger_entry (account, recorded_at) WHERE account <> ''",
    'CREATE INDEX ledger_entry_case ON ledger_entry ("case", recorded_at) WHERE "case" <> \'\'',
    "CREATE INDEX ledger_entry_kind ON ledger_entry (kind, recorded_at)",
]
# Note [Why a side table gives the places]
# Transactions commit in another order than they take numbers, so that a reader who follows an
# autoincrementing column passes over what commits late. Here the statement that adds entries also
# lists them as unplaced, in the same transaction; the sealer can see them only once they are
# committed, and gives numbers then. Each partition that is made later belongs to this table, so
# adding through it is the only way that Django, the product and COPY have.
PLACING = (
    """
    CREATE FUNCTION ledger_entry_await_place() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO ledger_unplaced (entry_id, recorded_at) SELECT id, recorded_at FROM added;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER ledger_entry_await_place AFTER INSERT ON ledger_entry
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_entry_await_place()
    """,
)
# Rows of this table live for a second or two: it is vacuumed by count, not by share.
UNPLACED_UPKEEP = """
ALTER TABLE ledger_unplaced SET (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000
)
"""


class Migration(migrations.Migration):
    initial = True

    dependencies: ClassVar = []

    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        ENTRY,
                        "CREATE TABLE ledger_entry_default PARTITION OF ledger_entry DEFAULT",
                        *ENTRY_INDEXES,
                    ],
                    ["DROP TABLE ledger_entry"],
                ),
            ],
            state_operations=[
                migrations.CreateModel(
                    name="LedgerEntry",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "recorded_at",
                                "id",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("recorded_at", models.DateTimeField()),
                        ("id", models.UUIDField(default=reviewapp.kernel.ids.uuid7)),
                        ("happened_at", models.DateTimeField()),
                        ("kind", models.TextField()),
                        ("actor", models.TextField()),
                        ("account", models.TextField(blank=True, default="")),
                        ("case_ref", models.TextField(blank=True, db_column="case", default="")),
                        ("country_prefix", models.TextField(blank=True, default="")),
                        ("surface", models.TextField(blank=True, default="")),
                        ("stage", models.TextField(blank=True, default="")),
                        ("detector", models.TextField(blank=True, default="")),
                        ("detector_version", models.TextField(blank=True, default="")),
                        ("policy", models.TextField(blank=True, default="")),
                        ("action", models.TextField(blank=True, default="")),
                        ("outcome", models.TextField(blank=True, default="")),
                        ("maker", models.TextField(blank=True, default="")),
                        ("particulars", models.JSONField(blank=True, default=dict)),
                    ],
                    options={
                        "db_table": "ledger_entry",
                        "verbose_name_plural": "ledger entries",
                        "indexes": [
                            models.Index(
                                condition=~Q(account=""),
                                fields=["account", "recorded_at"],
                                name="ledger_entry_account",
                            ),
                            models.Index(
                                condition=~Q(case_ref=""),
                                fields=["case_ref", "recorded_at"],
                                name="ledger_entry_case",
                            ),
                            models.Index(fields=["kind", "recorded_at"], name="ledger_entry_kind"),
                        ],
                    },
                ),
            ],
        ),
        migrations.CreateModel(
            name="Unplaced",
            fields=[
                ("entry_id", models.UUIDField(primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField()),
            ],
            options={"db_table": "ledger_unplaced", "verbose_name_plural": "unplaced"},
        ),
        migrations.RunSQL(UNPLACED_UPKEEP, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Place",
            fields=[
                ("sequence", models.BigIntegerField(primary_key=True, serialize=False)),
                ("entry_id", models.UUIDField(unique=True)),
                ("recorded_at", models.DateTimeField()),
                ("kind", models.TextField()),
                ("leaf", models.BinaryField()),
            ],
            options={
                "db_table": "ledger_place",
                "indexes": [
                    models.Index(
                        fields=["kind", "sequence"],
                        include=["recorded_at"],
                        name="ledger_place_kind",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("first_sequence", models.BigIntegerField()),
                ("last_sequence", models.BigIntegerField()),
                ("root", models.BinaryField()),
                ("previous_head", models.BinaryField()),
                ("head", models.BinaryField()),
                ("signature", models.BinaryField()),
                ("key_id", models.TextField()),
                ("sealed_at", models.DateTimeField()),
            ],
            options={"db_table": "ledger_seal"},
        ),
        migrations.RunSQL(PLACING, "DROP FUNCTION ledger_entry_await_place() CASCADE"),
        RefuseChanges("ledger_entry"),
        RefuseChanges("ledger_unplaced", delete=False),
        RefuseChanges("ledger_place"),
        RefuseChanges("ledger_seal"),
    ]
