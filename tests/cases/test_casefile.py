from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from django.db import transaction

from cases.casefile import Address, events, read_middle
from cases.casefile.life import life_of
from cases.casefile.looking import around, opening
from cases.casefile.person import correspondence_words
from cases.casefile.window import Window, asked, ticks, whole
from cases.enums import Origin
from cases.intake import receive_evidence
from cases.models import EvidenceItem
from tests.cases import lives
from tests.cases.factories import make_account, make_source
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
BEGIN = NOON - timedelta(days=20)


def middle(account, **query):
    return read_middle(account, address=Address.read("/cases/C-1/", query), now=NOON)


class TestALife:
    """Of an account, from one index, however long it is."""

    def test_is_nothing_without_evidence(self):
        account = make_account()

        assert life_of(account.pk) is None
        assert middle(account).timeline["is_empty"]
        assert middle(account).events["rows"] == []

    def test_is_of_one_account_alone(self):
        account, other = make_account(), make_account()
        lives.tell(lives.burst(other, people=5, begin=BEGIN))
        lives.tell(lives.burst(account, people=3, begin=BEGIN))

        life = life_of(account.pk)

        assert life.items == 3
        assert (life.people("message.sent"), life.strangers("message.sent")) == (3, 3)

    def test_shows_in_a_sentence_that_a_busy_texter_writes_to_few(self):
        account = make_account()
        lives.tell(lives.chatter(account, friends=4, messages=200, begin=BEGIN))

        words = correspondence_words(life_of(account.pk))

        assert words == (
            "only 4 people: 200 messages, 75 % to the same 3;"
            " all of them wrote back, 200 messages received"
        )

    def test_shows_in_a_sentence_that_a_sender_of_bulk_writes_to_many(self):
        account = make_account()
        lives.tell(lives.burst(account, people=90, begin=BEGIN))

        words = correspondence_words(life_of(account.pk))

        assert words == "90 people in 90 messages, 11 % to the same 10; no reply on record"

    def test_says_when_it_looked_at_the_newest_messages_only(self, monkeypatch):
        monkeypatch.setattr("cases.casefile.life.NEWEST_MESSAGES", 50)
        account = make_account()
        lives.tell(lives.burst(account, people=80, begin=BEGIN))

        assert "50 people in the newest 50 messages" in correspondence_words(life_of(account.pk))

    def test_counts_batches_apart_from_single_messages(self):
        account = make_account()
        lives.tell(
            [lives.item(account, "message.batch", BEGIN, count=900, recipients=880, strangers=0)]
        )

        words = correspondence_words(life_of(account.pk))

        assert words == "900 messages in batches to 880 people"

    def test_puts_kinds_it_does_not_know_where_their_stage_belongs(self):
        account = make_account()
        lives.tell(
            [
                lives.item(account, "sticker.sent", BEGIN),
                lives.item(account, "claim.published", BEGIN, origin=Origin.OFF_PLATFORM),
            ]
        )

        assert {strand.kind: strand.lane for strand in life_of(account.pk).totals} == {
            "sticker.sent": "messaging",
            "claim.published": "off-platform",
        }

    def test_holds_every_item_in_its_bins_to_the_last(self):
        account = make_account()
        lives.tell(lives.texts(account, to=["a"] * 7, begin=BEGIN, every=timedelta(hours=31)))

        life = life_of(account.pk)

        assert sum(part.written for part in life.bins) == 7
        assert whole(life).covers(life)


