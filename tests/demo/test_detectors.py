import tomllib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reviewapp.demo.detectors import DETECTORS, applicable, detect
from reviewapp.demo.detectors.limits import THRESHOLDS
from reviewapp.demo.detectors.windows import Window, busiest, first_to_reach

START = datetime(2026, 3, 10, 12, tzinfo=UTC)
POLICIES = {
    "ACCOUNT_TAKEOVER",
    "AUTOMATED_MESSAGING",
    "BAN_EVASION",
    "BULK_MESSAGING",
    "BULK_REGISTRATION",
    "COORDINATED_FALSE_REPORTING",
    "HARASSMENT",
    "INAUTHENTIC_ACCOUNT",
    "MASS_GROUP_ABUSE",
    "PYRAMID_OR_INVESTMENT_SCAM",
    "UNOFFICIAL_CLIENT",
}


def messages(how_many: int, *, every_s: float, **data: Any) -> list[dict[str, Any]]:
    return [
        {
            "id": f"e{number}",
            "account": "m1",
            "stage": "MESSAGING",
            "kind": "message.sent",
            "occurred_at": (START + timedelta(seconds=number * every_s)).isoformat(),
            "data": {"recipients": 1, "recipient": f"m{100 + number}"} | data,
        }
        for number in range(how_many)
    ]


class TestThresholds:
    """One file holds them all."""

    def test_stand_there_for_every_detector_with_a_reason(self) -> None:
        sections = tomllib.loads(THRESHOLDS.read_text())
        assert set(sections) == {detector.name for detector in DETECTORS}
        for section in sections.values():
            assert section.pop("version")
            for limit in section.values():
                assert {"review", "certain"} & set(limit)
                assert limit["why"].endswith(".")
                assert len(limit["why"]) > 30

    def test_are_what_the_signals_say(self, world: Any) -> None:
        for row in world.detections:
            assert 0 <= row["score"] <= 1
            assert row["policy"] in POLICIES
            assert row["reasons"]
            assert row["signals"]
            for signal in row["signals"]:
                assert signal["name"].isupper()
                assert datetime.fromisoformat(signal["observed_at"]).tzinfo


class TestHourlyRate:
    """Forty messages in a sliding hour ask for a person."""

    account = {"id": "m1"}

    def test_fires_at_forty(self) -> None:
        (row,) = detect([self.account], messages(40, every_s=90))

        assert (row["detector"], row["verdict"]) == ("hourly-rate", "REVIEW")
        assert row["signals"][0]["value"] == 40
        assert row["signals"][0]["threshold"] == 40

    def test_has_not_looked_yet_before_the_full_hour(self) -> None:
        rows = messages(40, every_s=60)
        assert detect([self.account], rows, until=START + timedelta(minutes=59)) == []
        assert detect([self.account], rows, until=START + timedelta(minutes=60))

    def test_stays_silent_at_thirty_nine(self) -> None:
        assert detect([self.account], messages(39, every_s=90)) == []

    def test_does_not_count_the_message_a_full_hour_before(self) -> None:
        rows = messages(2, every_s=3600) + messages(38, every_s=1)
        for number, row in enumerate(rows):
            row["id"] = f"x{number}"
            row["occurred_at"] = row["occurred_at"] if number != 1 else "2026-03-10T13:00:00+00:00"
        # The first message is at noon, the second at one o'clock, the rest just after noon.
        assert detect([self.account], rows) == []

    def test_counts_a_batch_over_its_span(self) -> None:
        batch = {
            "id": "b1",
            "account": "m1",
            "stage": "MESSAGING",
            "kind": "message.batch",
            "occurred_at": START.isoformat(),
            "data": {"count": 50, "until": (START + timedelta(hours=10)).isoformat()},
        }
        rows = [batch, *messages(1, every_s=1)]
        assert detect([self.account], rows) == []

        batch["data"] = {"count": 50, "until": (START + timedelta(minutes=50)).isoformat()}
        (row,) = detect([self.account], rows)
        assert row["signals"][0]["value"] == 51


