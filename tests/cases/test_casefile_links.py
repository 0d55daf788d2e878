from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from cases.casefile import Address, read_middle
from cases.casefile.life import life_of
from cases.casefile.spikes import spikes_of
from cases.casefile.window import whole
from cases.intake import receive_evidence
from cases.models import EvidenceItem
from reviewapp.ledger.kinds import KINDS
from reviewapp.ledger.recording import Entry, record
from tests.cases import lives
from tests.cases.factories import make_account, make_detection, make_source
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
BEGIN = NOON - timedelta(days=20)


def middle(account, *, now=NOON, **query):
    return read_middle(account, address=Address.read("/cases/C-1/", query), now=now)


def followed(account, url):
    """What a link leads to."""
    return middle(account, **dict(parse_qsl(urlsplit(url).query)))


def spikes(account):
    life = life_of(account.pk)
    return spikes_of(account.pk, life, whole(life))


def marked(shown):
    return [row for row in shown.events["rows"] if row.marked]


class TestALinkToAnItem:
    """The thirtieth of sixty messages, weeks before the newest."""

    @pytest.fixture(autouse=True)
    def _life(self):
        self.account = make_account(country="")
        lives.tell(
            [
                *lives.burst(self.account, people=60, begin=BEGIN),
                *lives.texts(self.account, to=["a"] * 40, begin=BEGIN, every=timedelta(hours=11)),
            ]
        )
        self.item = EvidenceItem.objects.filter(occurred_at=BEGIN + timedelta(seconds=58)).get()

    def test_opens_the_life_around_it_and_marks_it_below_its_run(self):
        shown = middle(self.account, item=str(self.item.id))

        [row] = marked(shown)
        above = shown.events["rows"][shown.events["rows"].index(row) - 1]
        assert (row.at, row.nested) == (self.item.occurred_at, True)
        assert above.headline.startswith("61 messages")
        assert shown.timeline["moment"] is not None

    def test_stands_on_each_row_that_is_shown_one_by_one(self):
        [run] = [row for row in middle(self.account).events["rows"] if row.burst]
        single = followed(self.account, run.more_url).events["rows"][-1]

        assert [row.at for row in marked(followed(self.account, single.url))] == [single.at]

    def test_marks_an_item_that_stands_alone_where_it_stands(self):
        alone = EvidenceItem.objects.filter(occurred_at=BEGIN + timedelta(hours=22)).get()

        [row] = marked(middle(self.account, item=str(alone.id)))

        assert (row.at, row.nested) == (alone.occurred_at, False)

    def test_finds_its_page_among_many_rows(self):
        account = make_account(country="")
        lives.tell(lives.texts(account, to=["a"] * 130, begin=BEGIN, every=timedelta(minutes=11)))
        item = EvidenceItem.objects.filter(
            account=account, occurred_at=BEGIN + timedelta(minutes=11 * 90)
        ).get()
        everything = whole(life_of(account.pk))

        shown = middle(
            account,
            item=str(item.id),
            **{"from": everything.start.isoformat(), "to": everything.end.isoformat()},
        )

        [row] = marked(shown)
        assert shown.events["rows"].index(row) == 2
        earlier = followed(account, shown.events["previous_url"]).events["rows"]
        assert earlier[-1].at == shown.events["rows"][0].at - timedelta(minutes=11)

    def test_leads_to_nothing_of_another_account(self):
        other = make_account()
        lives.tell(lives.burst(other, people=3, begin=BEGIN))

        assert marked(middle(other, item=str(self.item.id))) == []

    @pytest.mark.parametrize("item", ["x", "", "00000000-0000-0000-0000-000000000000", "f" * 32])
    def test_looks_where_it_would_by_itself_when_it_names_nothing(self, item):
        assert (
            middle(self.account, item=item).timeline["words"]
            == middle(self.account).timeline["words"]
        )