class TestALongLife:
    """Told by its hours, as if it were read item by item."""

    @pytest.fixture(autouse=True)
    def _life(self):
        self.account = make_account(country="")
        lives.tell(
            [
                *lives.burst(self.account, people=40, begin=BEGIN + timedelta(minutes=50)),
                *lives.texts(
                    self.account,
                    to=["friend"] * 60,
                    begin=BEGIN + timedelta(minutes=17),
                    every=timedelta(hours=5),
                ),
                lives.item(self.account, "user.reported", BEGIN + timedelta(hours=1), reporter="r"),
            ]
        )

    @pytest.fixture
    def _long(self, monkeypatch):
        for module in ("life", "looking"):
            monkeypatch.setattr(f"cases.casefile.{module}.CLOSE", 20)

    def test_has_the_same_totals_and_as_much_in_its_bins(self, monkeypatch):
        close = life_of(self.account.pk)
        monkeypatch.setattr("cases.casefile.life.CLOSE", 20)

        by_hours = life_of(self.account.pk)

        assert by_hours.totals == close.totals
        assert by_hours.stride > close.stride
        for name in ("items", "contacts", "strangers", "feedback"):
            of = [sum(getattr(part, name) for part in life.bins) for life in (close, by_hours)]
            assert of[0] == of[1] > 0

    @pytest.mark.usefixtures("_long")
    def test_shows_every_item_of_a_wide_window_in_whole_hours(self):
        life = life_of(self.account.pk)
        everything = whole(life)

        shown = middle(
            self.account, **{"from": everything.start.isoformat(), "to": everything.end.isoformat()}
        )

        assert shown.events["words"].startswith("101 items in ")
        lanes = {lane.slug: lane for lane in shown.timeline["lanes"]}
        assert (lanes["messaging"].count, lanes["negative-feedback"].count) == (
            "100 messages",
            "1 report",
        )
        assert shown.events["rows"][0].headline.startswith("41 messages")

    @pytest.mark.usefixtures("_long")
    def test_is_read_item_by_item_within_three_hours(self):
        part = {"from": BEGIN.isoformat(), "to": (BEGIN + timedelta(hours=3)).isoformat()}

        rows = middle(self.account, **part).events["rows"]

        assert [row.headline for row in rows if row.burst] == [
            "40 messages to 40 people in 1 min 18 s"
        ]

    @pytest.mark.usefixtures("_long")
    def test_leaves_out_the_lanes_that_are_hidden(self):
        everything = whole(life_of(self.account.pk))
        asked_for = {"from": everything.start.isoformat(), "to": everything.end.isoformat()}

        shown = middle(self.account, **asked_for, hide="messaging").events

        assert [row.text for row in shown["rows"]] == ["Reported"]

    def test_counts_an_item_once_however_often_it_is_sent(self):
        items = lives.texts(self.account, to=["a"] * 3, begin=BEGIN, every=timedelta(minutes=30))
        source = make_source()
        lives.tell(items[:2], source=source)
        before = life_of(self.account.pk).items

        receive_evidence(source=source, items=items, at=NOON)
        receive_evidence(source=source, items=items, at=NOON)

        assert life_of(self.account.pk).items == before + 1
        assert EvidenceItem.objects.count() == life_of(self.account.pk).items

    def test_forgets_what_was_rolled_back(self):
        before = life_of(self.account.pk)
        with transaction.atomic():
            lives.tell(lives.burst(self.account, people=5, begin=BEGIN))
            transaction.set_rollback(True)

        assert life_of(self.account.pk) == before


class TestWhereSomethingHappened:
    """A message off the platform is nothing that the account sent on it."""

    @pytest.fixture(autouse=True)
    def _life(self):
        self.account = make_account()
        lives.tell(
            [
                lives.item(
                    self.account,
                    "message.sent",
                    BEGIN + timedelta(minutes=number),
                    origin=origin,
                    recipient=f"p{number}",
                )
                for number, origin in enumerate(
                    [Origin.OFF_PLATFORM, Origin.ON_PLATFORM, Origin.OFF_PLATFORM]
                )
            ]
        )

    def test_stands_in_its_own_lane_and_in_its_own_row(self):
        shown = middle(self.account)

        counts = {lane.slug: lane.count for lane in shown.timeline["lanes"] if lane.count}
        assert counts == {"messaging": "1 message", "off-platform": "2 messages"}
        assert [row.lane for row in shown.events["rows"]] == ["off-platform", "messaging"]

    def test_is_shown_one_by_one_without_the_rest(self):
        row = middle(self.account).events["rows"][0]
        query = dict(parse_qsl(urlsplit(row.more_url).query))

        assert [row.lane for row in middle(self.account, **query).events["rows"]] == [
            "off-platform",
            "off-platform",
        ]

    def test_is_hidden_with_its_lane(self):
        assert [row.lane for row in middle(self.account, hide="off-platform").events["rows"]] == [
            "messaging"
        ]

    def test_is_no_correspondence(self):
        assert correspondence_words(life_of(self.account.pk)).startswith("only 1 person: 1 message")


