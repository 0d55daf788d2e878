from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from appeals import timing
from appeals.enums import ClockName, GrievanceCategory, Jurisdiction, OrderKind, RuleKind, SlaKind
from appeals.installation import contents, rules
from appeals.models import Clock, SlaRule
from tests.appeals.factories import make_appeal, make_grievance, make_order
from tests.cases.factories import NOON

pytestmark = pytest.mark.django_db
INDIA = ZoneInfo("Asia/Kolkata")
RULES = contents()["rule"]


def india(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=INDIA)


def due(at: datetime, *, rule_kind: str = RuleKind.GENERAL) -> dict[str, datetime]:
    """When each clock of a grievance received `at` runs out, on Indian clocks."""
    grievance = make_grievance(at=at, rule_kind=rule_kind)
    return {clock.name: clock.due_at.astimezone(INDIA) for clock in grievance.clocks.all()}


def moment(day: date, zone: ZoneInfo, *, last: bool = False) -> datetime:
    first = datetime(day.year, day.month, day.day, tzinfo=zone)
    return first + timedelta(days=1, microseconds=-1) if last else first


class TestTheIndianClocks:
    """The figures of the reference table (T8)."""

    def test_acknowledge_in_a_day_and_answer_in_fifteen(self) -> None:
        assert due(india("2021-06-01T10:00")) == {
            "ACK": india("2021-06-02T10:00"),
            "RESOLVE": india("2021-06-16T10:00"),
        }

    def test_keep_the_old_limit_until_the_last_minute_of_its_last_day(self) -> None:
        assert due(india("2026-02-19T23:59"))["RESOLVE"] == india("2026-03-06T23:59")

    def test_have_the_new_limit_from_its_first_minute(self) -> None:
        assert due(india("2026-02-20T00:00"))["RESOLVE"] == india("2026-02-27T00:00")

    def test_do_not_run_before_the_rules_came_into_force(self) -> None:
        assert due(india("2021-05-25T23:59")) == {}
        assert set(due(india("2021-05-26T00:00"))) == {"ACK", "RESOLVE"}

    def test_are_those_of_the_general_rule_where_a_proviso_sets_none(self) -> None:
        before = due(india("2022-10-27T12:00"), rule_kind=RuleKind.REMOVAL_3_1_B)
        after = due(india("2022-10-28T12:00"), rule_kind=RuleKind.REMOVAL_3_1_B)

        assert before["RESOLVE"] == india("2022-11-11T12:00")
        assert after == {"ACK": india("2022-10-29T12:00"), "RESOLVE": india("2022-10-31T12:00")}

    def test_want_action_within_hours_where_somebody_is_shown_or_impersonated(self) -> None:
        kind = RuleKind.INTIMATE_OR_IMPERSONATION

        assert due(india("2026-02-19T12:00"), rule_kind=kind)["ACT"] == india("2026-02-20T12:00")
        assert due(india("2026-02-20T12:00"), rule_kind=kind)["ACT"] == india("2026-02-20T14:00")

    def test_put_the_soonest_of_them_on_the_list(self) -> None:
        grievance = make_grievance(
            at=india("2026-03-01T12:00"), rule_kind=RuleKind.INTIMATE_OR_IMPERSONATION
        )

        assert grievance.due_at == india("2026-03-01T14:00")


class TestEveryRule:
    """Each row of the table, on the days around its own first and last."""

    @pytest.mark.parametrize("number", range(len(RULES)))
    def test_holds_from_its_first_day_to_its_last(self, number: int) -> None:
        rule = rules()[number]
        zone = timing.ZONES[Jurisdiction(rule.jurisdiction)]

        def found(at: datetime) -> str | None:
            held = timing.rules_for(
                jurisdiction=rule.jurisdiction, kind=rule.kind, clocks=[rule.clock], received_at=at
            ).get(rule.clock)
            return held.limit if held and held.kind == rule.kind else None

        first = moment(rule.effective_from, zone)
        assert found(first) == rule.limit
        assert found(first + timedelta(days=30)) == rule.limit
        assert found(first - timedelta(microseconds=1)) != rule.limit
        if rule.effective_to is None:
            assert found(moment(date(2199, 12, 31), zone)) == rule.limit
        else:
            last = moment(rule.effective_to, zone, last=True)
            assert found(last) == rule.limit
            assert found(last + timedelta(microseconds=1)) not in (None, rule.limit)

    @pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule['basis']} {rule['clock']}")
    def test_says_where_it_comes_from(self, rule: dict[str, str]) -> None:
        assert rule["basis"]

    def test_is_installed(self) -> None:
        assert SlaRule.objects.count() == len(RULES)

    def test_stands_alone_at_any_time(self) -> None:
        rule = SlaRule.objects.filter(effective_to__isnull=False).earliest("effective_from", "pk")
        rule.pk, rule.effective_from = None, rule.effective_to

        with pytest.raises(IntegrityError, match="one_rule_at_a_time"), transaction.atomic():
            rule.save(force_insert=True)


