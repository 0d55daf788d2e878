from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import phonenumbers
import pytest

from reviewapp.demo.appellants import WRONGLY_BANNED
from reviewapp.demo.residents import STAGES
from reviewapp.demo.world import World, build_world
from tests.demo.conftest import UNTIL

INNOCENT = ("ordinary", "chatterer", "greeter", "newcomer", "organiser", "busy_business")
DOOMED = ("certain_abuse", "sprinter", "stranger_blaster", "bot", "group_bomber")


def verdicts(world: World, account: str) -> set[tuple[str, str]]:
    return {
        (row["detector"], row["verdict"]) for row in world.detections if row["account"] == account
    }


def queued(world: World) -> set[str]:
    """Accounts that wait for a person and are not banned."""
    return {row["account"] for row in world.detections if row["verdict"] == "REVIEW"} - set(
        banned(world)
    )


def banned(world: World) -> dict[str, dict[str, Any]]:
    return {row["account"]: row for row in world.detections if row["verdict"] == "ENFORCED"}


class TestTheSimulatedMessenger:
    """Thirty days before noon of 10 March, with seed 7."""

    def test_is_the_same_for_the_same_seed_and_time(self, world: World) -> None:
        again = build_world(seed=7, until=UNTIL)

        assert msgspec.json.encode(again) == msgspec.json.encode(world)

    def test_is_another_for_another_seed(self, world: World) -> None:
        other = build_world(seed=8, until=UNTIL)

        assert not {row["id"] for row in other.evidence} & {row["id"] for row in world.evidence}

    def test_needs_a_time_with_an_offset(self) -> None:
        with pytest.raises(ValueError, match="offset"):
            build_world(seed=7, until=UNTIL.replace(tzinfo=None))

    def test_has_several_hundred_accounts_and_tens_of_thousands_of_items(
        self, world: World
    ) -> None:
        assert 400 <= len(world.accounts) <= 700
        assert 30_000 <= len(world.evidence) <= 60_000

    def test_gives_every_row_an_id_of_its_own(self, world: World) -> None:
        for rows in (world.accounts, world.evidence, world.detections):
            ids = [row["id"] for row in rows]
            assert len(set(ids)) == len(ids)

    def test_speaks_of_known_accounts_within_its_thirty_days(self, world: World) -> None:
        accounts = {row["id"] for row in world.accounts}
        for row in world.evidence:
            assert row["account"] in accounts
            assert row["stage"] == STAGES[row["kind"]]
            at = datetime.fromisoformat(row["occurred_at"])
            assert world.since <= at <= world.until

    def test_has_evidence_in_time_order(self, world: World) -> None:
        times = [row["occurred_at"] for row in world.evidence]
        assert times == sorted(times)

    def test_has_real_looking_numbers_mostly_in_india(self, world: World) -> None:
        for row in world.accounts:
            number = phonenumbers.parse(row["phone"])
            assert phonenumbers.is_valid_number(number), row["phone"]
            assert phonenumbers.region_code_for_number(number) == row["country"]
        countries = Counter(row["country"] for row in world.accounts)
        assert countries.most_common(1)[0][0] == "IN"
        assert countries["IN"] > len(world.accounts) / 2
        assert set(countries) == {"IN", "BR", "ID", "MX", "ES", "DE", "NG"}

    def test_keeps_its_secrets_from_the_product(self, world: World) -> None:
        sent = msgspec.json.encode([world.accounts, world.evidence, world.detections]).decode()
        for persona in set(world.cast.values()) - {"bot", "ordinary", "traveller"}:
            assert persona not in sent

    def test_silences_the_banned(self, world: World) -> None:
        bans = banned(world)
        for row in world.evidence:
            if row["account"] in bans and row["stage"] != "NEGATIVE_FEEDBACK":
                assert datetime.fromisoformat(row["occurred_at"]) <= datetime.fromisoformat(
                    bans[row["account"]]["enforced_at"]
                )

    def test_has_recipients_that_are_ids_of_others(self, world: World) -> None:
        for row in world.evidence:
            if row["kind"] == "message.sent":
                assert row["data"]["recipient"] != row["account"]
                assert row["data"]["strangers"] in (0, 1)


