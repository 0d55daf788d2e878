import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import BtreeGinExtension
from django.db import migrations, models

import reviewapp.kernel.ids
from reviewapp.kernel.appendonly import RefuseChanges
from reviewapp.kernel.refs import RefSequence

# What was proposed stands as it was proposed, and what was answered as it was answered.
APPROVAL = """
CREATE FUNCTION cases_approval_refuse_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.answered_at IS NOT NULL
       OR (to_jsonb(NEW) - '{answer,answered_by_id,answered_at,decision_id}'::text[])
          IS DISTINCT FROM
          (to_jsonb(OLD) - '{answer,answered_by_id,answered_at,decision_id}'::text[])
    THEN
        RAISE EXCEPTION 'UPDATE of % is refused: it is answered, once, and nothing else.',
            TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cases_approval_refuse_edit BEFORE UPDATE ON cases_approval
    FOR EACH ROW EXECUTE FUNCTION cases_approval_refuse_edit()
"""
# One person's takings come one after the other, and each counts what the one before it took: a
# statement sees the table as of its start, the queries of a volatile function as of theirs.
COUNT_HELD = """
CREATE FUNCTION cases_count_held(analyst bigint, at timestamptz) RETURNS integer
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('cases_count_held', analyst));
    RETURN (SELECT count(*) FROM cases_claim c
             WHERE c.analyst_id = analyst AND c.released_at IS NULL AND c.expires_at > at);
END
$$;
"""
APPEND_ONLY = ("cases_note", "cases_withdrawal", "cases_approval_clauses", "cases_bulk_clauses")
WEIGHED_ONCE = """
UPDATE cases_case
   SET priority = severity_points + uncertainty_points + reach_points + feedback_points
                  + joined_points,
       top_score = coalesce(
           (SELECT max(score) FROM cases_detection d WHERE d.case_id = cases_case.id), 0)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0001_cases"),
        ("staff", "0001_staff"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        RefSequence("B"),
        # So that one index holds lists and plain columns together.
        BtreeGinExtension(),
        migrations.CreateModel(
            name="Approval",
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
                    "causes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(
                            choices=[
                                ("POLICY", "A rule it cites asks for it"),
                                ("QUEUE", "Its queue asks for it"),
                                ("REACH", "The account reaches many people"),
                                ("BULK", "It decides many cases at once"),
                            ]
                        ),
                        size=None,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                (
                    "outcome",
                    models.TextField(
                        blank=True,
                        choices=[
                            ("NO_VIOLATION", "No violation"),
                            ("VIOLATION", "Violation"),
                            ("INSUFFICIENT_EVIDENCE", "Not enough evidence"),
                            ("DUPLICATE", "Duplicate"),
                            ("OUT_OF_SCOPE", "Out of scope"),
                        ],
                        default="",
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
                ("lasts", models.DurationField(null=True)),
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
                ("locale", models.TextField(blank=True, default="")),
                ("cited", models.JSONField(default=list)),
                (
                    "answer",
                    models.TextField(
                        blank=True,
                        choices=[
                            ("APPROVED", "Approved"),
                            ("SENT_BACK", "Sent back"),
                            ("WITHDRAWN", "Withdrawn"),
                        ],
                        default="",
                    ),
                ),
                ("answered_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Bulk",
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
                ("asked_at", models.DateTimeField()),
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
                ("lasts", models.DurationField(null=True)),
                ("until", models.DateTimeField(null=True)),
                (
                    "confidence",
                    models.TextField(
                        choices=[("LOW", "Low"), ("MEDIUM", "Medium"), ("HIGH", "High")]
                    ),
                ),
                ("rationale", models.TextField()),
                ("reason", models.TextField(blank=True, default="")),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("AWAITING_APPROVAL", "Awaiting approval"),
                            ("RUNNING", "Running"),
                            ("DONE", "Done"),
                            ("UNDOING", "Being undone"),
                            ("UNDONE", "Undone"),
                            ("DROPPED", "Dropped before it ran"),
                        ],
                        default="RUNNING",
                    ),
                ),
                ("size", models.PositiveIntegerField()),
                ("leased_until", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("effective_at", models.DateTimeField(null=True)),
                ("undone_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="BulkRow",
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
                ("position", models.PositiveIntegerField()),
                ("seen_version", models.PositiveIntegerField()),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("WAITING", "Waiting"),
                            ("DECIDED", "Decided"),
                            ("REFUSED", "Not decided"),
                            ("EXCEPTED", "Left out"),
                            ("UNDONE", "Undone"),
                        ],
                        default="WAITING",
                    ),
                ),
                ("refusal", models.TextField(blank=True, default="")),
            ],
        ),
        migrations.CreateModel(
            name="Clearing",
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
                ("family", models.TextField(blank=True, default="")),
                ("until", models.DateTimeField()),
                ("margin", models.FloatField()),
                ("cleared_score", models.FloatField(null=True)),
                ("cleared_signals", models.JSONField(default=dict)),
                ("reason_sealed", models.BinaryField()),
                ("made_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("revocation_sealed", models.BinaryField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Note",
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
                    "kind",
                    models.TextField(
                        choices=[
                            ("NOTE", "Note"),
                            ("HAND_OVER", "Handed over"),
                            ("QUESTION", "Information asked for"),
                            ("ESCALATION", "Escalated"),
                            ("MERGE", "Merged"),
                            ("SENT_BACK", "Sent back"),
                        ],
                        default="NOTE",
                    ),
                ),
                ("text_sealed", models.BinaryField()),
                ("written_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Preferences",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="preferences",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "opted_out",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), blank=True, default=list, size=None
                    ),
                ),
                ("break_after", models.PositiveSmallIntegerField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Presence",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "case_id",
                        "user_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="cases.case",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("seen_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="SavedFilter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.TextField()),
                ("query", models.TextField()),
                ("shared", models.BooleanField(default=False)),
                ("saved_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["name", "id"],
            },
        ),
        migrations.CreateModel(
            name="Withdrawal",
            fields=[
                (
                    "decision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="withdrawal",
                        serialize=False,
                        to="cases.decision",
                    ),
                ),
                ("withdrawn_at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.RemoveConstraint(
            model_name="claim",
            name="claim_release_has_an_ending",
        ),
        migrations.AddField(
            model_name="account",
            name="contested_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="case",
            name="contested",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="case",
            name="merged_into",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged",
                to="cases.case",
            ),
        ),
        migrations.AddField(
            model_name="case",
            name="reserved_for",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="case",
            name="reserved_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="case",
            name="reserved_why",
            field=models.TextField(
                blank=True,
                choices=[
                    ("HANDED_OVER", "Handed over to you"),
                    ("REASSIGNED", "Given to you by a lead"),
                    ("ASKED", "You asked for information"),
                    ("INFORMATION_ARRIVED", "Something new arrived"),
                    ("WOKE_UP", "The date you set has come"),
                    ("SENT_BACK", "Approval refused"),
                ],
                db_default="",
                default="",
            ),
        ),
        migrations.AddField(
            model_name="case",
            name="top_score",
            field=models.FloatField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="case",
            name="wakes_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="decision",
            name="approved_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="effective_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="policyclause",
            name="ladder",
            field=models.JSONField(blank=True, db_default=[], default=list),
        ),
        migrations.AddField(
            model_name="policyclause",
            name="needs_approval",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="queue",
            name="actions",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(), blank=True, db_default=[], default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="queue",
            name="approval_actions",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(), blank=True, db_default=[], default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="queue",
            name="approval_reach",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="queue",
            name="weights",
            field=models.JSONField(blank=True, db_default={}, default=dict),
        ),
        # Until now the database summed it; from now on each queue weighs its parts.
        migrations.RemoveField(model_name="case", name="priority"),
        migrations.AddField(
            model_name="case",
            name="priority",
            field=models.FloatField(db_default=0, default=0),
        ),
        migrations.RunSQL(WEIGHED_ONCE, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="claim",
            name="ending",
            field=models.TextField(
                blank=True,
                choices=[
                    ("GIVEN_BACK", "Given back"),
                    ("LAPSED", "Lapsed"),
                    ("DECIDED", "Decided"),
                    ("PROPOSED", "Waits for approval"),
                    ("SET_ASIDE", "Set aside"),
                    ("ESCALATED", "Escalated"),
                    ("HANDED_OVER", "Handed over"),
                    ("TAKEN_OFF", "Taken off by a lead"),
                    ("MERGED", "Merged"),
                ],
                default="",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("reserved_for__isnull", False)),
                fields=["reserved_for", "state"],
                name="case_reserved",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("wakes_at__isnull", False)),
                fields=["wakes_at"],
                name="case_waking",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", False)),
                fields=["merged_into"],
                name="case_merged_into",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "MERGED"), _negated=True),
                    ("merged_into__isnull", False),
                    _connector="OR",
                ),
                name="case_merged_names_the_other",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(("merged_into", models.F("id")), _negated=True),
                name="case_is_not_merged_into_itself",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "AWAITING_INFO"), ("wakes_at__isnull", False)),
                    models.Q(
                        models.Q(("state", "AWAITING_INFO"), _negated=True), ("wakes_at", None)
                    ),
                    _connector="OR",
                ),
                name="case_wakes_only_while_it_waits_for_information",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("reserved_for", None), ("reserved_until", None), ("reserved_why", "")
                    ),
                    models.Q(
                        ("reserved_for__isnull", False),
                        (
                            "reserved_why__in",
                            [
                                "HANDED_OVER",
                                "REASSIGNED",
                                "ASKED",
                                "INFORMATION_ARRIVED",
                                "WOKE_UP",
                                "SENT_BACK",
                            ],
                        ),
                    ),
                    _connector="OR",
                ),
                name="case_reserved_says_for_whom_and_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("released_at", None), ("ending", "")),
                    models.Q(
                        ("released_at__isnull", False),
                        (
                            "ending__in",
                            [
                                "GIVEN_BACK",
                                "LAPSED",
                                "DECIDED",
                                "PROPOSED",
                                "SET_ASIDE",
                                "ESCALATED",
                                "HANDED_OVER",
                                "TAKEN_OFF",
                                "MERGED",
                            ],
                        ),
                    ),
                    _connector="OR",
                ),
                name="claim_release_has_an_ending",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_by", None),
                    models.Q(
                        ("decided_by__isnull", False),
                        models.Q(("approved_by", models.F("decided_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="nobody_approves_their_own",
            ),
        ),
        migrations.AddField(
            model_name="approval",
            name="answered_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="approval",
            name="asked_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="approval",
            name="case",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="approvals",
                to="cases.case",
            ),
        ),
        migrations.AddField(
            model_name="approval",
            name="clauses",
            field=models.ManyToManyField(related_name="+", to="cases.policyclause"),
        ),
        migrations.AddField(
            model_name="approval",
            name="decision",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="approval",
                to="cases.decision",
            ),
        ),
        migrations.AddField(
            model_name="bulk",
            name="asked_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="bulks",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="bulk",
            name="clauses",
            field=models.ManyToManyField(related_name="+", to="cases.policyclause"),
        ),
        migrations.AddField(
            model_name="bulk",
            name="undone_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="approval",
            name="bulk",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="approval",
                to="cases.bulk",
            ),
        ),
        migrations.AddField(
            model_name="bulkrow",
            name="bulk",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rows",
                to="cases.bulk",
            ),
        ),
        migrations.AddField(
            model_name="bulkrow",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="bulk_rows",
                to="cases.case",
            ),
        ),
        migrations.AddField(
            model_name="bulkrow",
            name="decision",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="bulk_row",
                to="cases.decision",
            ),
        ),
        migrations.AddField(
            model_name="clearing",
            name="account",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="clearings",
                to="cases.account",
            ),
        ),
        migrations.AddField(
            model_name="clearing",
            name="decision",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="clearings",
                to="cases.decision",
            ),
        ),
        migrations.AddField(
            model_name="clearing",
            name="made_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="clearing",
            name="revoked_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="detection",
            name="clearing",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="detections",
                to="cases.clearing",
            ),
        ),
        migrations.AddIndex(
            model_name="detection",
            index=models.Index(
                condition=models.Q(("clearing__isnull", False)),
                fields=["clearing"],
                name="detection_held_back",
            ),
        ),
        migrations.AddField(
            model_name="note",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="notes",
                to="cases.account",
            ),
        ),
        migrations.AddField(
            model_name="note",
            name="author",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="note",
            name="case",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="notes",
                to="cases.case",
            ),
        ),
        migrations.AddConstraint(
            model_name="preferences",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("break_after", None),
                    models.Q(("break_after__gte", 10), ("break_after__lte", 240)),
                    _connector="OR",
                ),
                name="break_after_10_to_240_minutes",
            ),
        ),
        migrations.AddField(
            model_name="savedfilter",
            name="owner",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="saved_filters",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="withdrawal",
            name="withdrawn_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="bulk",
            index=models.Index(fields=["asked_by", "-asked_at"], name="bulk_of_person"),
        ),
        migrations.AddIndex(
            model_name="bulk",
            index=models.Index(
                condition=models.Q(("state__in", ["RUNNING", "UNDOING"])),
                fields=["asked_at"],
                name="bulk_at_work",
            ),
        ),
        migrations.AddConstraint(
            model_name="bulk",
            constraint=models.UniqueConstraint(fields=("ref",), name="bulk_ref_once"),
        ),
        migrations.AddConstraint(
            model_name="bulk",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ["AWAITING_APPROVAL", "RUNNING", "DONE", "UNDOING", "UNDONE", "DROPPED"],
                    )
                ),
                name="bulk_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="bulk",
            constraint=models.CheckConstraint(
                condition=models.Q(("size__gte", 1)), name="bulk_has_cases"
            ),
        ),
        migrations.AddConstraint(
            model_name="bulk",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("undone_at", None), ("undone_by", None)),
                    models.Q(("undone_at__isnull", False), ("undone_by__isnull", False)),
                    _connector="OR",
                ),
                name="bulk_is_undone_by_somebody",
            ),
        ),
        migrations.AddIndex(
            model_name="approval",
            index=models.Index(
                condition=models.Q(("answered_at", None)),
                fields=["asked_at", "id"],
                name="approval_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="approval",
            index=models.Index(
                condition=models.Q(("case__isnull", False)),
                fields=["case"],
                name="approval_of_case",
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.UniqueConstraint(
                condition=models.Q(("answered_at", None)),
                fields=("case",),
                name="one_open_approval_per_case",
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("bulk", None), ("case__isnull", False)),
                    models.Q(("bulk__isnull", False), ("case", None)),
                    _connector="OR",
                ),
                name="approval_is_of_a_case_or_of_a_bulk",
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("causes__contained_by", ["POLICY", "QUEUE", "REACH", "BULK"]),
                    ("causes__len__gte", 1),
                ),
                name="approval_has_causes",
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answer", ""), ("answered_at", None), ("answered_by", None)),
                    models.Q(("answer", "WITHDRAWN"), ("answered_at__isnull", False)),
                    models.Q(
                        ("answer__in", ["APPROVED", "SENT_BACK"]),
                        ("answered_at__isnull", False),
                        ("answered_by__isnull", False),
                        models.Q(("answered_by", models.F("asked_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="approval_is_by_somebody_else",
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.CheckConstraint(
                condition=models.Q(("decision", None), ("answer", "APPROVED"), _connector="OR"),
                name="only_the_approved_is_decided",
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkrow",
            constraint=models.UniqueConstraint(
                fields=("bulk", "case"), name="bulk_row_once_per_case"
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkrow",
            constraint=models.UniqueConstraint(
                fields=("bulk", "position"), name="bulk_row_position_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkrow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["WAITING", "DECIDED", "REFUSED", "EXCEPTED", "UNDONE"])
                ),
                name="bulk_row_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkrow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["DECIDED", "UNDONE"]), _negated=True),
                    ("decision__isnull", False),
                    _connector="OR",
                ),
                name="bulk_row_decided_has_a_decision",
            ),
        ),
        migrations.AddIndex(
            model_name="clearing",
            index=models.Index(fields=["account", "-made_at"], name="clearing_of_account"),
        ),
        migrations.AddIndex(
            model_name="clearing",
            index=models.Index(
                condition=models.Q(("revoked_at", None)),
                fields=["until", "id"],
                name="clearing_by_its_end",
            ),
        ),
        migrations.AddConstraint(
            model_name="clearing",
            constraint=models.UniqueConstraint(
                condition=models.Q(("revoked_at", None)),
                fields=("account", "family"),
                name="one_clearing_per_account_and_family",
            ),
        ),
        migrations.AddConstraint(
            model_name="clearing",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__gt", models.F("made_at"))),
                name="clearing_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="clearing",
            constraint=models.CheckConstraint(
                condition=models.Q(("margin__gte", 0), ("margin__lte", 1)),
                name="clearing_margin_is_a_share",
            ),
        ),
        migrations.AddConstraint(
            model_name="clearing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("revoked_at", None), ("revoked_by", None)),
                    models.Q(("revoked_at__isnull", False), ("revoked_by__isnull", False)),
                    _connector="OR",
                ),
                name="clearing_is_revoked_by_somebody",
            ),
        ),
        migrations.AddField(
            model_name="enforcement",
            name="gave_way_to",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="cases.decision",
            ),
        ),
        migrations.AddConstraint(
            model_name="enforcement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("gave_way_to", None),
                    ("state__in", ["SUPERSEDED", "CANCELLED"]),
                    _connector="OR",
                ),
                name="only_the_ended_gave_way",
            ),
        ),
        migrations.AddConstraint(
            model_name="note",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        ["NOTE", "HAND_OVER", "QUESTION", "ESCALATION", "MERGE", "SENT_BACK"],
                    )
                ),
                name="note_kind_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="savedfilter",
            constraint=models.UniqueConstraint(
                fields=("owner", "name"), name="saved_filter_name_once_per_person"
            ),
        ),
        migrations.AddConstraint(
            model_name="savedfilter",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True), name="saved_filter_has_a_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="savedfilter",
            constraint=models.CheckConstraint(
                condition=models.Q(("query__regex", "(^|&)q="), _negated=True),
                name="saved_filter_searches_for_nobody",
            ),
        ),
        *(RefuseChanges(table) for table in APPEND_ONLY),
        migrations.CreateModel(
            name="Rearrangement",
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
                    "kind",
                    models.TextField(
                        choices=[("REORDER", "Another order"), ("MOVE", "Another queue")]
                    ),
                ),
                (
                    "due_dates",
                    models.TextField(
                        blank=True,
                        choices=[
                            ("NEARER", "Only bring them nearer"),
                            ("ANEW", "Count them anew from the opening"),
                        ],
                        default="",
                    ),
                ),
                ("before", models.JSONField(blank=True, default=dict)),
                ("after", models.JSONField(blank=True, default=dict)),
                ("asked_at", models.DateTimeField()),
                ("reached_at", models.DateTimeField(null=True)),
                ("reached_id", models.UUIDField(null=True)),
                ("expected", models.PositiveIntegerField(default=0)),
                ("seen", models.PositiveIntegerField(default=0)),
                ("changed", models.PositiveIntegerField(default=0)),
                ("finished_at", models.DateTimeField(null=True)),
                ("looked_again_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="claim",
            name="ended_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RemoveIndex(
            model_name="case",
            name="case_queue_order",
        ),
        migrations.RemoveIndex(
            model_name="case",
            name="case_open_order",
        ),
        migrations.RemoveIndex(
            model_name="case",
            name="case_open_reasons",
        ),
        migrations.RemoveIndex(
            model_name="case",
            name="case_open_by_opening",
        ),
        migrations.RemoveIndex(
            model_name="case",
            name="case_queue_by_opening",
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                models.F("queue"),
                models.F("due_tier"),
                models.OrderBy(models.F("rank"), descending=True),
                models.F("id"),
                condition=models.Q(("state", "OPEN")),
                include=(
                    "state",
                    "country",
                    "surface",
                    "contested",
                    "top_score",
                    "due_at",
                    "opened_at",
                ),
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
                include=(
                    "state",
                    "country",
                    "surface",
                    "contested",
                    "top_score",
                    "due_at",
                    "opened_at",
                ),
                name="case_open_order",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("state", "OPEN")),
                fields=["opened_at", "id"],
                include=(
                    "state",
                    "country",
                    "surface",
                    "contested",
                    "top_score",
                    "due_at",
                    "due_tier",
                    "rank",
                ),
                name="case_open_by_opening",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("state", "OPEN")),
                fields=["queue", "opened_at", "id"],
                include=(
                    "state",
                    "country",
                    "surface",
                    "contested",
                    "top_score",
                    "due_at",
                    "due_tier",
                    "rank",
                ),
                name="case_queue_by_opening",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                models.F("state"),
                models.F("due_tier"),
                models.OrderBy(models.F("rank"), descending=True),
                models.F("id"),
                condition=models.Q(
                    ("state__in", ("AWAITING_INFO", "ESCALATED", "AWAITING_APPROVAL"))
                ),
                name="case_set_aside_order",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("state", "OPEN"), _negated=True),
                fields=["state", "opened_at", "id"],
                name="case_not_open",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("state", "OPEN")),
                fields=["stages", "detectors", "policies", "country", "surface", "contested"],
                name="case_open_facts",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("state", "OPEN"), _negated=True),
                fields=["stages", "detectors", "policies", "country", "surface", "contested"],
                name="case_not_open_facts",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("state", "OPEN")), fields=["top_score"], name="case_open_score"
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_by__isnull", False), ("ending", "TAKEN_OFF")),
                    models.Q(models.Q(("ending", "TAKEN_OFF"), _negated=True), ("ended_by", None)),
                    _connector="OR",
                ),
                name="claim_taken_off_says_by_whom",
            ),
        ),
        migrations.AddField(
            model_name="rearrangement",
            name="asked_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="rearrangement",
            name="queue",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="cases.queue",
            ),
        ),
        migrations.AddIndex(
            model_name="rearrangement",
            index=models.Index(
                condition=models.Q(("looked_again_at", None)),
                fields=["asked_at"],
                name="rearrangement_to_do",
            ),
        ),
        migrations.AddConstraint(
            model_name="rearrangement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("finished_at", None)),
                fields=("kind", "queue"),
                name="one_rearrangement_of_a_kind_at_a_time",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="rearrangement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind", "REORDER"),
                        ("queue__isnull", False),
                        ("due_dates__in", ["NEARER", "ANEW"]),
                    ),
                    models.Q(("due_dates", ""), ("kind", "MOVE"), ("queue", None)),
                    _connector="OR",
                ),
                name="rearrangement_is_of_a_queue_or_between_queues",
            ),
        ),
        migrations.RemoveIndex(model_name="accountlink", name="account_link_shared"),
        migrations.AddIndex(
            model_name="accountlink",
            index=models.Index(
                fields=["kind", "value_index", "account"], name="account_link_shared"
            ),
        ),
        RefuseChanges("cases_approval", update=False),
        migrations.RunSQL(COUNT_HELD, "DROP FUNCTION cases_count_held(bigint, timestamptz)"),
        migrations.RunSQL(APPROVAL, "DROP FUNCTION cases_approval_refuse_edit() CASCADE"),
    ]