class TestALinkToAMoment:
    """A detector fires, a ban is applied, an appeal arrives; then it is quiet."""

    @pytest.fixture(autouse=True)
    def _life(self):
        self.account = make_account(country="")
        lives.tell(
            [
                *lives.burst(self.account, people=60, begin=BEGIN),
                *lives.texts(self.account, to=["a"] * 40, begin=BEGIN, every=timedelta(hours=11)),
            ]
        )
        self.fired_at = BEGIN + timedelta(minutes=3)
        make_detection(
            account=self.account,
            detector="message-burst",
            at=NOON,
            signals=[
                {"name": "n", "value": 60, "observed_at": self.fired_at.isoformat()},
                {"name": "m", "value": 1, "observed_at": BEGIN.isoformat()},
            ],
        )
        self.banned_at = BEGIN + timedelta(days=2)
        self.appealed_at = BEGIN + timedelta(days=3)
        for kind, action, at in (
            ("enforcement.applied", "TEMPORARY_BAN", self.banned_at),
            ("appeal.filed", "", self.appealed_at),
        ):
            entry = Entry(
                kind=kind, actor="worker", happened_at=at, account=self.account.ref, action=action
            )
            record(entry, at=NOON)

    @pytest.fixture(autouse=True)
    def _appeals_are_known(self, monkeypatch):
        """As they will be once there is a room for them."""
        monkeypatch.setitem(KINDS, "appeal.filed", "Appeal filed")

    def test_is_offered_for_the_newest_detection_ban_and_appeal(self):
        jumps = middle(self.account).timeline["jumps"]["newest"]

        assert [jump.sort for jump in jumps] == ["detection", "ban", "appeal"]
        assert "appeal filed" in jumps[2].title

    def test_moves_the_window_there_and_marks_the_moment(self):
        ban = middle(self.account).timeline["jumps"]["newest"][1]

        shown = followed(self.account, ban.url)

        [row] = marked(shown)
        assert row.at == self.banned_at
        assert row.text == "temporary ban applied · the worker"
        assert 49 < shown.timeline["moment"] < 51

    def test_goes_to_what_a_detector_had_seen_not_to_when_its_word_arrived(self):
        detection = middle(self.account).timeline["jumps"]["newest"][0]

        [row] = marked(followed(self.account, detection.url))

        assert row.at == self.fired_at
        assert row.text.startswith("message-burst 1.0 fired at ")

    def test_goes_on_to_the_next_and_back_to_the_one_before(self):
        first = followed(
            self.account, middle(self.account, at=BEGIN.isoformat()).timeline["jumps"]["next_url"]
        )
        second = followed(self.account, first.timeline["jumps"]["next_url"])
        back = followed(self.account, second.timeline["jumps"]["previous_url"])

        assert [marked(shown)[0].at for shown in (first, second, back)] == [
            self.fired_at,
            self.banned_at,
            self.fired_at,
        ]

    def test_says_what_it_does_where_nothing_is_known_of_the_moment(self):
        quiet = BEGIN + timedelta(days=5, hours=3)

        [row] = marked(middle(self.account, at=quiet.isoformat()))

        assert row.text == "The moment that this link names"

    def test_marks_the_row_that_begins_then(self):
        [run] = [row for row in middle(self.account).events["rows"] if row.burst]

        [row] = marked(followed(self.account, run.url))

        assert row.headline == run.headline


class TestTheKinds:
    """Messages sent and received, and one kind that nobody told the house about."""

    @pytest.fixture(autouse=True)
    def _life(self):
        self.account = make_account()
        lives.tell(
            [
                *lives.chatter(self.account, friends=2, messages=9, begin=BEGIN),
                lives.item(self.account, "sticker.sent", BEGIN + timedelta(minutes=3)),
            ]
        )

    def kinds(self, **query):
        return middle(self.account, **query).timeline["kinds"]

    def test_are_listed_by_how_much_there_is_of_each(self):
        assert [(row["words"], row["count"]) for row in self.kinds()["rows"]] == [
            ("Messages received", 9),
            ("Messages", 9),
            ("sticker.sent", 1),
        ]
        assert self.kinds()["words"] == "All kinds"

    def test_are_left_out_of_rows_and_lanes_by_themselves(self):
        received = self.kinds()["rows"][0]

        shown = followed(self.account, received["toggle_url"])

        assert {row.lane for row in shown.events["rows"]} == {"messaging"}
        assert shown.events["words"] == "10 items in 2 rows"
        [lane] = [lane for lane in shown.timeline["lanes"] if lane.slug == "messaging"]
        assert "received" not in lane.count
        assert shown.timeline["kinds"]["words"] == "2 of 3 kinds"

    def test_are_looked_at_one_alone(self):
        sticker = self.kinds()["rows"][2]

        shown = followed(self.account, sticker["only_url"])

        assert [row.text for row in shown.events["rows"]] == ["Sticker sent"]
        assert followed(self.account, shown.timeline["kinds"]["all_url"]).events["words"] == (
            "19 items in 3 rows"
        )

    def test_stay_left_out_in_the_next_window(self):
        shown = middle(self.account, without="message.sent")

        assert "without=message.sent" in shown.timeline["closer_url"]


