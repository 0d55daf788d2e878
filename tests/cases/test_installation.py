from datetime import UTC, datetime

import pytest
from django.db import connection

from cases import installation
from cases.models import PolicyClause, Queue, RoutingRule
from reviewapp.staff.roles import Role
from tests.conftest import NOON

pytestmark = pytest.mark.django_db

# domain: the violation types of a bulk-messaging team
VIOLATIONS = {
    "BULK_MESSAGING",
    "AUTOMATED_MESSAGING",
    "NON_PERSONAL_USE",
    "BULK_REGISTRATION",
    "INAUTHENTIC_ACCOUNT",
    "IMPERSONATION",
    "ACCOUNT_TAKEOVER",
    "PHISHING_LINK",
    "PYRAMID_OR_INVESTMENT_SCAM",
    "UNOFFICIAL_CLIENT",
    "BAN_EVASION",
    "MASS_GROUP_ABUSE",
    "ABUSE_TOOLING_PROVIDER",
    "HARASSMENT",
    "CHILD_SAFETY",
    "COORDINATED_FALSE_REPORTING",
}
LANGUAGES = {"en", "hi", "pt", "es"}


class TestANewInstallation:
    def test_has_a_clause_for_every_violation(self) -> None:
        clauses = PolicyClause.objects.all().current(at=NOON)

        assert {clause.code for clause in clauses} == VIOLATIONS
        assert all(clause.title and clause.text and clause.examples for clause in clauses)
        assert all(0 < clause.severity <= 40 for clause in clauses)

    def test_tells_people_in_four_languages_and_gives_no_limits_away(self) -> None:
        for clause in PolicyClause.objects.all():
            assert set(clause.words) == LANGUAGES, clause.code
            for words in clause.words.values():
                assert 40 < len(words) < 300, clause.code
                assert not any(letter.isdigit() for letter in words), clause.code

    def test_has_a_second_person_look_before_what_is_gravest_is_taken_back(self) -> None:
        grave = PolicyClause.objects.filter(reversal_needs_approval=True)

        assert {clause.code for clause in grave} == {"CHILD_SAFETY", "ABUSE_TOOLING_PROVIDER"}

    def test_has_queues_that_its_roles_work(self) -> None:
        assert Queue.objects.count() == 9
        for queue in Queue.objects.all():
            assert queue.active
            assert queue.description
            assert set(queue.worked_by) <= set(Role.values)

    def test_leaves_child_safety_to_specialists(self) -> None:
        assert Queue.objects.get(slug="child-safety").worked_by == [Role.LEAD]

    def test_has_rules_that_name_clauses_it_has(self) -> None:
        named = {code for rule in RoutingRule.objects.all() for code in rule.policies}

        assert named <= VIOLATIONS


class TestInstallingAgain:
    def test_changes_nothing(self) -> None:
        before = list(Queue.objects.values_list("pk", flat=True))

        installation.install()

        assert list(Queue.objects.values_list("pk", flat=True)) == before
        assert PolicyClause.objects.count() == len(VIOLATIONS)

    def test_leaves_alone_what_admins_made_of_it(self) -> None:
        RoutingRule.objects.all().delete()
        Queue.objects.exclude(slug="general").delete()

        installation.install()

        assert Queue.objects.count() == 1
        assert not RoutingRule.objects.exists()


class TestRoomForEvidence:
    def partitions(self) -> set[str]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT inhrelid::regclass::text FROM pg_inherits"
                " WHERE inhparent = 'cases_evidenceitem'::regclass"
            )
            return {name for (name,) in cursor.fetchall()}

    def test_reaches_two_years_back_and_three_months_ahead(self) -> None:
        installation.ensure_evidence_partitions(at=NOON)

        assert {
            "cases_evidenceitem_y2024m03",
            "cases_evidenceitem_y2026m03",
            "cases_evidenceitem_y2026m06",
            "cases_evidenceitem_default",
        } <= self.partitions()

    def test_grows_with_time(self) -> None:
        later = datetime(2031, 1, 15, tzinfo=UTC)

        made = installation.ensure_evidence_partitions(at=later)

        assert "cases_evidenceitem_y2031m04" in made
        assert installation.ensure_evidence_partitions(at=later) == []