class TestRuns:
    """A burst of sixty messages, with a report in its midst; a message of the day after."""

    @pytest.fixture(autouse=True)
    def _life(self):
        self.account = make_account()
        lives.tell(
            [
                *lives.burst(self.account, people=60, begin=BEGIN),
                lives.item(
                    self.account,
                    "user.reported",
                    BEGIN + timedelta(minutes=1),
                    reporter="r",
                    first_message=True,
                ),
                *lives.texts(
                    self.account,
                    to=["friend"],
                    begin=BEGIN + timedelta(days=1),
                    every=timedelta(0),
                ),
            ]
        )

    def test_put_what_belongs_together_into_one_row(self):
        shown = middle(self.account).events

        assert shown["words"] == "62 items in 3 rows"
        burst, report, single = shown["rows"]
        assert burst.headline == "60 messages to 60 people in 1 min 58 s"
        assert burst.text == "100 % strangers, no typing shown; busiest 15 s: 8"
        assert burst.small == "The same text in all"
        assert (burst.burst, burst.lane) == (True, "messaging-stranger")
        assert report.text == "Reported, on a first message"
        assert single.text == "Wrote to one person"

    def test_count_the_busiest_moments_however_they_fall(self):
        """A message every two seconds: eight within any fifteen, counted from the first."""
        busiest = middle(self.account).events["rows"][0].text.rpartition(" ")[2]

        assert busiest == "8"

    def test_are_shown_one_by_one_when_asked_for(self):
        more = middle(self.account).events["rows"][0].more_url
        query = dict(parse_qsl(urlsplit(more).query))

        first = middle(self.account, **query).events
        query["after"] = _cursor(first["next_url"], "after")
        second = middle(self.account, **query).events
        query["after"] = _cursor(second["next_url"], "after")
        third = middle(self.account, **query).events
        query.pop("after")
        query["before"] = _cursor(second["previous_url"], "before")
        again = middle(self.account, **query).events

        assert [len(each["rows"]) for each in (first, second, third)] == [20, 20, 20]
        assert [row.value for row in again["rows"]] == [row.value for row in first["rows"]]
        assert third["next_url"] == first["previous_url"] == ""
        assert first["back_url"]

    def test_end_where_ten_minutes_go_by(self):
        account = make_account()
        gap = timedelta(minutes=10)
        lives.tell(lives.texts(account, to=["a"] * 3, begin=BEGIN, every=gap))
        lives.tell(
            lives.texts(account, to=["a"], begin=BEGIN + gap * 3 + timedelta(seconds=1), every=gap)
        )
        life = life_of(account.pk)

        page = events.runs_in(account.pk, whole(life), after="", before="")

        assert [run.items for run in page.runs] == [3, 1]

    def test_leave_out_the_lanes_that_are_hidden(self):
        shown = middle(self.account, hide="messaging,handling").events

        assert [row.text for row in shown["rows"]] == ["Reported, on a first message"]

    def test_page_through_a_window_both_ways_without_losing_a_row(self):
        account = make_account()
        lives.tell(lives.texts(account, to=["a"] * 80, begin=BEGIN, every=timedelta(minutes=11)))
        life = life_of(account.pk)
        seen, after = [], ""
        while True:
            page = events.runs_in(account.pk, whole(life), after=after, before="")
            seen.append([run.first for run in page.runs])
            if not page.next:
                break
            after = page.next
        back = events.runs_in(account.pk, whole(life), after="", before=page.previous)

        assert [len(rows) for rows in seen] == [20, 20, 20, 20]
        assert len({at for rows in seen for at in rows}) == 80
        assert [run.first for run in back.runs] == seen[2]