class TestApplicable:
    """A detector runs only where the data has what it judges by."""

    def test_leaves_out_what_lacks_an_input(self) -> None:
        rows = messages(3, every_s=10)
        assert [each.name for each in applicable([{"id": "m1"}], rows)] == ["hourly-rate"]

    def test_takes_in_more_where_the_data_says_more(self) -> None:
        rows = messages(3, every_s=10, strangers=1, typing=False)
        account = {"id": "m1", "registered_at": START.isoformat()}
        names = {each.name for each in applicable([account], rows)}
        assert names == {"hourly-rate", "message-burst", "stranger-ratio", "no-typing"}


class TestACertainDetector:
    """Registered at noon less five minutes; 100 messages from noon on."""

    account = {"id": "m1", "registered_at": (START - timedelta(minutes=5)).isoformat()}

    def test_acts_alone_and_silences_the_rest(self) -> None:
        rows = messages(100, every_s=0.148, strangers=1, typing=False)
        (row,) = detect([self.account], rows)

        assert row["detector"] == "message-burst"
        assert row["verdict"] == "ENFORCED"
        assert row["action"] == "PERMANENT_BAN"
        assert row["enforced_at"] == (START + timedelta(seconds=15)).isoformat()

    def test_asks_a_person_where_the_account_is_old(self) -> None:
        old = {"id": "m1", "registered_at": "2020-01-01T00:00:00+00:00"}
        rows = messages(100, every_s=0.148, strangers=1, typing=True)
        said = {(row["detector"], row["verdict"]) for row in detect([old], rows)}

        assert said == {("message-burst", "REVIEW"), ("hourly-rate", "REVIEW")}


class TestNoTyping:
    """120 untyped messages, a quarter of an hour after registration."""

    account = {"id": "m1", "registered_at": (START - timedelta(days=90)).isoformat()}

    def test_is_certain_of_a_clock_that_writes_to_strangers(self) -> None:
        rows = messages(120, every_s=95, strangers=1, typing=False)
        assert ("no-typing", "ENFORCED") in {
            (row["detector"], row["verdict"]) for row in detect([self.account], rows)
        }

    def test_asks_a_person_where_the_recipients_know_the_sender(self) -> None:
        rows = messages(120, every_s=95, strangers=0, typing=False)
        assert ("no-typing", "REVIEW") in {
            (row["detector"], row["verdict"]) for row in detect([self.account], rows)
        }

    def test_says_nothing_of_somebody_who_types(self) -> None:
        rows = messages(120, every_s=95, strangers=0, typing=True)
        assert detect([self.account], rows) == []


class TestWindows:
    times = [START + timedelta(seconds=each) for each in (0, 10, 14, 15, 40)]

    def test_are_open_at_their_beginning(self) -> None:
        assert busiest(self.times, timedelta(seconds=15)) == Window(0, 3)

    def test_begin_at_a_moment_when_looking_for_the_first(self) -> None:
        assert first_to_reach(self.times, timedelta(seconds=15), 3) == Window(0, 3)
        assert first_to_reach(self.times, timedelta(seconds=15), 4) is None

    @pytest.mark.parametrize("width", [1, 60])
    def test_are_empty_without_moments(self, width: int) -> None:
        assert busiest([], timedelta(seconds=width)).count == 0


class TestSharedLinks:
    """Five accounts with an unofficial client on one machine; one of them has two machines."""

    def test_are_found_among_several_of_a_kind(self) -> None:
        accounts = [
            {"id": f"m{number}", "registered_at": START.isoformat(), "links": {"device": device}}
            for number, device in enumerate(["d1", "d1", "d1", "d1", ["d2", "d1"], "d3"])
        ]
        rows = [
            {
                "id": f"r{number}",
                "account": f"m{number}",
                "stage": "REGISTRATION",
                "kind": "account.registered",
                "occurred_at": START.isoformat(),
                "data": {"client": "unofficial"},
            }
            for number in range(6)
        ]
        found = detect(accounts, rows)
        assert {row["detector"] for row in found} == {"client-integrity"}
        assert {row["account"] for row in found} == {"m0", "m1", "m2", "m3", "m4"}
