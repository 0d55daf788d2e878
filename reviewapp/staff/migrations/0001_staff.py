import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.db import migrations, models

from reviewapp.kernel.refs import RefSequence


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        RefSequence("U"),
        migrations.CreateModel(
            name="Source",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        max_length=50,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[a-z0-9]+(-[a-z0-9]+)*\\Z",
                                "Use small letters, digits and single hyphens, such as spam-models.",
                            )
                        ],
                    ),
                ),
                ("description", models.CharField(blank=True, max_length=200)),
                (
                    "detector_limit",
                    models.PositiveIntegerField(
                        default=50,
                        help_text="How many detectors it may register by using them.",
                        validators=[django.core.validators.MaxValueValidator(10000)],
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                (
                    "last_login",
                    models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                ),
                (
                    "email",
                    models.EmailField(
                        error_messages={
                            "unique": "Somebody with this e-mail address is here already."
                        },
                        max_length=254,
                        unique=True,
                        verbose_name="e-mail address",
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("ref", models.CharField(editable=False, max_length=20, unique=True)),
                (
                    "roles",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("ANALYST", "Analyst"),
                                ("LEAD", "Lead"),
                                ("APPEALS", "Appeals"),
                                ("GRIEVANCE_OFFICER", "Grievance officer"),
                                ("QA_REVIEWER", "Quality reviewer"),
                                ("LEGAL", "Legal"),
                                ("REPORTING", "Reporting"),
                                ("DETECTOR_OWNER", "Detector owner"),
                                ("ADMIN", "Administrator"),
                                ("AUDITOR", "Auditor"),
                            ],
                            max_length=20,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="People are never removed: what they did keeps their name. Take this away instead.",
                        verbose_name="may sign in",
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
            ],
            options={
                "ordering": ["name", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("email", django.db.models.functions.text.Lower("email"))
                        ),
                        name="email_is_in_small_letters",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "roles__contained_by",
                                [
                                    "ANALYST",
                                    "LEAD",
                                    "APPEALS",
                                    "GRIEVANCE_OFFICER",
                                    "QA_REVIEWER",
                                    "LEGAL",
                                    "REPORTING",
                                    "DETECTOR_OWNER",
                                    "ADMIN",
                                    "AUDITOR",
                                ],
                            )
                        ),
                        name="roles_are_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=100)),
                ("prefix", models.CharField(editable=False, max_length=12, unique=True)),
                ("digest", models.BinaryField(max_length=32)),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("intake", "send accounts, evidence and detections"),
                                ("enforced", "report bans already applied"),
                                ("platform", "confirm enforcements"),
                                ("appeals", "file appeals and grievances"),
                                ("feedback", "read labels"),
                                ("read", "read accounts and cases"),
                                ("export", "export the decision log"),
                                ("personal", "see personal fields unmasked"),
                            ],
                            max_length=20,
                        ),
                        size=None,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("last_used_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="keys",
                        to="staff.source",
                    ),
                ),
            ],
            options={
                "verbose_name": "API key",
                "ordering": ["source", "created_at", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "scopes__contained_by",
                                [
                                    "intake",
                                    "enforced",
                                    "platform",
                                    "appeals",
                                    "feedback",
                                    "read",
                                    "export",
                                    "personal",
                                ],
                            ),
                            ("scopes__len__gt", 0),
                        ),
                        name="key_opens_something_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("expires_at", None),
                            ("expires_at__gt", models.F("created_at")),
                            _connector="OR",
                        ),
                        name="key_expires_after_it_was_made",
                    ),
                ],
            },
        ),
    ]