def _cursor(url, name):
    return parse_qs(urlsplit(url).query)[name][0]


class TestTheTimeline:
    """Sixty messages to strangers on one of thirty quiet days."""

    @pytest.fixture(autouse=True)
    def _life(self):
        self.account = make_account(country="IN")
        self.burst_at = BEGIN + timedelta(days=9)
        lives.tell(
            [
                lives.item(self.account, "account.registered", BEGIN, method="sms"),
                *lives.texts(
                    self.account,
                    to=["friend"] * 30,
                    begin=BEGIN - timedelta(days=10),
                    every=timedelta(days=1),
                ),
                *lives.burst(self.account, people=60, begin=self.burst_at),
            ]
        )

    def test_opens_where_most_was_sent_to_strangers(self):
        window = opening(self.account.pk, life_of(self.account.pk), tz=UTC)

        assert window.holds(self.burst_at)
        assert window.length == timedelta(days=2)

    def test_tells_the_time_of_the_accounts_country(self):
        drawn = middle(self.account).timeline

        assert drawn["zone"] == "India time"
        # Noon in UTC is half past five there.
        assert middle(self.account).events["rows"][-1].when.endswith("17:30")

    def test_tells_utc_where_a_country_has_several_clocks(self):
        account = make_account(country="US")
        lives.tell(lives.burst(account, people=2, begin=BEGIN))

        assert middle(account).timeline["zone"] == "UTC"

    def test_draws_everything_inside_its_frame(self):
        drawn = middle(self.account).timeline

        strip = drawn["strip"]["bars"]
        lanes = {lane.slug: lane for lane in drawn["lanes"]}
        assert strip
        assert lanes["messaging"].bars
        for bar in (*strip, *lanes["messaging"].bars):
            assert 0 <= bar.x <= 100
            assert bar.contacts_y >= 0
            assert bar.contacts_y + bar.contacts_height <= 100.01
            assert bar.strangers_y + bar.strangers_height <= 100.01

    def test_shows_a_burst_as_strangers_and_not_as_contacts(self):
        drawn = middle(self.account).timeline

        tallest = max(drawn["strip"]["bars"], key=lambda bar: bar.strangers_height)
        assert tallest.strangers_height > 60
        assert tallest.contacts_height < 10

    def test_leads_to_what_stands_out(self):
        [burst] = middle(self.account).timeline["bursts"]

        query = {name: _cursor(burst["url"], name) for name in ("from", "to")}
        assert asked(query["from"], query["to"]).holds(self.burst_at)
        assert middle(self.account, **query).timeline["bursts"][0]["current"]

    def test_moves_no_further_than_there_is_something(self):
        life = life_of(self.account.pk)
        everything = whole(life)
        seen = middle(
            self.account, **{"from": everything.start.isoformat(), "to": everything.end.isoformat()}
        ).timeline

        assert seen["whole_url"] == seen["wider_url"] == seen["earlier_url"] == ""
        assert seen["closer_url"]

    @pytest.mark.parametrize(
        ("start", "end"),
        [
            ("", ""),
            ("yesterday", "today"),
            ("2026-03-01T00:00:00", "2026-03-02T00:00:00"),
            ("2026-03-02T00:00:00Z", "2026-03-01T00:00:00Z"),
            ("0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z"),
        ],
    )
    def test_looks_where_it_would_by_itself_when_asked_for_no_time(self, start, end):
        drawn = middle(self.account, **{"from": start, "to": end}).timeline

        assert drawn["words"] == middle(self.account).timeline["words"]

    @pytest.mark.parametrize("cursor", ["x", "2026-01-01~a", "2026-01-01T00:00:00Z~not-a-uuid"])
    def test_begins_at_the_first_row_for_a_cursor_that_says_nothing(self, cursor):
        part = f"message.sent~MESSAGING~ON_PLATFORM~{BEGIN.isoformat()}~{NOON.isoformat()}"

        assert middle(self.account, after=cursor, show=part).events["rows"]