class TestSpikes:
    """A hundred messages in fifteen seconds, and a hundred in an hour."""

    @pytest.fixture
    def account(self):
        account = make_account(country="")
        people = [f"p{number}" for number in range(100)]
        lives.tell(
            [
                *lives.texts(
                    account, to=people, begin=BEGIN, every=timedelta(seconds=0.14), strangers=1
                ),
                *lives.texts(
                    account,
                    to=people,
                    begin=BEGIN + timedelta(days=9),
                    every=timedelta(seconds=36),
                    strangers=1,
                ),
            ]
        )
        return account

    def test_tell_a_burst_from_an_hour_that_holds_as_much(self, account):
        [spike] = spikes(account)

        assert (spike.at, spike.messages, spike.strangers) == (BEGIN, 100, 100)

    def test_stand_in_the_lane_whatever_a_bar_stands_for(self, account):
        for hours in (1, 48, 24 * 12):
            shown = middle(
                account,
                **{
                    "from": (BEGIN - timedelta(hours=hours / 2)).isoformat(),
                    "to": (BEGIN + timedelta(hours=hours / 2)).isoformat(),
                },
            )
            [lane] = [lane for lane in shown.timeline["lanes"] if lane.slug == "messaging"]
            assert [spike.words for spike in lane.spikes] == ["100 in 15 s"]

    def test_are_named_first_of_what_stands_out(self, account):
        first = middle(account).timeline["bursts"][0]

        assert first["words"].endswith(": 100 in 15 s")
        assert [row.spike for row in followed(account, first["url"]).events["rows"]] == [
            "100 in 15 s"
        ]

    def test_are_taken_from_what_a_batch_says_of_itself(self):
        account = make_account()
        lives.tell(
            [
                lives.item(
                    account, "message.batch", BEGIN, count=300, recipients=290, strangers=290,
                    busiest_15s=80,
                ),
                lives.item(account, "message.batch", NOON, count=300, recipients=9, busiest_15s=3),
            ]
        )  # fmt: skip

        [spike] = spikes(account)

        assert (spike.messages, spike.strangers) == (80, 80)

    def test_of_a_full_life_are_looked_for_in_its_fullest_hours_only(self, account, monkeypatch):
        monkeypatch.setattr("cases.casefile.spikes.ITEMS", 30)

        [spike] = spikes(account)

        assert 15 <= spike.messages <= 30

    def test_no_person_writes(self):
        account = make_account()
        lives.tell(lives.chatter(account, friends=3, messages=200, begin=BEGIN))

        assert spikes(account) == []


class TestWhatCameBack:
    """A conversation has two sides; a broadcast has one."""

    def drawn(self, account):
        shown = middle(account).timeline
        [lane] = [lane for lane in shown["lanes"] if lane.slug == "messaging"]
        kinds = ("contacts", "strangers", "received")
        return {kind for kind in kinds if getattr(lane.paths, kind)}, shown["strip"][
            "paths"
        ].received

    def test_hangs_below_the_line(self):
        account = make_account()
        lives.tell(lives.chatter(account, friends=3, messages=20, begin=BEGIN))

        kinds, strip = self.drawn(account)

        assert kinds == {"contacts", "received"}
        assert strip

    def test_is_nothing_where_nobody_answered(self):
        account = make_account()
        lives.tell(lives.burst(account, people=20, begin=BEGIN))

        kinds, strip = self.drawn(account)

        assert kinds == {"strangers"}
        assert strip == ""


class TestWhenItWasRecorded:
    """Items occur at one time and are recorded at another."""

    def test_is_told_beside_when_it_occurred(self):
        account = make_account(country="IN")
        lives.tell([lives.item(account, "user.reported", NOON - timedelta(minutes=2))])

        [row] = middle(account).events["rows"]

        assert dict(row.data)["occurred"] == "Tue 10 Mar 2026 17:28:00.000, India time"
        assert dict(row.data)["recorded"] == (
            "Tue 10 Mar 2026 17:30:00.000, India time, 2 min later"
        )
        assert row.late == ""

    def test_is_marked_where_it_was_much_later(self):
        account = make_account()
        lives.tell(
            [
                lives.item(account, "user.reported", BEGIN),
                lives.item(account, "user.blocked", NOON - timedelta(minutes=2)),
            ]
        )
        everything = whole(life_of(account.pk))

        shown = middle(
            account, **{"from": everything.start.isoformat(), "to": everything.end.isoformat()}
        ).events

        assert [row.late for row in shown["rows"]] == ["recorded 20 days later", ""]
        assert shown["late"] == ""

    def test_is_said_once_where_it_is_so_of_every_row(self):
        account = make_account()
        lives.tell(
            [
                lives.item(account, "user.reported", BEGIN),
                lives.item(account, "user.blocked", BEGIN + timedelta(hours=1)),
            ]
        )

        shown = middle(account).events

        assert [row.late for row in shown["rows"]] == ["", ""]
        assert shown["late"] == "all recorded late"

    def test_is_not_late_for_a_batch_that_has_only_just_ended(self):
        account = make_account()
        began = NOON - timedelta(hours=8)
        receive_evidence(
            source=make_source(),
            items=[
                lives.item(
                    account, "message.batch", began, count=9, recipients=9,
                    until=(NOON - timedelta(minutes=5)).isoformat(),
                )
            ],
            at=NOON,
        )  # fmt: skip

        assert middle(account).events["rows"][0].late == ""


class TestTheTimeOfARow:
    def test_is_told_in_full_with_its_zone_and_how_long_ago_that_was(self):
        account = make_account(country="IN")
        lives.tell([lives.item(account, "user.reported", BEGIN)])

        [row] = middle(account).events["rows"]

        assert row.title == (
            "Wed 18 Feb 2026 17:30:00.000, India time · 20 days ago · 10 days after registration"
        )

    def test_has_seconds_where_they_tell_something(self):
        account = make_account(country="")
        lives.tell(lives.burst(account, people=5, begin=BEGIN))
        shown = middle(account).events

        one_by_one = followed(account, shown["rows"][0].more_url).events["rows"]

        assert [row.when[-8:] for row in one_by_one[:2]] == ["12:00:00", "12:00:02"]
