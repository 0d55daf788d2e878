"""Roles and permissions, as `reviewapp/roles.toml` has them."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from django.db import models

PATH = Path(__file__).resolve().parent.parent / "roles.toml"

PERMISSIONS = frozenset(
    {
        "read_cases",
        "work_cases",
        "open_cases",
        "lead_cases",
        "approve_decisions",
        "set_queues",
        "reveal_personal",
        "read_enforcements",
        "replay_enforcements",
        "read_log",
        "export_log",
        "read_detectors",
        "read_appeals",
        "work_appeals",
        "approve_reversals",
        "read_grievances",
        "work_grievances",
        "record_orders",
        "resend_letters",
        "configure",
    }
)


class Role(models.TextChoices):
    """What a person is here for. Their words and rights stand in roles.toml."""

    ANALYST = "ANALYST", "Analyst"
    LEAD = "LEAD", "Lead"
    APPEALS = "APPEALS", "Appeals"
    GRIEVANCE_OFFICER = "GRIEVANCE_OFFICER", "Grievance officer"
    QA_REVIEWER = "QA_REVIEWER", "Quality reviewer"
    LEGAL = "LEGAL", "Legal"
    REPORTING = "REPORTING", "Reporting"
    DETECTOR_OWNER = "DETECTOR_OWNER", "Detector owner"
    ADMIN = "ADMIN", "Administrator"
    AUDITOR = "AUDITOR", "Auditor"


@cache
def read() -> dict[str, dict[str, Any]]:
    """roles.toml: for each role its words, what it is about, and what it may do."""
    return tomllib.loads(PATH.read_text())


@cache
def permissions_of(roles: tuple[str, ...]) -> frozenset[str]:
    """Everything that somebody with all of `roles` may do. A role nobody knows gives nothing."""
    return frozenset(
        permission for role in roles for permission in read().get(role, {}).get("may", ())
    )


def roles_with(permission: str) -> list[str]:
    """The roles that allow it."""
    return [role for role in Role if permission in permissions_of((role,))]
