import datetime
from typing import Any

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import reviewapp.kernel.ids
from reviewapp.kernel.appendonly import RefuseChanges
from reviewapp.kernel.refs import RefSequence

# Django cannot partition a table, nor cover an index's columns beside a composite key; the SQL
# makes the table that the state describes. The primary key leads with the time, so that it
# prunes; the covering index answers for a whole account without opening its rows.
EVIDENCE: Any = [
    """
    CREATE TABLE cases_evidenceitem (
        occurred_at timestamptz NOT NULL,
        id uuid NOT NULL,
        source_id bigint NOT NULL REFERENCES staff_source (id),
        sender_id text NOT NULL,
        account_id uuid NOT NULL REFERENCES cases_account (id),
        stage text NOT NULL,
        kind text NOT NULL,
        origin text NOT NULL,
        recorded_at timestamptz NOT NULL,
        weight integer NOT NULL,
        people integer NOT NULL,
        strangers integer NOT NULL,
        counterpart text NOT NULL,
        data jsonb NOT NULL,
        sealed bytea,
        digest bytea NOT NULL,
        corrects text NOT NULL,
        PRIMARY KEY (occurred_at, id, source_id),
        CONSTRAINT evidence_stage_is_known
            CHECK (stage IN ('REGISTRATION', 'MESSAGING', 'NEGATIVE_FEEDBACK')),
        CONSTRAINT evidence_origin_is_known CHECK (origin IN ('ON_PLATFORM', 'OFF_PLATFORM')),
        CONSTRAINT evidence_counts_are_counts
            CHECK (weight >= 1 AND people >= 0 AND strangers >= 0),
        CONSTRAINT evidence_strangers_are_people CHECK (strangers <= people)
    ) PARTITION BY RANGE (occurred_at)
    """,
    "CREATE TABLE cases_evidenceitem_default PARTITION OF cases_evidenceitem DEFAULT",
    """
    CREATE INDEX evidence_of_account ON cases_evidenceitem (account_id, occurred_at, id)
        INCLUDE (source_id, stage, kind, origin, weight, people, strangers, counterpart)
    """,
]
# See Note [Hours are counted by the database] in cases.models.hours. Sorted, so that of two
# batches with items of one hour the later waits, and neither for ever.
HOURS = """
CREATE FUNCTION cases_evidenceitem_count_hours() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO cases_evidencehour AS known
           (account_id, at, kind, stage, origin, first, last, items, events, people, strangers)
    SELECT account_id, date_trunc('hour', occurred_at, 'UTC'), kind, stage, origin,
           min(occurred_at), max(occurred_at),
           count(*), sum(weight), sum(people), sum(strangers)
      FROM added
     GROUP BY 1, 2, 3, 4, 5
     ORDER BY 1, 2, 3, 4, 5
        ON CONFLICT (account_id, at, kind, stage, origin) DO UPDATE
       SET first = least(known.first, excluded.first),
           last = greatest(known.last, excluded.last),
           items = known.items + excluded.items,
           events = known.events + excluded.events,
           people = known.people + excluded.people,
           strangers = known.strangers + excluded.strangers;
    RETURN NULL;
END $$;
CREATE TRIGGER cases_evidenceitem_count_hours AFTER INSERT ON cases_evidenceitem
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION cases_evidenceitem_count_hours()
"""
CITATION = """
ALTER TABLE cases_citation ADD CONSTRAINT citation_is_of_evidence
    FOREIGN KEY (occurred_at, evidence_id, evidence_source_id)
    REFERENCES cases_evidenceitem (occurred_at, id, source_id)
"""
APPEND_ONLY = (
    "cases_accountchange",
    "cases_citation",
    "cases_decision",
    "cases_decision_clauses",
    "cases_detection",
    "cases_enforcementattempt",
    "cases_evidenceitem",
    "cases_label",
    "cases_notificationattempt",
    "cases_policyclause",
)


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("staff", "0001_staff"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        *(RefSequence(prefix) for prefix in "ACDEN"),
        migrations.CreateModel(
            name="Account",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=reviewapp.kernel.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("ref", models.TextField()),
                ("external_id", models.TextField()),
                ("wrapped_key", models.BinaryField()),
                ("phone_sealed", models.BinaryField(null=True)),
                ("phone_index", models.BinaryField(db_index=True, null=True)),
                ("display_name_sealed", models.BinaryField(null=True)),
                ("attributes_sealed", models.BinaryField(null=True)),
                ("country", models.TextField(blank=True, default="")),
                ("country_prefix", models.TextField(blank=True, default="")),
                (
                    "surface",
                    models.TextField(
                        choices=[
                            ("PRIVATE_MESSAGING", "Private messaging"),
                            ("CHANNELS", "Channels"),
                        ],
                        default="PRIVATE_MESSAGING",
                    ),
                ),
                (
                    "kind",
                    models.TextField(
                        choices=[("PERSONAL", "Personal"), ("BUSINESS", "Business")],
                        default="PERSONAL",
                    ),
                ),
                ("locale", models.TextField(blank=True, default="")),
                ("registered_at", models.DateTimeField(null=True)),
                ("last_sequence", models.BigIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("ref",), name="account_ref_once"),
                    models.UniqueConstraint(
                        fields=("external_id",), name="account_external_id_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("surface__in", ["PRIVATE_MESSAGING", "CHANNELS"])),
                        name="account_surface_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["PERSONAL", "BUSINESS"])),
                        name="account_kind_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Case",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=reviewapp.kernel.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("ref", models.TextField()),
                (
                    "origin",
                    models.TextField(
                        choices=[
                            ("DETECTOR", "Detector"),
                            ("USER_REPORT", "User report"),
                            ("GRIEVANCE", "Grievance"),
                            ("APPEAL", "Appeal"),
                            ("AUTHORITY_ORDER", "Authority order"),
                            ("ANALYST_INITIATED", "Analyst"),
                            ("QA_REFERRAL", "Quality review"),
                            ("OFF_PLATFORM_TIP", "Off-platform tip"),
                        ],
                        default="DETECTOR",
                    ),
                ),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("OPEN", "Open"),
                            ("AWAITING_INFO", "Awaiting information"),
                            ("ESCALATED", "Escalated"),
                            ("AWAITING_APPROVAL", "Awaiting approval"),
                            ("DECIDED", "Decided"),
                            ("MERGED", "Merged"),
                        ],
                        default="OPEN",
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("opening_reason_sealed", models.BinaryField(null=True)),
                ("settled_at", models.DateTimeField(null=True)),
                ("severity_points", models.FloatField(default=0)),
                ("uncertainty_points", models.FloatField(default=0)),
                ("reach_points", models.FloatField(default=0)),
                ("feedback_points", models.FloatField(default=0)),
                ("joined_points", models.FloatField(default=0)),
                (
                    "priority",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("severity_points"),
                                        "+",
                                        models.F("uncertainty_points"),
                                    ),
                                    "+",
                                    models.F("reach_points"),
                                ),
                                "+",
                                models.F("feedback_points"),
                            ),
                            "+",
                            models.F("joined_points"),
                        ),
                        output_field=models.FloatField(),
                    ),
                ),
                ("rank", models.FloatField()),
                ("due_at", models.DateTimeField(null=True)),
                ("due_tier", models.DateField(default=datetime.date(9999, 12, 31))),
                ("detection_count", models.PositiveIntegerField(default=0)),
                (
                    "stages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                (
                    "detectors",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                (
                    "policies",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                ("country", models.TextField(default="")),
                ("surface", models.TextField(default="")),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cases",
                        to="cases.account",
                    ),
                ),
                (
                    "follows",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="followed_by",
                        to="cases.case",
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=reviewapp.kernel.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("ref", models.TextField()),
                (
                    "maker",
                    models.TextField(
                        choices=[
                            ("AUTOMATED", "Automated"),
                            ("ANALYST", "Analyst"),
                            ("PARTIALLY_AUTOMATED", "Analyst on a detection"),
                        ]
                    ),
                ),
                (
                    "outcome",
                    models.TextField(
                        choices=[
                            ("NO_VIOLATION", "No violation"),
                            ("VIOLATION", "Violation"),
                            ("INSUFFICIENT_EVIDENCE", "Not enough evidence"),
                            ("DUPLICATE", "Duplicate"),
                            ("OUT_OF_SCOPE", "Out of scope"),
                        ]
                    ),
                ),
                (
                    "action",
                    models.TextField(
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
                ("until", models.DateTimeField(null=True)),
                (
                    "confidence",
                    models.TextField(
                        blank=True,
                        choices=[("LOW", "Low"), ("MEDIUM", "Medium"), ("HIGH", "High")],
                        default="",
                    ),
                ),
                ("rationale_sealed", models.BinaryField(null=True)),
                ("reason_sealed", models.BinaryField(null=True)),
                ("user_reports_before", models.PositiveIntegerField(null=True)),
                ("decided_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="cases.account",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="cases.case",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "undoes",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="undone_by",
                        to="cases.decision",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Detector",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.TextField(unique=True)),
                ("first_seen_at", models.DateTimeField()),
                ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="detectors",
                        to="staff.source",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Detection",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=reviewapp.kernel.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("sender_id", models.TextField()),
                ("digest", models.BinaryField()),
                ("version", models.TextField()),
                (
                    "stage",
                    models.TextField(
                        choices=[
                            ("REGISTRATION", "Registration"),
                            ("MESSAGING", "Messaging"),
                            ("NEGATIVE_FEEDBACK", "Negative feedback"),
                        ]
                    ),
                ),
                ("score", models.FloatField()),
                ("policy", models.TextField()),
                (
                    "verdict",
                    models.TextField(choices=[("REVIEW", "Review"), ("ENFORCED", "Enforced")]),
                ),
                ("user_reports_before", models.PositiveIntegerField(null=True)),
                ("signals", models.JSONField(default=list)),
                ("reasons_sealed", models.BinaryField(null=True)),
                ("received_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="detections",
                        to="cases.account",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="detections",
                        to="cases.case",
                    ),
                ),
                (
                    "decision",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.decision",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.source",
                    ),
                ),
                (
                    "detector",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="detections",
                        to="cases.detector",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AgreementCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.TextField()),
                ("first_seen_at", models.DateTimeField(null=True)),
                (
                    "stage",
                    models.TextField(
                        blank=True,
                        choices=[
                            ("REGISTRATION", "Registration"),
                            ("MESSAGING", "Messaging"),
                            ("NEGATIVE_FEEDBACK", "Negative feedback"),
                        ],
                        default="",
                    ),
                ),
                ("agreed", models.BigIntegerField(default=0)),
                ("decided", models.BigIntegerField(default=0)),
                (
                    "detector",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="agreement",
                        to="cases.detector",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Enforcement",
            fields=[
                (
                    "key",
                    models.UUIDField(
                        default=reviewapp.kernel.ids.uuid7, editable=False, unique=True
                    ),
                ),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("leased_until", models.DateTimeField(blank=True, editable=False, null=True)),
                ("attempts_made", models.PositiveIntegerField(default=0, editable=False)),
                ("attempts_forgiven", models.PositiveIntegerField(default=0, editable=False)),
                ("last_attempt_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "id",
                    models.UUIDField(
                        default=reviewapp.kernel.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("ref", models.TextField()),
                ("sequence", models.BigIntegerField()),
                (
                    "action",
                    models.TextField(
                        choices=[
                            ("WARN", "Warn"),
                            ("RATE_LIMIT", "Rate limit"),
                            ("GROUP_CREATE_BLOCK", "Block creating groups"),
                            ("FEATURE_LIMIT", "Feature limit"),
                            ("TEMPORARY_BAN", "Temporary ban"),
                            ("PERMANENT_BAN", "Permanent ban"),
                            ("REGISTRATION_BLOCK", "Block registration"),
                            ("LIFT", "Lift"),
                        ]
                    ),
                ),
                ("policy", models.TextField(blank=True, default="")),
                ("until", models.DateTimeField(null=True)),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("REQUESTED", "Requested"),
                            ("RETRYING", "Retrying"),
                            ("ACKNOWLEDGED", "Acknowledged"),
                            ("APPLIED", "Applied"),
                            ("FAILED", "Failed"),
                            ("EXPIRED", "Expired"),
                            ("LIFTED", "Lifted"),
                            ("SUPERSEDED", "Superseded"),
                            ("CANCELLED", "Cancelled"),
                        ],
                        default="REQUESTED",
                    ),
                ),
                ("requested_at", models.DateTimeField()),
                ("acknowledged_at", models.DateTimeField(null=True)),
                ("applied_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("detail", models.TextField(blank=True, default="")),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="enforcements",
                        to="cases.account",
                    ),
                ),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="enforcements",
                        to="cases.decision",
                    ),
                ),
                (
                    "lifts",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lifted_by",
                        to="cases.enforcement",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EnforcementAttempt",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=reviewapp.kernel.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("attempted_at", models.DateTimeField()),
                ("took_ms", models.PositiveIntegerField()),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("answer", models.TextField(blank=True, default="")),
                ("result", models.TextField()),
                (
                    "enforcement",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attempts",
                        to="cases.enforcement",
                    ),
                ),
            ],
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(EVIDENCE, "DROP TABLE cases_evidenceitem")],
            state_operations=[
                migrations.CreateModel(
                    name="EvidenceItem",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "occurred_at",
                                "id",
                                "source_id",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("id", models.UUIDField()),
                        ("sender_id", models.TextField()),
                        (
                            "stage",
                            models.TextField(
                                choices=[
                                    ("REGISTRATION", "Registration"),
                                    ("MESSAGING", "Messaging"),
                                    ("NEGATIVE_FEEDBACK", "Negative feedback"),
                                ]
                            ),
                        ),
                        ("kind", models.TextField()),
                        (
                            "origin",
                            models.TextField(
                                choices=[
                                    ("ON_PLATFORM", "On the platform"),
                                    ("OFF_PLATFORM", "Off the platform"),
                                ],
                                default="ON_PLATFORM",
                            ),
                        ),
                        ("occurred_at", models.DateTimeField()),
                        ("recorded_at", models.DateTimeField()),
                        ("weight", models.IntegerField(default=1)),
                        ("people", models.IntegerField(default=0)),
                        ("strangers", models.IntegerField(default=0)),
                        ("counterpart", models.TextField(default="")),
                        ("data", models.JSONField(default=dict)),
                        ("sealed", models.BinaryField(null=True)),
                        ("digest", models.BinaryField()),
                        ("corrects", models.TextField(default="")),
                        (
                            "account",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="cases.account",
                            ),
                        ),
                        (
                            "source",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="staff.source",
                            ),
                        ),
                    ],
                ),
            ],
        ),
        migrations.CreateModel(
            name="EvidenceHour",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id",
                        "at",
                        "kind",
                        "stage",
                        "origin",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("kind", models.TextField()),
                (
                    "stage",
                    models.TextField(
                        choices=[
                            ("REGISTRATION", "Registration"),
                            ("MESSAGING", "Messaging"),
                            ("NEGATIVE_FEEDBACK", "Negative feedback"),
                        ]
                    ),
                ),
                (
                    "origin",
                    models.TextField(
                        choices=[
                            ("ON_PLATFORM", "On the platform"),
                            ("OFF_PLATFORM", "Off the platform"),
                        ]
                    ),
                ),
                ("first", models.DateTimeField()),
                ("last", models.DateTimeField()),
                ("items", models.IntegerField()),
                ("events", models.BigIntegerField()),
                ("people", models.BigIntegerField()),
                ("strangers", models.BigIntegerField()),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.account",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Label",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=reviewapp.kernel.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "value",
                    models.TextField(
                        choices=[
                            ("VIOLATION", "Violation"),
                            ("NO_VIOLATION", "No violation"),
                            ("RETRACTED", "Retracted"),
                        ]
                    ),
                ),
                (
                    "source",
                    models.TextField(
                        choices=[
                            ("ANALYST", "Analyst"),
                            ("APPEAL", "Appeal"),
                            ("QA", "Quality review"),
                        ]
                    ),
                ),
                ("given_at", models.DateTimeField()),
                (
                    "decision",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="labels",
                        to="cases.decision",
                    ),
                ),
                (
                    "detection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="labels",
                        to="cases.detection",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Notification",
            fields=[
                (
                    "key",
                    models.UUIDField(
                        default=reviewapp.kernel.ids.uuid7, editable=False, unique=True
                    ),
                ),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("leased_until", models.DateTimeField(blank=True, editable=False, null=True)),
                ("attempts_made", models.PositiveIntegerField(default=0, editable=False)),
                ("attempts_forgiven", models.PositiveIntegerField(default=0, editable=False)),
                ("last_attempt_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "id",
                    models.UUIDField(
                        default=reviewapp.kernel.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("ref", models.TextField()),
                ("locale", models.TextField()),
                ("subject", models.TextField()),
                ("text_sealed", models.BinaryField()),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("WAITING", "Waiting"),
                            ("REQUESTED", "Requested"),
                            ("RETRYING", "Retrying"),
                            ("SENT", "Sent"),
                            ("FAILED", "Failed"),
                            ("CANCELLED", "Cancelled"),
                        ],
                        default="WAITING",
                    ),
                ),
                ("requested_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("detail", models.TextField(blank=True, default="")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notifications",
                        to="cases.account",
                    ),
                ),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notifications",
                        to="cases.decision",
                    ),
                ),
                (
                    "enforcement",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notifications",
                        to="cases.enforcement",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="NotificationAttempt",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=reviewapp.kernel.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("attempted_at", models.DateTimeField()),
                ("took_ms", models.PositiveIntegerField()),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("answer", models.TextField(blank=True, default="")),
                ("result", models.TextField()),
                (
                    "notification",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attempts",
                        to="cases.notification",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PolicyClause",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.TextField()),
                ("version", models.PositiveIntegerField(default=1)),
                ("position", models.PositiveIntegerField(default=0)),
                ("family", models.TextField()),
                ("title", models.TextField()),
                ("text", models.TextField()),
                ("examples", models.TextField(blank=True, default="")),
                ("words", models.JSONField(default=dict)),
                ("severity", models.PositiveSmallIntegerField()),
                ("effective_from", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("code", "version"), name="clause_version_once"),
                    models.CheckConstraint(
                        condition=models.Q(("severity__gte", 0), ("severity__lte", 40)),
                        name="clause_severity_between_0_and_40",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="decision",
            name="clauses",
            field=models.ManyToManyField(related_name="+", to="cases.policyclause"),
        ),
        migrations.CreateModel(
            name="Queue",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(unique=True)),
                ("name", models.TextField(unique=True)),
                ("description", models.TextField(blank=True, default="")),
                ("position", models.PositiveIntegerField(default=0)),
                (
                    "worked_by",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), size=None
                    ),
                ),
                ("lease_minutes", models.PositiveIntegerField(default=15)),
                ("due_hours", models.PositiveIntegerField(blank=True, null=True)),
                ("active", models.BooleanField(default=True)),
            ],
            options={
                "ordering": ["position", "name"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("lease_minutes__gte", 1), ("lease_minutes__lte", 240)),
                        name="queue_lease_between_1_and_240_minutes",
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="case",
            name="queue",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cases",
                to="cases.queue",
            ),
        ),
        migrations.CreateModel(
            name="RoutingRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField(unique=True)),
                (
                    "policies",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), blank=True, default=list, size=None
                    ),
                ),
                (
                    "stages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), blank=True, default=list, size=None
                    ),
                ),
                (
                    "detectors",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), blank=True, default=list, size=None
                    ),
                ),
                (
                    "countries",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), blank=True, default=list, size=None
                    ),
                ),
                (
                    "surfaces",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), blank=True, default=list, size=None
                    ),
                ),
                (
                    "kinds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), blank=True, default=list, size=None
                    ),
                ),
                ("score_from", models.FloatField(default=0)),
                ("score_to", models.FloatField(default=1)),
                (
                    "queue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rules",
                        to="cases.queue",
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
            },
        ),
        migrations.CreateModel(
            name="AccountChange",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=reviewapp.kernel.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("field", models.TextField()),
                ("before_sealed", models.BinaryField(null=True)),
                ("after_sealed", models.BinaryField(null=True)),
                ("changed_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="cases.account",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.source",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["account", "changed_at"], name="account_change_of")
                ],
            },
        ),
        migrations.CreateModel(
            name="AccountLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.TextField(
                        choices=[
                            ("device", "Device"),
                            ("network", "Network"),
                            ("number_range", "Number range"),
                            ("payee", "Payee"),
                            ("business", "Business"),
                        ]
                    ),
                ),
                ("value_sealed", models.BinaryField()),
                ("value_index", models.BinaryField()),
                ("seen_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="links",
                        to="cases.account",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["kind", "value_index"], name="account_link_shared")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account", "kind", "value_index"), name="account_link_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["device", "network", "number_range", "payee", "business"])
                        ),
                        name="account_link_kind_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Claim",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=reviewapp.kernel.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("taken_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("released_at", models.DateTimeField(null=True)),
                (
                    "ending",
                    models.TextField(
                        blank=True,
                        choices=[
                            ("GIVEN_BACK", "Given back"),
                            ("LAPSED", "Lapsed"),
                            ("DECIDED", "Decided"),
                        ],
                        default="",
                    ),
                ),
                (
                    "give_back_reason",
                    models.TextField(
                        blank=True,
                        choices=[
                            ("NEEDS_OTHER_SKILL", "Needs a skill or language I lack"),
                            ("CONFLICT_OF_INTEREST", "I know this person or business"),
                            ("END_OF_SHIFT", "My shift ends"),
                            ("DISTRESSING", "I would rather not see this one"),
                            ("OTHER", "Another reason"),
                        ],
                        default="",
                    ),
                ),
                (
                    "analyst",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="claims",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="claims",
                        to="cases.case",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["analyst", "case"], name="claim_of_analyst"),
                    models.Index(
                        condition=models.Q(("released_at", None)),
                        fields=["expires_at"],
                        name="claim_lapsing",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("released_at", None)),
                        fields=("case",),
                        name="one_claim_per_case",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("taken_at"))),
                        name="claim_has_length",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("released_at", None), ("ending", "")),
                            models.Q(
                                ("released_at__isnull", False),
                                ("ending__in", ["GIVEN_BACK", "LAPSED", "DECIDED"]),
                            ),
                            _connector="OR",
                        ),
                        name="claim_release_has_an_ending",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ending", "GIVEN_BACK"),
                                (
                                    "give_back_reason__in",
                                    [
                                        "NEEDS_OTHER_SKILL",
                                        "CONFLICT_OF_INTEREST",
                                        "END_OF_SHIFT",
                                        "DISTRESSING",
                                        "OTHER",
                                    ],
                                ),
                            ),
                            models.Q(
                                models.Q(("ending", "GIVEN_BACK"), _negated=True),
                                ("give_back_reason", ""),
                            ),
                            _connector="OR",
                        ),
                        name="claim_given_back_has_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Citation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=reviewapp.kernel.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("evidence_id", models.UUIDField()),
                ("occurred_at", models.DateTimeField()),
                (
                    "evidence_source",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.source",
                    ),
                ),
                (
                    "decision",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="citations",
                        to="cases.decision",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("decision", "evidence_source", "evidence_id"), name="citation_once"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="detection",
            index=models.Index(fields=["account", "received_at"], name="detection_of_account"),
        ),
        migrations.AddIndex(
            model_name="detection",
            index=models.Index(
                condition=models.Q(("case__isnull", False)),
                fields=["case"],
                name="detection_of_case",
            ),
        ),
        migrations.AddConstraint(
            model_name="detection",
            constraint=models.UniqueConstraint(
                fields=("source", "sender_id"), name="detection_once_per_source"
            ),
        ),
        migrations.AddConstraint(
            model_name="detection",
            constraint=models.CheckConstraint(
                condition=models.Q(("score__gte", 0), ("score__lte", 1)),
                name="detection_score_in_unit_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="detection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("stage__in", ["REGISTRATION", "MESSAGING", "NEGATIVE_FEEDBACK"])
                ),
                name="detection_stage_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="detection",
            constraint=models.CheckConstraint(
                condition=models.Q(("verdict__in", ["REVIEW", "ENFORCED"])),
                name="detection_verdict_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="detection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decision", None), ("verdict", "REVIEW")),
                    models.Q(("case", None), ("decision__isnull", False), ("verdict", "ENFORCED")),
                    _connector="OR",
                ),
                name="review_queues_and_enforced_decides",
            ),
        ),
        migrations.AddConstraint(
            model_name="agreementcount",
            constraint=models.UniqueConstraint(
                fields=("detector", "version"), name="agreement_once_per_version"
            ),
        ),
        migrations.AddConstraint(
            model_name="agreementcount",
            constraint=models.CheckConstraint(
                condition=models.Q(("agreed__gte", 0), ("agreed__lte", models.F("decided"))),
                name="agreed_is_a_part_of_decided",
            ),
        ),
        migrations.AddIndex(
            model_name="enforcement",
            index=models.Index(
                models.F("due_at"),
                condition=models.Q(("state__in", ["REQUESTED", "RETRYING"])),
                name="enforcement_due",
            ),
        ),
        migrations.AddIndex(
            model_name="enforcement",
            index=models.Index(
                models.F("until"),
                condition=models.Q(
                    ("state__in", ["ACKNOWLEDGED", "APPLIED"]), ("until__isnull", False)
                ),
                name="enforcement_expiring",
            ),
        ),
        migrations.AddIndex(
            model_name="enforcement",
            index=models.Index(
                models.OrderBy(models.F("requested_at"), descending=True),
                models.F("id"),
                condition=models.Q(("state__in", ("FAILED", "RETRYING"))),
                name="enforcement_attention",
            ),
        ),
        migrations.AddIndex(
            model_name="enforcement",
            index=models.Index(
                condition=models.Q(("lifts__isnull", False)),
                fields=["lifts"],
                name="enforcement_lift_of",
            ),
        ),
        migrations.AddIndex(
            model_name="enforcement",
            index=models.Index(
                models.OrderBy(models.F("requested_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="enforcement_newest",
            ),
        ),
        migrations.AddConstraint(
            model_name="enforcement",
            constraint=models.UniqueConstraint(fields=("ref",), name="enforcement_ref_once"),
        ),
        migrations.AddConstraint(
            model_name="enforcement",
            constraint=models.UniqueConstraint(
                fields=("account", "sequence"), name="enforcement_sequence_once_per_account"
            ),
        ),
        migrations.AddConstraint(
            model_name="enforcement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("leased_until__isnull", False)),
                fields=("account",),
                name="one_enforcement_in_flight_per_account",
            ),
        ),
        migrations.AddConstraint(
            model_name="enforcement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "REQUESTED",
                            "RETRYING",
                            "ACKNOWLEDGED",
                            "APPLIED",
                            "FAILED",
                            "EXPIRED",
                            "LIFTED",
                            "SUPERSEDED",
                            "CANCELLED",
                        ],
                    )
                ),
                name="enforcement_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="enforcement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "action__in",
                        [
                            "WARN",
                            "RATE_LIMIT",
                            "GROUP_CREATE_BLOCK",
                            "FEATURE_LIMIT",
                            "TEMPORARY_BAN",
                            "PERMANENT_BAN",
                            "REGISTRATION_BLOCK",
                            "LIFT",
                        ],
                    )
                ),
                name="enforcement_action_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="enforcement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("action", "LIFT"), ("lifts__isnull", False)),
                    models.Q(models.Q(("action", "LIFT"), _negated=True), ("lifts", None)),
                    _connector="OR",
                ),
                name="lift_names_what_it_lifts",
            ),
        ),
        migrations.AddConstraint(
            model_name="enforcement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "APPLIED"), _negated=True),
                    ("applied_at__isnull", False),
                    _connector="OR",
                ),
                name="applied_has_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="enforcement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("leased_until", None),
                    ("state__in", ["REQUESTED", "RETRYING"]),
                    _connector="OR",
                ),
                name="only_undelivered_is_in_flight",
            ),
        ),
        migrations.AddConstraint(
            model_name="enforcement",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["SUPERSEDED", "CANCELLED"]), _negated=True)
                | models.Q(("attempts_made", 0)),
                name="what_gave_way_was_never_attempted",
            ),
        ),
        migrations.AddConstraint(
            model_name="enforcementattempt",
            constraint=models.UniqueConstraint(
                fields=("enforcement", "number"), name="attempt_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="label",
            constraint=models.CheckConstraint(
                condition=models.Q(("value__in", ["VIOLATION", "NO_VIOLATION", "RETRACTED"])),
                name="label_value_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="label",
            constraint=models.CheckConstraint(
                condition=models.Q(("source__in", ["ANALYST", "APPEAL", "QA"])),
                name="label_source_is_known",
            ),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(
                models.F("due_at"),
                condition=models.Q(("state__in", ["REQUESTED", "RETRYING"])),
                name="notification_due",
            ),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(
                models.OrderBy(models.F("requested_at"), descending=True),
                models.F("id"),
                condition=models.Q(("state__in", ("FAILED", "RETRYING"))),
                name="notification_attention",
            ),
        ),
        migrations.AddConstraint(
            model_name="notification",
            constraint=models.UniqueConstraint(fields=("ref",), name="notification_ref_once"),
        ),
        migrations.AddConstraint(
            model_name="notification",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ["WAITING", "REQUESTED", "RETRYING", "SENT", "FAILED", "CANCELLED"],
                    )
                ),
                name="notification_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="notification",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "WAITING"), _negated=True),
                    ("enforcement__isnull", False),
                    _connector="OR",
                ),
                name="notification_waits_for_an_enforcement",
            ),
        ),
        migrations.AddConstraint(
            model_name="notification",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "SENT"), _negated=True),
                    ("sent_at__isnull", False),
                    _connector="OR",
                ),
                name="notification_sent_has_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="notificationattempt",
            constraint=models.UniqueConstraint(
                fields=("notification", "number"), name="notification_attempt_number_once"
            ),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(
                condition=models.Q(("decided_by__isnull", False)),
                fields=["decided_by", "-decided_at", "-id"],
                name="decision_of_person",
            ),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(
                condition=models.Q(("case__isnull", False)),
                fields=["case"],
                name="decision_of_case",
            ),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(
                condition=models.Q(("undoes__isnull", False)),
                fields=["undoes"],
                name="decision_undoing",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.UniqueConstraint(fields=("ref",), name="decision_ref_once"),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "outcome__in",
                        [
                            "NO_VIOLATION",
                            "VIOLATION",
                            "INSUFFICIENT_EVIDENCE",
                            "DUPLICATE",
                            "OUT_OF_SCOPE",
                        ],
                    )
                ),
                name="decision_outcome_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(("maker__in", ["AUTOMATED", "ANALYST", "PARTIALLY_AUTOMATED"])),
                name="decision_maker_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("action", ""),
                    (
                        "action__in",
                        [
                            "WARN",
                            "RATE_LIMIT",
                            "GROUP_CREATE_BLOCK",
                            "FEATURE_LIMIT",
                            "TEMPORARY_BAN",
                            "PERMANENT_BAN",
                            "REGISTRATION_BLOCK",
                            "LIFT",
                        ],
                    ),
                    _connector="OR",
                ),
                name="decision_action_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("maker", "AUTOMATED"), ("decided_by", None)),
                    models.Q(
                        models.Q(("maker", "AUTOMATED"), _negated=True),
                        ("decided_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="decision_has_a_person_unless_automated",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("action__in", ["", "LIFT"]), ("outcome", "VIOLATION"), _connector="OR"
                ),
                name="restriction_needs_a_violation",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("action", "TEMPORARY_BAN"), ("until__gt", models.F("decided_at"))),
                    models.Q(
                        models.Q(
                            (
                                "action__in",
                                [
                                    "TEMPORARY_BAN",
                                    "RATE_LIMIT",
                                    "FEATURE_LIMIT",
                                    "GROUP_CREATE_BLOCK",
                                ],
                            ),
                            _negated=True,
                        ),
                        ("until", None),
                    ),
                    ("action__in", ["RATE_LIMIT", "FEATURE_LIMIT", "GROUP_CREATE_BLOCK"]),
                    _connector="OR",
                ),
                name="temporary_ban_has_an_end_and_permanent_none",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                models.F("queue"),
                models.F("due_tier"),
                models.OrderBy(models.F("rank"), descending=True),
                models.F("id"),
                condition=models.Q(("state", "OPEN")),
                name="case_queue_order",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                models.F("due_tier"),
                models.OrderBy(models.F("rank"), descending=True),
                models.F("id"),
                condition=models.Q(("state", "OPEN")),
                name="case_open_order",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("state", "OPEN")),
                fields=["stages", "detectors", "policies"],
                name="case_open_reasons",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["opened_at", "id"], name="case_by_opening"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("state", "OPEN")),
                fields=["opened_at", "id"],
                name="case_open_by_opening",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("state", "OPEN")),
                fields=["queue", "opened_at", "id"],
                name="case_queue_by_opening",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.UniqueConstraint(fields=("ref",), name="case_ref_once"),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("DECIDED", "MERGED")), _negated=True),
                fields=("account",),
                name="one_open_case_per_account",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "OPEN",
                            "AWAITING_INFO",
                            "ESCALATED",
                            "AWAITING_APPROVAL",
                            "DECIDED",
                            "MERGED",
                        ],
                    )
                ),
                name="case_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("settled_at", None),
                        models.Q(("state__in", ("DECIDED", "MERGED")), _negated=True),
                    ),
                    models.Q(("settled_at__isnull", False), ("state__in", ("DECIDED", "MERGED"))),
                    _connector="OR",
                ),
                name="case_settled_has_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="routingrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("score_from__gte", 0),
                    ("score_to__lte", 1),
                    ("score_from__lte", models.F("score_to")),
                ),
                name="rule_scores_are_a_range",
            ),
        ),
        migrations.RunSQL(
            CITATION, "ALTER TABLE cases_citation DROP CONSTRAINT citation_is_of_evidence"
        ),
        migrations.RunSQL(HOURS, "DROP FUNCTION cases_evidenceitem_count_hours() CASCADE"),
        *(RefuseChanges(table) for table in APPEND_ONLY),
    ]
