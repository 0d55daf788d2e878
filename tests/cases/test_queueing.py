from dataclasses import replace

import pytest

from cases import foreseeing, queueing, rearranging
from cases.enums import DECIDABLE, DueDates
from cases.models import Case, Queue, Rearrangement, RoutingRule
from cases.queuesettings import CannotConfigure, Settings
from cases.routing import Layout, load_routes
from reviewapp.ledger.models import LedgerEntry
from tests.cases.factories import make_case
from tests.conftest import NOON

pytestmark = pytest.mark.django_db


def change(queue, *, by, due_dates=DueDates.NEARER, move=False, seen=None, **changed):
    """Set `queue` as it is but for what is named; the configuration as it is was seen."""
    queue.refresh_from_db()
    return queueing.change_queue(
        queue=queue,
        to=replace(Settings.of(queue), **changed),
        due_dates=due_dates,
        seen=seen or queueing.configuration_seen(),
        move=move,
        by=by,
        at=NOON,
    )


def weights(**changed):
    return dict.fromkeys(("severity", "uncertainty", "reach", "feedback", "joined"), 1.0) | changed


class TestSettingAQueue:
    """Lena sets the bulk queue, after she has looked at what that would move."""

    @pytest.fixture(autouse=True)
    def _queue(self):
        self.queue = Queue.objects.get(slug="automation-and-bulk")

    def told(self):
        return LedgerEntry.objects.get(kind="configuration.changed").particulars

    def test_changes_what_was_said_and_writes_it_down(self, lena):
        promised = change(self.queue, by=lena, name="Bulk", lease_minutes=20)

        self.queue.refresh_from_db()
        assert (self.queue.name, self.queue.lease_minutes) == ("Bulk", 20)
        assert promised == []
        told = self.told()
        assert (told["what"], told["model"], told["name"]) == (
            "changed", "cases.queue", "automation-and-bulk",
        )  # fmt: skip
        assert told["fields"] == {
            "name": {"before": "Automation and bulk", "after": "Bulk"},
            "lease_minutes": {"before": 15, "after": 20},
        }

    def test_writes_nothing_down_where_nothing_changes(self, lena):
        change(self.queue, by=lena)

        assert not LedgerEntry.objects.filter(kind="configuration.changed").exists()

    def test_keeps_only_the_weights_that_say_something(self, lena):
        change(self.queue, by=lena, weights=weights(reach=0.5, joined=0))

        self.queue.refresh_from_db()
        assert self.queue.weights == {"reach": 0.5, "joined": 0}
        assert Rearrangement.objects.get().queue == self.queue

    def test_keeps_no_list_of_actions_where_all_are_offered(self, lena):
        change(self.queue, by=lena, actions=["WARN", "PERMANENT_BAN"])
        self.queue.refresh_from_db()
        assert self.queue.actions == ["PERMANENT_BAN", "WARN"]

        change(self.queue, by=lena, actions=list(map(str, DECIDABLE)))
        self.queue.refresh_from_db()
        assert self.queue.actions == []

    def test_puts_it_in_its_place_and_numbers_all(self, lena):
        change(self.queue, by=lena, after="child-safety")

        slugs = list(Queue.objects.values_list("slug", flat=True))
        assert slugs[:2] == ["child-safety", "automation-and-bulk"]
        places = list(Queue.objects.values_list("position", flat=True))
        assert places == list(range(1, len(slugs) + 1))

    def test_puts_it_first_of_all(self, lena):
        change(self.queue, by=lena, after="")

        assert Queue.objects.first() == self.queue

    def test_is_refused_after_somebody_else_changed_anything(self, lena):
        seen = queueing.configuration_seen()
        RoutingRule.objects.filter(position=10).update(countries=["IN"])

        with pytest.raises(queueing.ConfigurationChanged):
            change(self.queue, by=lena, seen=seen, lease_minutes=20)
        self.queue.refresh_from_db()
        assert self.queue.lease_minutes == 15

    def test_is_refused_a_new_order_while_the_last_is_being_made(self, lena):
        change(self.queue, by=lena, weights=weights(reach=2))

        with pytest.raises(queueing.StillRearranging):
            change(self.queue, by=lena, weights=weights(reach=3))
        change(self.queue, by=lena, lease_minutes=20)

    @pytest.mark.parametrize(
        ("changed", "pointer"),
        [
            ({"name": "General"}, "name"),
            ({"after": "nowhere"}, "after"),
            ({"lease_minutes": 0}, "lease_minutes"),
            ({"lease_minutes": 241}, "lease_minutes"),
            ({"due_hours": 0}, "due_hours"),
            ({"worked_by": []}, "worked_by"),
            ({"actions": []}, "actions"),
            ({"actions": ["EXILE"]}, "actions"),
            ({"weights": weights(reach=5.1)}, "weight_reach"),
            ({"weights": weights(reach=-0.1)}, "weight_reach"),
            ({"weights": weights(joined=0.25)}, "weight_joined"),
        ],
    )
    def test_is_refused_what_makes_no_sense(self, lena, changed, pointer):
        with pytest.raises(CannotConfigure) as refused:
            change(self.queue, by=lena, **changed)
        assert refused.value.pointer == pointer

    def test_never_switches_the_last_queue_off(self, lena):
        Queue.objects.exclude(pk=self.queue.pk).update(active=False)

        with pytest.raises(CannotConfigure) as refused:
            change(self.queue, by=lena, active=False)
        assert refused.value.pointer == "active"

    def test_sends_what_waits_in_it_elsewhere_when_it_is_switched_off(self, lena):
        case = make_case(queue=self.queue)

        change(self.queue, by=lena, active=False, move=True)
        while rearranging.step(now=NOON):
            pass

        case.refresh_from_db()
        assert case.queue.slug == "general"


