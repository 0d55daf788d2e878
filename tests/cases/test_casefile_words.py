from datetime import UTC, datetime, timedelta

import pytest

from cases.casefile.counting import counted, listed, percent, span
from cases.casefile.places import country_name, zone_of
from cases.casefile.signals import drawn
from cases.casefile.telling import item_words, kind_words


class TestNumbersInWords:
    @pytest.mark.parametrize(
        ("length", "words"),
        [
            (timedelta(0), "less than a second"),
            (timedelta(seconds=41), "41 s"),
            (timedelta(hours=3, minutes=24, seconds=9), "3 h 24 min"),
            (timedelta(hours=5, seconds=9), "5 h"),
            (timedelta(days=1, hours=2), "1 day 2 h"),
            (timedelta(days=27, hours=5), "27 days"),
            (timedelta(days=800), "2 years 70 days"),
        ],
    )
    def test_tell_a_length_of_time_by_its_largest_parts(self, length, words):
        assert span(length) == words

    def test_never_round_to_all_or_to_none(self):
        assert percent(999, 1000) == "over 99 %"
        assert percent(1, 1000) == "under 1 %"
        assert (percent(0, 9), percent(9, 9), percent(3, 0)) == ("0 %", "100 %", "0 %")

    def test_count_one_and_many(self):
        assert (counted(1, "report"), counted(1904, "report")) == ("1 report", "1,904 reports")
        assert listed(["a", "b", "c"]) == "a, b and c"


class TestSignals:
    def test_stand_against_their_threshold(self):
        signal = drawn(
            {"name": "MSG_BURST_MAX_15S", "value": 38, "threshold": 30, "unit": "messages"}
        )

        assert (signal.name, signal.value, signal.threshold) == (
            "Messages in the busiest 15 s",
            "38",
            "30",
        )
        assert signal.gauge.crossed
        assert signal.gauge.mark < signal.gauge.fill <= 100

    def test_show_shares_as_percents_of_a_whole(self):
        signal = drawn(
            {
                "name": "MSG_STRANGER_RECIPIENT_RATIO",
                "value": 0.94,
                "threshold": 0.6,
                "unit": "share",
            }
        )

        assert (signal.value, signal.threshold) == ("94 %", "60 %")
        assert (signal.gauge.fill, signal.gauge.mark) == (94.0, 60.0)

    def test_show_what_nobody_has_named_as_it_came(self):
        signal = drawn({"name": "shadow_score", "value": "high"})

        assert (signal.name, signal.value, signal.gauge) == ("Shadow score", "high", None)

    @pytest.mark.parametrize("value", [10**400, -(10**400), 1e308, 1.5e300])
    @pytest.mark.parametrize("unit", ["u", "s", "share", ""])
    def test_are_told_whatever_number_was_once_kept(self, value, unit):
        large = drawn({"name": "n1", "value": value, "threshold": 2.5, "unit": unit})
        beside = drawn({"name": "n1", "value": 1.5, "threshold": value, "unit": unit})

        assert (large.value, large.gauge) == ("more than can be shown", None)
        assert (beside.threshold, beside.gauge) == ("more than can be shown", None)

    def test_say_yes_or_no_where_that_is_the_question(self):
        assert drawn({"name": "MSG_EMULATOR", "value": 1}).value == "yes"
        assert drawn({"name": "MSG_EMULATOR", "value": False}).value == "no"


class TestPlaces:
    def test_have_a_name_and_a_clock(self):
        zone = zone_of("DK", at=datetime(2026, 7, 1, tzinfo=UTC))

        assert country_name("DK") == "Denmark"
        assert zone.words == "Denmark time"
        assert datetime(2026, 7, 1, tzinfo=zone.tz).utcoffset() == timedelta(hours=2)

    def test_share_one_clock_although_it_has_several_names(self):
        assert zone_of("GB", at=datetime(2026, 7, 1, tzinfo=UTC)).words == "United Kingdom time"

    @pytest.mark.parametrize("country", ["US", "", "ZZ", "XX"])
    def test_are_told_in_utc_where_no_one_clock_is_right(self, country):
        assert zone_of(country, at=datetime(2026, 7, 1, tzinfo=UTC)).words == "UTC"

    def test_go_by_their_code_where_they_have_no_name(self):
        assert country_name("ZZ") == "ZZ"


class TestItemsInWords:
    @pytest.mark.parametrize(
        ("kind", "data", "words"),
        [
            ("message.sent", {"strangers": 1, "typing": False, "link": True},
             "Wrote to a stranger (no typing shown and with a link)"),
            ("message.batch", {"count": 9, "recipients": 8, "strangers": 2, "busiest_15s": 4},
             "Sent 9 messages to 8 people, 25 % strangers; busiest 15 s: 4"),
            ("group.added", {"added": 40, "strangers": 38},
             "Added 40 people to a group, 95 % strangers"),
            ("call.made", {"answered": False}, "Called; nobody answered"),
            ("user.reported", {"topic": "spam", "reporter_wrote_first": True},
             "Reported as spam; the reporter wrote first"),
            ("account.registered", {"method": "sms", "network_asn": 64512, "network_country": "SG"},
             "Registered; one-time code by sms; network AS64512, SG"),
            ("profile.changed", {}, "Profile changed"),
        ],
    )  # fmt: skip
    def test_are_sentences(self, kind, data, words):
        assert item_words(kind, data) == words

    @pytest.mark.parametrize(
        "data", [{}, {"recipients": "many"}, {"recipients": True, "added": []}]
    )
    def test_bear_data_that_is_not_as_it_should_be(self, data):
        for kind in ("message.sent", "message.batch", "group.added", "call.made", "user.blocked"):
            assert item_words(kind, data)

    def test_say_kinds_nobody_knows_as_they_were_sent(self):
        assert kind_words("sticker.sent", 2) == "2 sticker.sent items"