class TestLimits:
    def test_count_hours_in_wall_time(self) -> None:
        """Across the night in which Brussels loses an hour."""
        since = datetime(2026, 3, 28, 12, tzinfo=ZoneInfo("Europe/Brussels"))

        assert timing.end_of("PT24H", since=since, jurisdiction="EU") == since.astimezone(
            UTC
        ) + timedelta(hours=24)

    def test_count_days_on_the_calendar(self) -> None:
        brussels = ZoneInfo("Europe/Brussels")
        since = datetime(2026, 3, 28, 12, tzinfo=brussels)

        assert timing.end_of("P1D", since=since, jurisdiction="EU") == datetime(
            2026, 3, 29, 12, tzinfo=brussels
        )

    @pytest.mark.parametrize(
        ("since", "end"),
        [
            ("2026-08-31", "2027-02-28"),
            ("2027-08-31", "2028-02-29"),
            ("2026-01-15", "2026-07-15"),
            ("2026-12-01", "2027-06-01"),
        ],
    )
    def test_end_months_on_the_last_day_there_is(self, since: str, end: str) -> None:
        at = datetime.fromisoformat(f"{since}T12:00+02:00")

        ended = timing.end_of("P6M", since=at, jurisdiction="EU")

        assert ended.astimezone(ZoneInfo("Europe/Brussels")).date().isoformat() == end

    @pytest.mark.parametrize("limit", ["", "24H", "P0D", "PT0H", "P1M2D", "P1W", "PT99999H"])
    def test_are_one_unit_and_refused_otherwise(self, limit: str) -> None:
        with pytest.raises(IntegrityError, match="rule_limit_is_one_unit"), transaction.atomic():
            SlaRule.objects.filter(clock="ACK").update(limit=limit)


class TestJurisdictions:
    @pytest.mark.parametrize(
        ("country", "prefix", "jurisdiction"),
        [("IN", "+91", "IN"), ("", "+91", "IN"), ("DE", "", "EU"), ("BR", "", "*"), ("", "", "*")],
    )
    def test_follow_the_number_and_the_country(
        self, country: str, prefix: str, jurisdiction: str
    ) -> None:
        assert timing.jurisdiction_of(country=country, country_prefix=prefix) == jurisdiction

    def test_have_windows_of_calendar_months(self) -> None:
        informed = datetime(2026, 8, 31, 12, tzinfo=UTC)

        ends = timing.window_of(jurisdiction="EU", informed_at=informed)

        assert ends is not None
        assert ends.date() == date(2027, 2, 28)

    def test_elsewhere_follow_the_house(self) -> None:
        appeal = make_appeal(at=NOON)
        grievance = make_grievance(jurisdiction="*", at=NOON)

        assert appeal.clocks.get(name="RESOLVE").rule.basis.startswith("IT Rules")
        assert grievance.clocks.get(name="RESOLVE").rule.basis == "House rule"


class TestClocks:
    """A grievance from elsewhere, whose answer the house may pause, and an Indian one."""

    @pytest.fixture(autouse=True)
    def _tickets(self) -> None:
        self.paused = make_grievance(jurisdiction="*", category=GrievanceCategory.SAFETY)
        self.lawful = make_grievance(jurisdiction="IN")

    def clock(self, ticket: object, name: str = "RESOLVE") -> Clock:
        return Clock.objects.get(grievance=ticket, name=name)

    def test_stand_still_only_where_the_rule_lets_them(self) -> None:
        for ticket in (self.paused, self.lawful):
            before = self.clock(ticket).due_at
            timing.pause(ticket, at=NOON + timedelta(days=1))
            timing.resume(ticket, at=NOON + timedelta(days=4))
            moved = self.clock(ticket).due_at - before

            assert moved == timedelta(days=3 if ticket is self.paused else 0)
            ticket.refresh_from_db()
            assert ticket.due_at == before + moved

    def test_are_never_broken_while_they_stand_still(self) -> None:
        timing.pause(self.paused, at=NOON)
        later = NOON + timedelta(days=90)

        assert not self.clock(self.paused).is_broken(now=later)
        assert self.clock(self.lawful).is_broken(now=later)
        broken = Clock.objects.broken(now=later).filter(name="RESOLVE")
        assert [clock.grievance_id for clock in broken] == [self.lawful.pk]

    def test_are_kept_on_their_very_moment_and_broken_after_it(self) -> None:
        clock = self.clock(self.lawful)
        timing.meet(self.lawful, ClockName.RESOLVE, at=clock.due_at)
        assert self.clock(self.lawful) in Clock.objects.kept()

        other = make_grievance(jurisdiction="IN")
        late = self.clock(other).due_at + timedelta(microseconds=1)
        timing.meet(other, ClockName.RESOLVE, at=late)

        assert self.clock(other) in Clock.objects.broken(now=late)
        assert self.clock(other) not in Clock.objects.kept()

    def test_are_owed_no_more_once_stopped(self) -> None:
        timing.stop(self.lawful, at=NOON)

        assert not self.clock(self.lawful).is_broken(now=NOON + timedelta(days=99))

    def test_follow_what_an_order_says_of_itself(self) -> None:
        soon = NOON + timedelta(hours=6)

        assert make_order(states_due_at=soon).due_at == soon
        assert make_order().due_at == NOON + timedelta(hours=3)
        assert make_order(kind=OrderKind.GAC_ORDER).due_at == NOON + timedelta(days=3)

    def test_come_with_an_appeal(self) -> None:
        appeal = make_appeal(at=NOON)

        assert {clock.name for clock in appeal.clocks.all()} == {"ACK", "RESOLVE"}
        assert appeal.due_at == NOON + timedelta(days=7)
        assert appeal.clocks.first().rule.kind == SlaKind.COMPLAINT