class TestItsEdgeCases:
    """What the reference detectors put before a person."""

    @pytest.mark.parametrize(("seed", "hours"), [(1, 0), (2, 11)])
    def test_are_about_sixty_whatever_the_seed_and_the_hour(self, seed: int, hours: int) -> None:
        world = build_world(seed=seed, until=UNTIL + timedelta(hours=hours))

        assert 50 <= len(queued(world)) <= 70
        assert 45_000 <= len(world.evidence) <= 60_000

    def test_leave_ordinary_people_alone(self, world: World) -> None:
        ordinary = world.people("ordinary")
        assert len(ordinary) > 200
        assert not [row for row in world.detections if row["account"] in ordinary]

    @pytest.mark.parametrize(
        ("persona", "detectors"),
        [
            ("chatterer", {"hourly-rate"}),
            ("greeter", {"hourly-rate"}),
            ("newcomer", {"stranger-ratio"}),
            ("organiser", {"group-adds"}),
            ("busy_business", {"hourly-rate", "no-typing"}),
            ("falsely_reported", {"report-rate", "coordinated-reports"}),
            ("report_ring", {"coordinated-reports"}),
            ("automation_client", {"no-typing"}),
            ("compromised", {"account-takeover", "message-burst", "hourly-rate"}),
            ("mass_group_adder", {"group-adds"}),
            ("returner", {"banned-profile"}),
            ("slow_spammer", {"stranger-ratio", "report-rate"}),
            ("harasser", {"report-rate"}),
            ("traveller", {"network-reputation"}),
        ],
    )
    def test_are_found_by_the_detectors_that_should(
        self, world: World, persona: str, detectors: set[str]
    ) -> None:
        people = world.people(persona)
        assert people
        for account in people:
            said = verdicts(world, account)
            assert {verdict for _, verdict in said} == {"REVIEW"}
            assert detectors <= {detector for detector, _ in said}

    def test_hold_many_innocent_people(self, world: World) -> None:
        innocent = set().union(*(world.people(persona) for persona in INNOCENT))
        assert len(queued(world) & innocent) >= 15

    def test_hold_detectors_that_disagree(self, world: World) -> None:
        scores: dict[str, list[float]] = defaultdict(list)
        for row in world.detections:
            if row["account"] in queued(world):
                scores[row["account"]].append(row["score"])
        apart = [each for each in scores.values() if min(each) <= 0.35 and max(each) >= 0.5]
        assert len(apart) >= 10

    def test_hold_a_farm_behind_one_company(self, world: World) -> None:
        farm = world.people("sim_farm")
        rows = [row for row in world.accounts if row["id"] in farm]
        assert {row["links"]["business"] for row in rows} == {"Brightlane Outreach"}
        assert len({row["links"]["number_range"] for row in rows}) == 1
        assert len({row["links"]["device"] for row in rows}) < len(rows)
        assert len(farm & queued(world)) >= 8
        assert farm & set(banned(world))

    def test_hold_somebody_back_on_the_phone_of_a_banned_account(self, world: World) -> None:
        rows = {row["id"]: row for row in world.accounts}
        lost = {
            rows[each]["links"]["device"]
            for each in world.people("banned_before") & set(banned(world))
        }
        for account in world.people("returner"):
            assert rows[account]["links"]["device"] in lost

    def test_speak_for_the_victims_of_a_ring(self, world: World) -> None:
        for account in world.people("falsely_reported"):
            by_name = {
                row["detector"]: row for row in world.detections if row["account"] == account
            }
            assert by_name["coordinated-reports"]["score"] < 0.2
            assert by_name["report-rate"]["score"] >= 0.5


class TestItsAutomatedBans:
    """What detectors were certain enough to do alone."""

    def test_outnumber_the_edge_cases(self, world: World) -> None:
        assert 150 <= len(banned(world)) <= 260

    def test_take_each_account_once(self, world: World) -> None:
        enforced = [row["account"] for row in world.detections if row["verdict"] == "ENFORCED"]
        assert len(set(enforced)) == len(enforced)

    def test_are_a_fifth_at_registration_and_mostly_before_any_report(self, world: World) -> None:
        bans = list(banned(world).values())
        assert 0.15 <= share(row["stage"] == "REGISTRATION" for row in bans) <= 0.25
        assert 0.75 < share(row["user_reports_before"] == 0 for row in bans) < 1

    def test_take_no_innocent(self, world: World) -> None:
        for persona in (*INNOCENT, "falsely_reported", "traveller"):
            assert not world.people(persona) & set(banned(world))

    @pytest.mark.parametrize("persona", WRONGLY_BANNED)
    def test_take_some_who_did_nothing(self, world: World, persona: str) -> None:
        """Those appeal."""
        assert world.people(persona) <= set(banned(world))

    @pytest.mark.parametrize("persona", DOOMED)
    def test_take_everybody_made_for_abuse(self, world: World, persona: str) -> None:
        assert world.people(persona) <= set(banned(world))

    def test_take_the_certain_case_of_a_hundred_messages_in_fifteen_seconds(
        self, world: World
    ) -> None:
        (account,) = world.people("certain_abuse")
        ban = banned(world)[account]
        signals = {signal["name"]: signal for signal in ban["signals"]}

        assert ban["detector"] == "message-burst"
        assert ban["policy"] == "BULK_MESSAGING"
        assert signals["MSG_BURST_MAX_15S"]["value"] == 100
        assert signals["MSG_AGE_AT_FIRST_BURST_S"]["value"] == 300
        sent = [
            datetime.fromisoformat(row["occurred_at"])
            for row in world.evidence
            if row["account"] == account and row["kind"] == "message.sent"
        ]
        assert len(sent) == 100
        assert sent[-1] - sent[0] < timedelta(seconds=15)
        assert sent[-1] < datetime.fromisoformat(ban["enforced_at"])

    def test_end_where_they_are_temporary(self, world: World) -> None:
        for row in banned(world).values():
            assert row["action"] in {"PERMANENT_BAN", "TEMPORARY_BAN"}
            assert ("until" in row) == (row["action"] == "TEMPORARY_BAN")


def share(each: Iterable[bool]) -> float:
    values = list(each)
    return sum(values) / len(values)
