import datetime

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import reviewapp.kernel.encryption
import reviewapp.kernel.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("cases", "0002_console"),
        ("staff", "0001_staff"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TextGroup",
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
                ("size", models.PositiveIntegerField(default=0)),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Appeal",
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
                ("sender_id", models.TextField(blank=True, default="")),
                ("digest", models.BinaryField(null=True)),
                (
                    "channel",
                    models.TextField(
                        choices=[
                            ("EMAIL", "E-mail"),
                            ("POST", "Post"),
                            ("IN_APP", "In the app"),
                            ("WEB_FORM", "Web form"),
                            ("GAC_PORTAL", "Appellate committee's portal"),
                        ]
                    ),
                ),
                (
                    "jurisdiction",
                    models.TextField(
                        choices=[("IN", "India"), ("EU", "European Union"), ("*", "Elsewhere")]
                    ),
                ),
                ("locale", models.TextField(blank=True, default="")),
                ("contact_sealed", models.BinaryField(null=True)),
                ("contact_index", models.BinaryField(null=True)),
                ("received_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                ("acknowledged_at", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("taken_at", models.DateTimeField(null=True)),
                ("held_until", models.DateTimeField(null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "ground",
                    models.TextField(
                        choices=[
                            ("NO_GROUND_GIVEN", "No ground given"),
                            ("NOT_BULK_OR_AUTOMATED", "Neither bulk nor automated"),
                            (
                                "LEGITIMATE_BUSINESS_OR_COMMUNITY_USE",
                                "Legitimate business or community",
                            ),
                            ("RECIPIENTS_CONSENTED", "Recipients had agreed"),
                            ("ACCOUNT_COMPROMISED", "Somebody else used the account"),
                            ("NUMBER_RECYCLED_OR_PORTED", "Number was another person's before"),
                            ("SHARED_NETWORK_OR_DEVICE", "Shared network or device"),
                            ("COORDINATED_FALSE_REPORTS", "Coordinated false reports"),
                            ("WRONG_ACCOUNT", "Wrong account"),
                            ("CLIENT_NOW_OFFICIAL", "Official app by now"),
                            ("FACTS_WRONG", "Facts are wrong"),
                            ("POLICY_MISAPPLIED", "Rule does not apply"),
                            ("DISPROPORTIONATE", "Too hard"),
                            ("PROCEDURE_DEFECT", "No notice or no reasons"),
                            ("PROACTIVE_TECH_OUTSIDE_TERMS", "Technology used outside the terms"),
                            ("NEW_EVIDENCE", "New evidence"),
                            ("OTHER", "Something else"),
                        ],
                        default="NO_GROUND_GIVEN",
                    ),
                ),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("OPEN", "Open"),
                            ("OUT_OF_TIME", "Out of time"),
                            ("AWAITING_APPELLANT", "Awaiting the person"),
                            ("AWAITING_APPROVAL", "Awaiting approval"),
                            ("DECIDED", "Decided"),
                            ("WITHDRAWN", "Withdrawn"),
                            ("INADMISSIBLE", "Not admitted"),
                        ],
                        default="OPEN",
                    ),
                ),
                ("window_ends_at", models.DateTimeField(null=True)),
                ("identity_checked_at", models.DateTimeField(null=True)),
                ("admission_sealed", models.BinaryField(null=True)),
                (
                    "barred",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("repeats", models.PositiveIntegerField(default=0)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appeals",
                        to="cases.account",
                    ),
                ),
                (
                    "admission_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "enforcement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appeals",
                        to="cases.enforcement",
                    ),
                ),
                (
                    "held_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.source",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appeals",
                        to="appeals.textgroup",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Grievance",
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
                ("sender_id", models.TextField(blank=True, default="")),
                ("digest", models.BinaryField(null=True)),
                (
                    "channel",
                    models.TextField(
                        choices=[
                            ("EMAIL", "E-mail"),
                            ("POST", "Post"),
                            ("IN_APP", "In the app"),
                            ("WEB_FORM", "Web form"),
                            ("GAC_PORTAL", "Appellate committee's portal"),
                        ]
                    ),
                ),
                (
                    "jurisdiction",
                    models.TextField(
                        choices=[("IN", "India"), ("EU", "European Union"), ("*", "Elsewhere")]
                    ),
                ),
                ("locale", models.TextField(blank=True, default="")),
                ("contact_sealed", models.BinaryField(null=True)),
                ("contact_index", models.BinaryField(null=True)),
                ("received_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                ("acknowledged_at", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("taken_at", models.DateTimeField(null=True)),
                ("held_until", models.DateTimeField(null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                ("wrapped_key", models.BinaryField(default=reviewapp.kernel.encryption.new_key)),
                (
                    "category",
                    models.TextField(
                        choices=[
                            ("ACCOUNT_SUPPORT", "Account support"),
                            ("BAN_APPEAL", "Ban appeal"),
                            ("OTHER_SUPPORT", "Other support"),
                            ("PRODUCT_SUPPORT", "Product support"),
                            ("SAFETY", "Safety"),
                        ]
                    ),
                ),
                (
                    "rule_kind",
                    models.TextField(
                        choices=[
                            ("GENERAL", "General"),
                            ("REMOVAL_3_1_B", "Removal request under rule 3(1)(b)"),
                            ("INTIMATE_OR_IMPERSONATION", "Intimate content or impersonation"),
                        ],
                        default="GENERAL",
                    ),
                ),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("OPEN", "Open"),
                            ("AWAITING_USER", "Awaiting the person"),
                            ("IN_APPEAL", "With its appeal"),
                            ("RESOLVED", "Resolved"),
                        ],
                        default="OPEN",
                    ),
                ),
                (
                    "resolution",
                    models.TextField(
                        blank=True,
                        choices=[
                            ("ACCOUNT_BANNED", "Account banned"),
                            ("ACCOUNT_RESTORED", "Account restored"),
                            ("RESTORATION_REFUSED", "Restoration refused"),
                            ("SUPPORT_GIVEN", "Support given"),
                            ("NO_VIOLATION", "No violation"),
                            ("REDIRECTED_IN_APP", "Redirected to reporting in the app"),
                            ("DUPLICATE", "Duplicate"),
                            ("NO_RESPONSE_POSSIBLE", "No response possible"),
                        ],
                        default="",
                    ),
                ),
                ("answer_sealed", models.BinaryField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="grievances",
                        to="cases.account",
                    ),
                ),
                (
                    "appeal",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="grievances",
                        to="appeals.appeal",
                    ),
                ),
                (
                    "decision",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="grievances",
                        to="cases.decision",
                    ),
                ),
                (
                    "duplicate_of",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="duplicates",
                        to="appeals.grievance",
                    ),
                ),
                (
                    "held_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "resolved_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.source",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Letter",
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
                (
                    "kind",
                    models.TextField(
                        choices=[
                            ("ACKNOWLEDGEMENT", "Acknowledgement"),
                            ("QUESTION", "Question"),
                            ("ANSWER", "Answer"),
                            ("NOT_ADMITTED", "Not admitted"),
                            ("WITHDRAWN", "Withdrawal confirmed"),
                        ]
                    ),
                ),
                (
                    "via",
                    models.TextField(
                        choices=[("PLATFORM", "Message in the app"), ("EMAIL", "E-mail")]
                    ),
                ),
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
                            ("SENDING", "Being sent"),
                            ("SENT", "Sent"),
                            ("FAILED", "Failed"),
                            ("UNCERTAIN", "Perhaps sent"),
                            ("BOUNCED", "Came back"),
                            ("CANCELLED", "Cancelled"),
                        ],
                        default="REQUESTED",
                    ),
                ),
                ("requested_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("detail", models.TextField(blank=True, default="")),
                (
                    "appeal",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letters",
                        to="appeals.appeal",
                    ),
                ),
                (
                    "enforcement",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letters",
                        to="cases.enforcement",
                    ),
                ),
                (
                    "grievance",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letters",
                        to="appeals.grievance",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LetterAttempt",
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
                    "letter",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attempts",
                        to="appeals.letter",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Order",
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
                ("sender_id", models.TextField(blank=True, default="")),
                ("digest", models.BinaryField(null=True)),
                (
                    "channel",
                    models.TextField(
                        choices=[
                            ("EMAIL", "E-mail"),
                            ("POST", "Post"),
                            ("IN_APP", "In the app"),
                            ("WEB_FORM", "Web form"),
                            ("GAC_PORTAL", "Appellate committee's portal"),
                        ]
                    ),
                ),
                (
                    "jurisdiction",
                    models.TextField(
                        choices=[("IN", "India"), ("EU", "European Union"), ("*", "Elsewhere")]
                    ),
                ),
                ("locale", models.TextField(blank=True, default="")),
                ("contact_sealed", models.BinaryField(null=True)),
                ("contact_index", models.BinaryField(null=True)),
                ("received_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                ("acknowledged_at", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("taken_at", models.DateTimeField(null=True)),
                ("held_until", models.DateTimeField(null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                ("wrapped_key", models.BinaryField(default=reviewapp.kernel.encryption.new_key)),
                (
                    "kind",
                    models.TextField(
                        choices=[
                            ("GAC_ORDER", "Order of the Grievance Appellate Committee"),
                            ("AUTHORITY_ORDER", "Order of a court or government"),
                            ("INFORMATION_ORDER", "Order to give information"),
                        ]
                    ),
                ),
                ("issued_by", models.TextField()),
                ("number", models.TextField(blank=True, default="")),
                ("text_sealed", models.BinaryField()),
                ("states_due_at", models.DateTimeField(null=True)),
                ("complied_at", models.DateTimeField(null=True)),
                ("outcome_sealed", models.BinaryField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="cases.account",
                    ),
                ),
                (
                    "complied_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decision",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="cases.decision",
                    ),
                ),
                (
                    "grievance",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="appeals.grievance",
                    ),
                ),
                (
                    "held_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.source",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Proposal",
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
                    "outcome",
                    models.TextField(
                        choices=[
                            ("ORIGINAL_DECISION_UPHELD", "Original decision upheld"),
                            ("PARTIALLY_REVERSED", "Partially reversed"),
                            ("REVERSED", "Reversed"),
                            ("OMITTED", "Omitted"),
                        ]
                    ),
                ),
                (
                    "cause",
                    models.TextField(
                        choices=[
                            ("DETECTOR_ERROR", "The detector was wrong"),
                            ("ANALYST_ERROR", "We decided wrongly"),
                            ("POLICY_CHANGE", "The rule has changed"),
                            ("NEW_INFORMATION", "New information"),
                            ("GOODWILL", "Goodwill"),
                            ("PROCEDURE", "Procedure"),
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
                ("locale", models.TextField(blank=True, default="")),
                ("reason_sealed", models.BinaryField()),
                ("rationale_sealed", models.BinaryField(null=True)),
                ("asked_at", models.DateTimeField()),
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
                ("words_sealed", models.BinaryField(null=True)),
                (
                    "answered_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "appeal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to="appeals.appeal",
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SlaRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "jurisdiction",
                    models.TextField(
                        choices=[("IN", "India"), ("EU", "European Union"), ("*", "Elsewhere")]
                    ),
                ),
                (
                    "kind",
                    models.TextField(
                        choices=[
                            ("GENERAL", "Complaint"),
                            ("REMOVAL_3_1_B", "Removal request under rule 3(1)(b)"),
                            ("INTIMATE_OR_IMPERSONATION", "Intimate content or impersonation"),
                            ("COMPLAINT", "Appeal against a decision"),
                            ("AUTHORITY_ORDER", "Order of a court or government"),
                            ("INFORMATION_ORDER", "Order to give information"),
                            ("GAC_ORDER", "Order of the Grievance Appellate Committee"),
                            ("GAC_APPEAL", "Appeal to the Grievance Appellate Committee"),
                            ("ODS", "Out-of-court dispute settlement"),
                        ]
                    ),
                ),
                (
                    "clock",
                    models.TextField(
                        choices=[
                            ("ACK", "Acknowledge"),
                            ("ACT", "Act"),
                            ("RESOLVE", "Answer"),
                            ("WINDOW", "Ask in time"),
                            ("TARGET", "Expected answer"),
                            ("DECIDE", "Decide"),
                        ]
                    ),
                ),
                ("limit", models.TextField()),
                ("effective_from", models.DateField()),
                ("effective_to", models.DateField(blank=True, null=True)),
                ("pauses", models.BooleanField(default=False)),
                ("basis", models.TextField()),
            ],
            options={
                "ordering": ["jurisdiction", "kind", "clock", "effective_from"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("jurisdiction__in", ["IN", "EU", "*"])),
                        name="rule_jurisdiction_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "GENERAL",
                                    "REMOVAL_3_1_B",
                                    "INTIMATE_OR_IMPERSONATION",
                                    "COMPLAINT",
                                    "AUTHORITY_ORDER",
                                    "INFORMATION_ORDER",
                                    "GAC_ORDER",
                                    "GAC_APPEAL",
                                    "ODS",
                                ],
                            )
                        ),
                        name="rule_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("clock__in", ["ACK", "ACT", "RESOLVE", "WINDOW", "TARGET", "DECIDE"])
                        ),
                        name="rule_clock_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "limit__regex",
                                "^(PT[1-9][0-9]{0,3}H|P[1-9][0-9]{0,3}D|P[1-9][0-9]{0,2}M)$",
                            )
                        ),
                        name="rule_limit_is_one_unit",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("effective_to", None),
                            ("effective_to__gte", models.F("effective_from")),
                            _connector="OR",
                        ),
                        name="rule_ends_after_it_begins",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Clock",
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
                    "name",
                    models.TextField(
                        choices=[
                            ("ACK", "Acknowledge"),
                            ("ACT", "Act"),
                            ("RESOLVE", "Answer"),
                            ("WINDOW", "Ask in time"),
                            ("TARGET", "Expected answer"),
                            ("DECIDE", "Decide"),
                        ]
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("met_at", models.DateTimeField(null=True)),
                ("stopped_at", models.DateTimeField(null=True)),
                ("paused_at", models.DateTimeField(null=True)),
                ("paused_for", models.DurationField(default=datetime.timedelta)),
                ("warned_at", models.DateTimeField(null=True)),
                ("broken_told_at", models.DateTimeField(null=True)),
                (
                    "appeal",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="clocks",
                        to="appeals.appeal",
                    ),
                ),
                (
                    "grievance",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="clocks",
                        to="appeals.grievance",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="clocks",
                        to="appeals.order",
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="appeals.slarule",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Statement",
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
                            ("FILED", "Filed"),
                            ("REPEATED", "Asked again"),
                            ("QUESTION", "Asked by us"),
                            ("ANSWER", "Answered"),
                            ("WITHDRAWAL", "Withdrawn"),
                        ]
                    ),
                ),
                (
                    "channel",
                    models.TextField(
                        choices=[
                            ("EMAIL", "E-mail"),
                            ("POST", "Post"),
                            ("IN_APP", "In the app"),
                            ("WEB_FORM", "Web form"),
                            ("GAC_PORTAL", "Appellate committee's portal"),
                        ]
                    ),
                ),
                ("text_sealed", models.BinaryField()),
                (
                    "likeness",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), null=True, size=None
                    ),
                ),
                (
                    "likeness_bands",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), null=True, size=None
                    ),
                ),
                ("said_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "appeal",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="statements",
                        to="appeals.appeal",
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "entered_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "grievance",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="statements",
                        to="appeals.grievance",
                    ),
                ),
            ],
            options={
                "ordering": ["said_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="InboundMail",
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
                ("message_id", models.TextField(blank=True, default="")),
                ("sha256", models.BinaryField()),
                ("storage_name", models.TextField()),
                ("size", models.PositiveBigIntegerField()),
                (
                    "fate",
                    models.TextField(
                        choices=[
                            ("OPENED", "Opened a ticket"),
                            ("THREADED", "Joined a ticket"),
                            ("BOUNCE", "Says that a letter came back"),
                            ("AUTOMATIC", "Answered by a machine"),
                            ("REFUSED", "Refused"),
                        ]
                    ),
                ),
                ("detail", models.TextField(blank=True, default="")),
                ("received_at", models.DateTimeField()),
                (
                    "letter",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bounces",
                        to="appeals.letter",
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mails",
                        to="appeals.statement",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Attachment",
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
                ("storage_name", models.TextField()),
                ("sha256", models.BinaryField()),
                ("size", models.PositiveBigIntegerField()),
                ("media_type", models.TextField()),
                ("name_sealed", models.BinaryField()),
                ("received_at", models.DateTimeField()),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="appeals.order",
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="appeals.statement",
                    ),
                ),
            ],
            options={
                "ordering": ["received_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="AppealDecision",
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
                    "outcome",
                    models.TextField(
                        choices=[
                            ("ORIGINAL_DECISION_UPHELD", "Original decision upheld"),
                            ("PARTIALLY_REVERSED", "Partially reversed"),
                            ("REVERSED", "Reversed"),
                            ("OMITTED", "Omitted"),
                        ]
                    ),
                ),
                (
                    "cause",
                    models.TextField(
                        blank=True,
                        choices=[
                            ("DETECTOR_ERROR", "The detector was wrong"),
                            ("ANALYST_ERROR", "We decided wrongly"),
                            ("POLICY_CHANGE", "The rule has changed"),
                            ("NEW_INFORMATION", "New information"),
                            ("GOODWILL", "Goodwill"),
                            ("PROCEDURE", "Procedure"),
                        ],
                        default="",
                    ),
                ),
                ("reason_sealed", models.BinaryField()),
                ("rationale_sealed", models.BinaryField(null=True)),
                ("decided_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "appeal",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decision",
                        to="appeals.appeal",
                    ),
                ),
                (
                    "approved_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decision",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appeal_decision",
                        to="cases.decision",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["-decided_at", "-id"], name="appeal_decision_newest"),
                    models.Index(
                        fields=["decided_by", "-decided_at"], name="appeal_decision_of_person"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "outcome__in",
                                [
                                    "ORIGINAL_DECISION_UPHELD",
                                    "PARTIALLY_REVERSED",
                                    "REVERSED",
                                    "OMITTED",
                                ],
                            )
                        ),
                        name="appeal_outcome_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                (
                                    "cause__in",
                                    [
                                        "DETECTOR_ERROR",
                                        "ANALYST_ERROR",
                                        "POLICY_CHANGE",
                                        "NEW_INFORMATION",
                                        "GOODWILL",
                                        "PROCEDURE",
                                    ],
                                ),
                                ("decision__isnull", False),
                                ("outcome__in", ("REVERSED", "PARTIALLY_REVERSED")),
                            ),
                            models.Q(
                                models.Q(
                                    ("outcome__in", ("REVERSED", "PARTIALLY_REVERSED")),
                                    _negated=True,
                                ),
                                ("cause", ""),
                                ("decision", None),
                            ),
                            _connector="OR",
                        ),
                        name="reversal_has_a_cause_and_a_decision",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("approved_by", None),
                            models.Q(("approved_by", models.F("decided_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="nobody_approves_their_own_reversal",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="grievance",
            index=models.Index(
                models.OrderBy(models.F("due_at"), nulls_last=True),
                models.F("id"),
                condition=models.Q(("closed_at", None)),
                name="grievance_by_due",
            ),
        ),
        migrations.AddIndex(
            model_name="grievance",
            index=models.Index(
                condition=models.Q(("held_by__isnull", False)),
                fields=["held_by"],
                name="grievance_of_holder",
            ),
        ),
        migrations.AddIndex(
            model_name="grievance",
            index=models.Index(
                models.OrderBy(models.F("closed_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("closed_at__isnull", False)),
                name="grievance_closed",
            ),
        ),
        migrations.AddIndex(
            model_name="grievance",
            index=models.Index(fields=["received_at"], name="grievance_received"),
        ),
        migrations.AddIndex(
            model_name="grievance",
            index=models.Index(
                condition=models.Q(("contact_index__isnull", False)),
                fields=["contact_index", "received_at"],
                name="grievance_of_contact",
            ),
        ),
        migrations.AddConstraint(
            model_name="grievance",
            constraint=models.UniqueConstraint(fields=("ref",), name="grievance_ref_once"),
        ),
        migrations.AddConstraint(
            model_name="grievance",
            constraint=models.UniqueConstraint(
                condition=models.Q(("source__isnull", False)),
                fields=("source", "sender_id"),
                name="grievance_of_source_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="grievance",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("channel__in", ["EMAIL", "POST", "IN_APP", "WEB_FORM", "GAC_PORTAL"])
                ),
                name="grievance_channel_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="grievance",
            constraint=models.CheckConstraint(
                condition=models.Q(("jurisdiction__in", ["IN", "EU", "*"])),
                name="grievance_jurisdiction_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="grievance",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("held_by", None), ("held_until", None), ("taken_at", None)),
                    models.Q(
                        ("held_by__isnull", False),
                        ("held_until__gt", models.F("taken_at")),
                        ("taken_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="grievance_hold_is_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="grievance",
            constraint=models.CheckConstraint(
                condition=models.Q(("closed_at", None), ("held_by", None), _connector="OR"),
                name="grievance_closed_is_held_by_nobody",
            ),
        ),
        migrations.AddConstraint(
            model_name="grievance",
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
                name="grievance_of_a_source_has_its_id",
            ),
        ),
        migrations.AddConstraint(
            model_name="grievance",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "category__in",
                        [
                            "ACCOUNT_SUPPORT",
                            "BAN_APPEAL",
                            "OTHER_SUPPORT",
                            "PRODUCT_SUPPORT",
                            "SAFETY",
                        ],
                    )
                ),
                name="grievance_category_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="grievance",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("rule_kind__in", ["GENERAL", "REMOVAL_3_1_B", "INTIMATE_OR_IMPERSONATION"])
                ),
                name="grievance_rule_kind_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="grievance",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("closed_at__isnull", False),
                        (
                            "resolution__in",
                            [
                                "ACCOUNT_BANNED",
                                "ACCOUNT_RESTORED",
                                "RESTORATION_REFUSED",
                                "SUPPORT_GIVEN",
                                "NO_VIOLATION",
                                "REDIRECTED_IN_APP",
                                "DUPLICATE",
                                "NO_RESPONSE_POSSIBLE",
                            ],
                        ),
                        ("state", "RESOLVED"),
                    ),
                    models.Q(
                        ("state__in", ["OPEN", "AWAITING_USER", "IN_APPEAL"]),
                        ("closed_at", None),
                        ("resolution", ""),
                    ),
                    _connector="OR",
                ),
                name="grievance_is_closed_when_resolved",
            ),
        ),
        migrations.AddConstraint(
            model_name="grievance",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "IN_APPEAL"), _negated=True),
                    ("appeal__isnull", False),
                    _connector="OR",
                ),
                name="grievance_in_appeal_names_it",
            ),
        ),
        migrations.AddConstraint(
            model_name="grievance",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("account__isnull", False),
                        ("decision__isnull", False),
                        ("resolution__in", ("ACCOUNT_BANNED", "ACCOUNT_RESTORED")),
                    ),
                    models.Q(
                        models.Q(
                            ("resolution__in", ("ACCOUNT_BANNED", "ACCOUNT_RESTORED")),
                            _negated=True,
                        ),
                        ("decision", None),
                    ),
                    _connector="OR",
                ),
                name="actioned_rests_on_a_decision",
            ),
        ),
        migrations.AddConstraint(
            model_name="grievance",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("duplicate_of__isnull", False), ("resolution", "DUPLICATE")),
                    models.Q(
                        models.Q(("resolution", "DUPLICATE"), _negated=True), ("duplicate_of", None)
                    ),
                    _connector="OR",
                ),
                name="duplicate_names_the_other",
            ),
        ),
        migrations.AddConstraint(
            model_name="grievance",
            constraint=models.CheckConstraint(
                condition=models.Q(("duplicate_of", models.F("id")), _negated=True),
                name="grievance_is_not_its_own_duplicate",
            ),
        ),
        migrations.AddIndex(
            model_name="letter",
            index=models.Index(
                models.F("due_at"),
                condition=models.Q(("state__in", ("REQUESTED", "RETRYING"))),
                name="letter_due",
            ),
        ),
        migrations.AddIndex(
            model_name="letter",
            index=models.Index(
                models.OrderBy(models.F("requested_at"), descending=True),
                models.F("id"),
                condition=models.Q(("state__in", ("FAILED", "RETRYING", "UNCERTAIN", "BOUNCED"))),
                name="letter_attention",
            ),
        ),
        migrations.AddIndex(
            model_name="letter",
            index=models.Index(
                condition=models.Q(("state", "SENDING")),
                fields=["leased_until"],
                name="letter_being_sent",
            ),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.UniqueConstraint(fields=("ref",), name="letter_ref_once"),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("appeal__isnull", False), ("grievance__isnull", True)),
                    models.Q(("appeal__isnull", True), ("grievance__isnull", False)),
                    _connector="OR",
                ),
                name="letter_is_of_one_ticket",
            ),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "WAITING",
                            "REQUESTED",
                            "RETRYING",
                            "SENDING",
                            "SENT",
                            "FAILED",
                            "UNCERTAIN",
                            "BOUNCED",
                            "CANCELLED",
                        ],
                    )
                ),
                name="letter_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        ["ACKNOWLEDGEMENT", "QUESTION", "ANSWER", "NOT_ADMITTED", "WITHDRAWN"],
                    )
                ),
                name="letter_kind_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=models.Q(("via__in", ["PLATFORM", "EMAIL"])), name="letter_way_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "WAITING"), _negated=True),
                    ("enforcement__isnull", False),
                    _connector="OR",
                ),
                name="letter_waits_for_an_enforcement",
            ),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "SENT"), _negated=True),
                    ("sent_at__isnull", False),
                    _connector="OR",
                ),
                name="letter_sent_has_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "SENDING"), _negated=True), ("via", "EMAIL"), _connector="OR"
                ),
                name="only_mail_is_being_sent",
            ),
        ),
        migrations.AddConstraint(
            model_name="letterattempt",
            constraint=models.UniqueConstraint(
                fields=("letter", "number"), name="letter_attempt_number_once"
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                models.OrderBy(models.F("due_at"), nulls_last=True),
                models.F("id"),
                condition=models.Q(("closed_at", None)),
                name="order_by_due",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["received_at"], name="order_received"),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(fields=("ref",), name="order_ref_once"),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(
                condition=models.Q(("source__isnull", False)),
                fields=("source", "sender_id"),
                name="order_of_source_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("channel__in", ["EMAIL", "POST", "IN_APP", "WEB_FORM", "GAC_PORTAL"])
                ),
                name="order_channel_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(("jurisdiction__in", ["IN", "EU", "*"])),
                name="order_jurisdiction_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("held_by", None), ("held_until", None), ("taken_at", None)),
                    models.Q(
                        ("held_by__isnull", False),
                        ("held_until__gt", models.F("taken_at")),
                        ("taken_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="order_hold_is_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(("closed_at", None), ("held_by", None), _connector="OR"),
                name="order_closed_is_held_by_nobody",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
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
                name="order_of_a_source_has_its_id",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["GAC_ORDER", "AUTHORITY_ORDER", "INFORMATION_ORDER"])
                ),
                name="order_kind_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(("issued_by", ""), _negated=True), name="order_says_who_ordered"
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("complied_at", None), ("complied_by", None), ("decision", None)),
                    models.Q(
                        ("closed_at", models.F("complied_at")),
                        ("complied_at__isnull", False),
                        ("complied_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="complied_says_when_and_by_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_at", None), ("outcome_sealed__isnull", False), _connector="OR"
                ),
                name="closed_order_says_how",
            ),
        ),
        migrations.AddIndex(
            model_name="proposal",
            index=models.Index(
                condition=models.Q(("answered_at", None)),
                fields=["asked_at", "id"],
                name="proposal_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("answered_at", None)),
                fields=("appeal",),
                name="one_open_proposal_per_appeal",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome__in", ("REVERSED", "PARTIALLY_REVERSED"))),
                name="only_reversals_are_proposed",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "cause__in",
                        [
                            "DETECTOR_ERROR",
                            "ANALYST_ERROR",
                            "POLICY_CHANGE",
                            "NEW_INFORMATION",
                            "GOODWILL",
                            "PROCEDURE",
                        ],
                    )
                ),
                name="proposal_has_a_cause",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
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
                name="proposal_is_answered_by_somebody_else",
            ),
        ),
        migrations.AddIndex(
            model_name="clock",
            index=models.Index(
                condition=models.Q(("met_at", None), ("paused_at", None), ("stopped_at", None)),
                fields=["due_at"],
                name="clock_running_out",
            ),
        ),
        migrations.AddIndex(
            model_name="clock",
            index=models.Index(fields=["due_at", "name"], name="clock_by_month"),
        ),
        migrations.AddConstraint(
            model_name="clock",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("appeal__isnull", False),
                        ("grievance__isnull", True),
                        ("order__isnull", True),
                    ),
                    models.Q(
                        ("appeal__isnull", True),
                        ("grievance__isnull", False),
                        ("order__isnull", True),
                    ),
                    models.Q(
                        ("appeal__isnull", True),
                        ("grievance__isnull", True),
                        ("order__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="clock_is_of_one_ticket",
            ),
        ),
        migrations.AddConstraint(
            model_name="clock",
            constraint=models.CheckConstraint(
                condition=models.Q(("name__in", ("ACK", "ACT", "RESOLVE"))),
                name="clock_name_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="clock",
            constraint=models.UniqueConstraint(
                condition=models.Q(("appeal__isnull", False)),
                fields=("appeal", "name"),
                name="one_clock_of_a_name_per_appeal",
            ),
        ),
        migrations.AddConstraint(
            model_name="clock",
            constraint=models.UniqueConstraint(
                condition=models.Q(("grievance__isnull", False)),
                fields=("grievance", "name"),
                name="one_clock_of_a_name_per_grievance",
            ),
        ),
        migrations.AddConstraint(
            model_name="clock",
            constraint=models.UniqueConstraint(
                condition=models.Q(("order__isnull", False)),
                fields=("order", "name"),
                name="one_clock_of_a_name_per_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="clock",
            constraint=models.CheckConstraint(
                condition=models.Q(("met_at", None), ("stopped_at", None), _connector="OR"),
                name="clock_is_met_or_stopped",
            ),
        ),
        migrations.AddConstraint(
            model_name="clock",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("paused_at", None),
                    models.Q(("met_at", None), ("stopped_at", None)),
                    _connector="OR",
                ),
                name="clock_at_its_end_is_not_paused",
            ),
        ),
        migrations.AddConstraint(
            model_name="clock",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_at__gte", models.F("started_at"))),
                name="clock_is_due_after_its_start",
            ),
        ),
        migrations.AddIndex(
            model_name="statement",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("likeness_bands__isnull", False)),
                fields=["likeness_bands"],
                name="statement_alike",
            ),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("appeal__isnull", False), ("grievance__isnull", True)),
                    models.Q(("appeal__isnull", True), ("grievance__isnull", False)),
                    _connector="OR",
                ),
                name="statement_is_on_one_ticket",
            ),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["FILED", "REPEATED", "QUESTION", "ANSWER", "WITHDRAWAL"])
                ),
                name="statement_kind_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("author__isnull", False), ("kind__in", ("QUESTION",))),
                    models.Q(
                        models.Q(("kind__in", ("QUESTION",)), _negated=True), ("author", None)
                    ),
                    _connector="OR",
                ),
                name="statement_is_by_staff_or_by_the_person",
            ),
        ),
        migrations.AddIndex(
            model_name="inboundmail",
            index=models.Index(fields=["message_id"], name="mail_of_message"),
        ),
        migrations.AddIndex(
            model_name="inboundmail",
            index=models.Index(
                condition=models.Q(("statement__isnull", False)),
                fields=["statement"],
                name="mail_of_statement",
            ),
        ),
        migrations.AddConstraint(
            model_name="inboundmail",
            constraint=models.UniqueConstraint(fields=("sha256",), name="mail_once"),
        ),
        migrations.AddConstraint(
            model_name="inboundmail",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("fate__in", ["OPENED", "THREADED", "BOUNCE", "AUTOMATIC", "REFUSED"])
                ),
                name="mail_fate_is_known",
            ),
        ),
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(
                condition=models.Q(("statement__isnull", False)),
                fields=["statement"],
                name="attachment_of_statement",
            ),
        ),
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(
                condition=models.Q(("order__isnull", False)),
                fields=["order"],
                name="attachment_of_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="attachment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("order__isnull", True), ("statement__isnull", False)),
                    models.Q(("order__isnull", False), ("statement__isnull", True)),
                    _connector="OR",
                ),
                name="attachment_is_of_one_thing",
            ),
        ),
        migrations.AddConstraint(
            model_name="attachment",
            constraint=models.UniqueConstraint(
                fields=("storage_name",), name="attachment_stored_once"
            ),
        ),
        migrations.AddIndex(
            model_name="appeal",
            index=models.Index(
                models.OrderBy(models.F("due_at"), nulls_last=True),
                models.F("id"),
                condition=models.Q(("closed_at", None)),
                name="appeal_by_due",
            ),
        ),
        migrations.AddIndex(
            model_name="appeal",
            index=models.Index(
                condition=models.Q(("held_by__isnull", False)),
                fields=["held_by"],
                name="appeal_of_holder",
            ),
        ),
        migrations.AddIndex(
            model_name="appeal",
            index=models.Index(
                condition=models.Q(("group__isnull", False)), fields=["group"], name="appeal_alike"
            ),
        ),
        migrations.AddIndex(
            model_name="appeal",
            index=models.Index(
                models.OrderBy(models.F("closed_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("closed_at__isnull", False)),
                name="appeal_closed",
            ),
        ),
        migrations.AddIndex(
            model_name="appeal",
            index=models.Index(
                condition=models.Q(("contact_index__isnull", False)),
                fields=["contact_index", "received_at"],
                name="appeal_of_contact",
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.UniqueConstraint(fields=("ref",), name="appeal_ref_once"),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("source__isnull", False)),
                fields=("source", "sender_id"),
                name="appeal_of_source_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("channel__in", ["EMAIL", "POST", "IN_APP", "WEB_FORM", "GAC_PORTAL"])
                ),
                name="appeal_channel_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(("jurisdiction__in", ["IN", "EU", "*"])),
                name="appeal_jurisdiction_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("held_by", None), ("held_until", None), ("taken_at", None)),
                    models.Q(
                        ("held_by__isnull", False),
                        ("held_until__gt", models.F("taken_at")),
                        ("taken_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="appeal_hold_is_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(("closed_at", None), ("held_by", None), _connector="OR"),
                name="appeal_closed_is_held_by_nobody",
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
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
                name="appeal_of_a_source_has_its_id",
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at", None)),
                fields=("account",),
                name="one_open_appeal_per_account",
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "ground__in",
                        [
                            "NO_GROUND_GIVEN",
                            "NOT_BULK_OR_AUTOMATED",
                            "LEGITIMATE_BUSINESS_OR_COMMUNITY_USE",
                            "RECIPIENTS_CONSENTED",
                            "ACCOUNT_COMPROMISED",
                            "NUMBER_RECYCLED_OR_PORTED",
                            "SHARED_NETWORK_OR_DEVICE",
                            "COORDINATED_FALSE_REPORTS",
                            "WRONG_ACCOUNT",
                            "CLIENT_NOW_OFFICIAL",
                            "FACTS_WRONG",
                            "POLICY_MISAPPLIED",
                            "DISPROPORTIONATE",
                            "PROCEDURE_DEFECT",
                            "PROACTIVE_TECH_OUTSIDE_TERMS",
                            "NEW_EVIDENCE",
                            "OTHER",
                        ],
                    )
                ),
                name="appeal_ground_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("closed_at__isnull", False),
                        ("state__in", ("DECIDED", "WITHDRAWN", "INADMISSIBLE")),
                    ),
                    models.Q(
                        (
                            "state__in",
                            ["OPEN", "OUT_OF_TIME", "AWAITING_APPELLANT", "AWAITING_APPROVAL"],
                        ),
                        ("closed_at", None),
                    ),
                    _connector="OR",
                ),
                name="appeal_is_closed_when_it_ended",
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("admission_by", None), ("admission_sealed", None)),
                    models.Q(("admission_by__isnull", False), ("admission_sealed__isnull", False)),
                    _connector="OR",
                ),
                name="admission_of_a_late_appeal_says_why",
            ),
        ),
    ]