class TestTicks:
    def test_stand_on_round_local_times(self):
        window = Window(NOON - timedelta(hours=30), NOON)

        found = ticks(window, tz=UTC, at_most=8)

        assert [words for _, words in found] == [
            "06:00",
            "12:00",
            "18:00",
            "10 Mar",
            "06:00",
        ]

    def test_are_few_however_long_the_window(self):
        for length in (timedelta(minutes=3), timedelta(days=5), timedelta(days=4000)):
            window = Window(
                datetime(2015, 3, 1, tzinfo=UTC), datetime(2015, 3, 1, tzinfo=UTC) + length
            )
            assert 1 <= len(ticks(window, tz=UTC, at_most=8)) <= 9


class TestWhereToLookFirst:
    def test_is_where_most_happened_in_two_days_not_in_one_moment(self):
        """Two bursts on following days say more than a slightly larger one a week later."""
        account = make_account(country="")
        lives.tell(
            [
                *lives.texts(
                    account,
                    to=["a"] * 60,
                    begin=BEGIN - timedelta(days=60),
                    every=timedelta(days=1),
                ),
                *lives.burst(account, people=50, begin=BEGIN),
                *lives.burst(account, people=50, begin=BEGIN + timedelta(days=1)),
                *lives.burst(account, people=60, begin=BEGIN + timedelta(days=8)),
            ]
        )

        window = opening(account.pk, life_of(account.pk), tz=UTC)

        assert window.holds(BEGIN)
        assert window.holds(BEGIN + timedelta(days=1))

    def test_holds_no_more_than_can_be_read_at_once(self, monkeypatch):
        monkeypatch.setattr("cases.casefile.looking.FIRST_LOOK_ITEMS", 100)
        account = make_account(country="")
        begin = BEGIN.replace(hour=0)
        lives.tell(lives.texts(account, to=["a"] * 400, begin=begin, every=timedelta(minutes=10)))

        window = opening(account.pk, life_of(account.pk), tz=UTC)

        assert timedelta(hours=5) < window.length < timedelta(days=1)

    def test_is_the_busiest_day_of_a_life_of_years(self):
        """A stretch of the strip is longer than a week there, and the day lies inside one."""
        account = make_account(country="")
        begin = BEGIN - timedelta(days=900)
        busiest = begin + timedelta(days=405, hours=3)
        lives.tell(
            [
                *lives.texts(account, to=["a"] * 300, begin=begin, every=timedelta(days=3)),
                *lives.burst(account, people=80, begin=busiest),
            ]
        )

        window = opening(account.pk, life_of(account.pk), tz=UTC)

        assert window.holds(busiest)
        assert window.length == timedelta(days=2)

    def test_is_around_the_moment_that_a_link_names(self):
        account = make_account(country="")
        lives.tell(lives.texts(account, to=["a"] * 60, begin=BEGIN, every=timedelta(hours=7)))
        moment = BEGIN + timedelta(days=11, hours=5)

        window = around(account.pk, life_of(account.pk), moment)

        assert window.start + window.length / 2 == moment

    def test_is_the_closer_around_a_moment_the_more_happened(self, monkeypatch):
        monkeypatch.setattr("cases.casefile.looking.CLOSE", 100)
        account = make_account(country="")
        lives.tell(lives.texts(account, to=["a"] * 400, begin=BEGIN, every=timedelta(minutes=1)))

        window = around(account.pk, life_of(account.pk), BEGIN + timedelta(hours=3))

        assert timedelta(minutes=20) < window.length < timedelta(hours=2)