class TestAddingAQueue:
    def test_puts_it_last_and_not_in_use(self, lena):
        queue = queueing.add_queue(slug="payments", name="Payments", by=lena, at=NOON)

        assert list(Queue.objects.all())[-1] == queue
        assert not queue.active
        assert load_routes().otherwise.slug == "general"
        told = LedgerEntry.objects.get(kind="configuration.changed").particulars
        assert (told["what"], told["name"]) == ("added", "payments")

    @pytest.mark.parametrize(
        ("slug", "name", "pointer"),
        [
            ("general", "Other", "slug"),
            ("routing", "Routing", "slug"),
            ("arrivals", "Arrivals", "slug"),
            ("other", "General", "name"),
        ],
    )
    def test_is_refused_a_name_or_address_that_is_taken(self, lena, slug, name, pointer):
        with pytest.raises(CannotConfigure) as refused:
            queueing.add_queue(slug=slug, name=name, by=lena, at=NOON)
        assert refused.value.pointer == pointer


class TestSettingTheRules:
    """The rules of a new installation; Lena puts others in their place."""

    @pytest.fixture(autouse=True)
    def _rules(self):
        self.rules = Layout.read().rules

    def change(self, rules, by, *, move=False, seen=None):
        return queueing.change_rules(
            rules=rules,
            seen=seen or queueing.configuration_seen(),
            move=move,
            by=by,
            at=NOON,
        )

    def test_puts_them_in_their_order(self, lena):
        self.rules.insert(0, self.rules.pop())

        promised = self.change(self.rules, lena)

        assert Layout.read().rules == self.rules
        assert RoutingRule.objects.first().queue.slug == "automation-and-bulk"
        assert promised == []
        told = LedgerEntry.objects.get(kind="configuration.changed").particulars
        assert told["fields"]["rules"]["after"] == self.rules

    def test_is_refused_after_somebody_else_changed_anything(self, lena):
        seen = queueing.configuration_seen()
        Queue.objects.filter(slug="general").update(lease_minutes=3)

        with pytest.raises(queueing.ConfigurationChanged):
            self.change(self.rules[1:], lena, seen=seen)
        assert Layout.read().rules == self.rules

    @pytest.mark.parametrize(
        ("changed", "pointer"),
        [
            ({"queue": "nowhere"}, "queue"),
            ({"score_from": 0.9, "score_to": 0.2}, "score_to"),
            ({"policies": []}, "policies"),
        ],
    )
    def test_is_refused_a_rule_that_makes_no_sense(self, lena, changed, pointer):
        with pytest.raises(CannotConfigure) as refused:
            self.change([self.rules[0] | changed], lena)
        assert refused.value.pointer == pointer
        assert Layout.read().rules == self.rules

    def test_moves_what_waits_only_if_asked(self, lena):
        case = make_case()
        before = case.queue
        without = [rule for rule in self.rules if rule["queue"] != "automation-and-bulk"]
        moves = foreseeing.foresee_moves(
            before=Layout.read(), after=Layout(Layout.read().queues, without), now=NOON
        )

        self.change(without, lena)
        assert not rearranging.step(now=NOON)

        assert moves.total == 1
        assert Case.objects.get().queue == before
