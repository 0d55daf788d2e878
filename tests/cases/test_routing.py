from typing import Any

import pytest

from cases import routing
from cases.models import Queue, RoutingRule

pytestmark = pytest.mark.django_db


def facts(**changed: Any) -> dict[str, Any]:
    return {
        "policy": "BULK_MESSAGING",
        "stage": "MESSAGING",
        "detector": "message-burst",
        "country": "IN",
        "surface": "PRIVATE_MESSAGING",
        "kind": "PERSONAL",
        "score": 0.7,
    } | changed


def route(described: dict[str, Any]) -> Queue:
    return routing.load_routes().route(described)


class TestANewInstallation:
    """The queues that it arrives with."""

    @pytest.mark.parametrize(
        ("changed", "slug"),
        [
            ({"policy": "CHILD_SAFETY", "surface": "CHANNELS"}, "child-safety"),
            ({"policy": "ACCOUNT_TAKEOVER"}, "takeover-and-scams"),
            ({"policy": "PHISHING_LINK", "kind": "BUSINESS"}, "takeover-and-scams"),
            ({"surface": "CHANNELS"}, "channels"),
            ({"kind": "BUSINESS"}, "business-accounts"),
            ({"stage": "NEGATIVE_FEEDBACK"}, "first-message-reports"),
            ({"policy": "COORDINATED_FALSE_REPORTING"}, "first-message-reports"),
            ({"policy": "MASS_GROUP_ABUSE"}, "group-abuse"),
            ({"stage": "REGISTRATION"}, "registration-clusters"),
            ({"policy": "BAN_EVASION"}, "registration-clusters"),
            ({}, "automation-and-bulk"),
            ({"policy": "SOMETHING_NEW"}, "general"),
        ],
    )
    def test_sends_each_to_its_queue(self, changed: dict[str, Any], slug: str) -> None:
        assert route(facts(**changed)).slug == slug


class TestRules:
    def test_are_tried_in_their_order(self) -> None:
        first = Queue.objects.create(slug="first", name="First", worked_by=["LEAD"])
        RoutingRule.objects.create(position=1, queue=first, countries=["IN"])

        assert route(facts(policy="CHILD_SAFETY")) == first
        assert route(facts(policy="CHILD_SAFETY", country="BR")).slug == "child-safety"

    def test_need_each_of_their_lists_and_the_score(self) -> None:
        sure = Queue.objects.create(slug="sure", name="Sure", worked_by=["LEAD"])
        RoutingRule.objects.create(
            position=1, queue=sure, detectors=["message-burst"], countries=["IN"], score_from=0.9
        )

        assert route(facts(score=0.9)) == sure
        assert route(facts(score=0.89)) != sure
        assert route(facts(score=0.95, country="BR")) != sure

    def test_to_a_queue_that_is_not_in_use_are_passed_over(self) -> None:
        Queue.objects.filter(slug="automation-and-bulk").update(active=False)

        assert route(facts()).slug == "general"

    def test_leave_the_rest_to_the_last_queue_in_use(self) -> None:
        RoutingRule.objects.all().delete()
        Queue.objects.filter(slug="general").update(active=False)

        assert route(facts()).slug == "registration-clusters"

    def test_without_any_queue_in_use_is_refused(self) -> None:
        Queue.objects.update(active=False)

        with pytest.raises(routing.NoQueue):
            route(facts())


def test_a_batch_reads_the_rules_once(django_assert_num_queries: Any) -> None:
    routes = routing.load_routes()

    with django_assert_num_queries(0):
        for policy in ("CHILD_SAFETY", "BULK_MESSAGING", "BAN_EVASION"):
            routes.route(facts(policy=policy))
