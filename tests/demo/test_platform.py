import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from reviewapp.demo.platform import Answer, Mood, StandInPlatform, serving
from reviewapp.demo.platform.mood import BadMood
from reviewapp.demo.platform.signatures import BadSignature, verify

OLD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEW = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
OTHER = "whsec_cGxhdGZvcm0tdGVzdC1vdGhlci1zZWNyZXQtMTIz"
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that is told when it is, and that passes the time that others wait."""

    at: datetime = NOON
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def platform(clock: Clock) -> StandInPlatform:
    return StandInPlatform([OLD, NEW], now=clock.now, sleep=clock.sleep, rng=Random(5))


def signed(
    data: dict[str, Any],
    *,
    kind: str = "enforcement.requested",
    id: str = "msg_1",  # noqa: A002 (its name in the headers)
    at: datetime = NOON,
    secret: str = OLD,
) -> tuple[dict[str, str], bytes]:
    body = json.dumps({"type": kind, "timestamp": at.isoformat(), "data": data})
    return {
        "Webhook-Id": id,
        "Webhook-Timestamp": str(int(at.timestamp())),
        "Webhook-Signature": Webhook(secret).sign(id, at, body),
    }, body.encode()


def ban(sequence: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "enforcement": f"E-{sequence}",
        "account": "m1",
        "sequence": sequence,
        "action": "PERMANENT_BAN",
        "until": None,
        "policy": "BULK_MESSAGING",
    } | more


def in_force(platform: StandInPlatform, account: str = "m1") -> list[str]:
    return [each.action for each in platform.standings[account].in_force.values()]


class TestSignatures:
    """The specification's own example, at its own time."""

    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    body = b'{"test": 2432232314}'
    now = datetime.fromtimestamp(1614265330, UTC)

    def test_fit_the_official_vector(self) -> None:
        got = verify(self.headers, self.body, secrets=[NEW, OLD], now=self.now)
        assert got == "msg_p5jXN8AQM9LWM0D4loKWxJek"

    def test_fit_when_one_of_several_does(self) -> None:
        several = "v1a,AAAA v1,nonsense " + self.headers["webhook-signature"]
        headers = self.headers | {"webhook-signature": several}
        assert verify(headers, self.body, secrets=[OLD], now=self.now)

    @pytest.mark.parametrize("away", [-300, 300])
    def test_are_good_for_five_minutes_both_ways(self, away: int) -> None:
        now = self.now + timedelta(seconds=away)
        assert verify(self.headers, self.body, secrets=[OLD], now=now)

    @pytest.mark.parametrize("away", [-301, 301])
    def test_are_refused_beyond(self, away: int) -> None:
        with pytest.raises(BadSignature, match="too far"):
            verify(
                self.headers,
                self.body,
                secrets=[OLD],
                now=self.now + timedelta(seconds=away),
            )

    @pytest.mark.parametrize(
        ("header", "value"),
        [
            ("webhook-id", ""),
            ("webhook-id", "msg_another"),
            ("webhook-timestamp", "soon"),
            ("webhook-timestamp", "9" * 40),
            ("webhook-timestamp", "1614265331"),
            ("webhook-signature", "v1"),
            ("webhook-signature", "v1,ÿ"),
            ("webhook-signature", "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ],
    )
    def test_are_refused_with_another_header(self, header: str, value: str) -> None:
        with pytest.raises(BadSignature):
            verify(self.headers | {header: value}, self.body, secrets=[OLD], now=self.now)

    @pytest.mark.parametrize("body", [b'{"test": 2432232315}', b"\xff"])
    def test_are_refused_with_another_body(self, body: bytes) -> None:
        with pytest.raises(BadSignature):
            verify(self.headers, body, secrets=[OLD], now=self.now)


class TestTheStandInPlatform:
    """It knows two secrets, and it is noon."""

    def test_bans_and_says_so(self, platform: StandInPlatform) -> None:
        answer = platform.handle(*signed(ban()))

        assert answer == Answer(200, {"status": "applied"})
        assert in_force(platform) == ["PERMANENT_BAN"]
        assert platform.state()["counts"] == {"enforcement.requested": {"applied": 1}}

    def test_takes_either_secret_while_one_is_rotated(self, platform: StandInPlatform) -> None:
        assert platform.handle(*signed(ban(), secret=NEW)).status == 200

    def test_refuses_a_third(self, platform: StandInPlatform) -> None:
        answer = platform.handle(*signed(ban(), secret=OTHER))

        assert answer.status == 401
        assert platform.state()["rejected_signatures"] == 1
        assert platform.standings == {}

    def test_answers_a_repeated_id_as_before_and_does_nothing(
        self, platform: StandInPlatform
    ) -> None:
        first = platform.handle(*signed(ban()))
        lift = ban(2, lifts="E-1")
        platform.handle(*signed(lift, kind="enforcement.lifted", id="msg_2"))
        again = platform.handle(*signed(ban(), at=NOON + timedelta(0)))

        assert again == first
        assert in_force(platform) == []
        state = platform.state()
        assert state["duplicates"] == 1
        assert state["counts"]["enforcement.requested"] == {"applied": 1}

    def test_refuses_a_known_id_with_another_body(self, platform: StandInPlatform) -> None:
        platform.handle(*signed(ban()))
        assert platform.handle(*signed(ban(9))).status == 422
        assert platform.standings["m1"].sequence == 1

    def test_obeys_only_a_higher_sequence(self, platform: StandInPlatform) -> None:
        lift = ban(2, lifts="E-1")
        platform.handle(*signed(lift, kind="enforcement.lifted", id="msg_2"))
        late = platform.handle(*signed(ban(1), id="msg_1"))
        equal = platform.handle(*signed(ban(2), id="msg_3"))

        ignored = Answer(200, {"status": "ignored", "reason": "stale sequence"})
        assert (late, equal) == (ignored, ignored)
        assert in_force(platform) == []
        assert platform.state()["stale"] == 2
        assert platform.state()["counts"]["enforcement.requested"] == {"ignored": 2}

    def test_keeps_sequences_by_account(self, platform: StandInPlatform) -> None:
        platform.handle(*signed(ban(7)))
        answer = platform.handle(*signed(ban(1, account="m2"), id="msg_2"))
        assert answer.body["status"] == "applied"

    def test_remembers_until_when(self, platform: StandInPlatform) -> None:
        order = ban(action="TEMPORARY_BAN", until="2026-03-12T12:00:00Z")
        platform.handle(*signed(order))
        assert platform.state()["standings"]["m1"] == {
            "sequence": 1,
            "latest": "E-1",
            "in_force": [
                {
                    "enforcement": "E-1",
                    "action": "TEMPORARY_BAN",
                    "until": "2026-03-12T12:00:00Z",
                    "policy": "BULK_MESSAGING",
                }
            ],
            "history": ["1 TEMPORARY_BAN"],
        }

    def test_delivers_notifications_and_challenges(self, platform: StandInPlatform) -> None:
        told = {
            "notification": "N-1",
            "account": "m1",
            "locale": "hi-IN",
            "subject": "Your account is banned",
            "text": "…",
            "link": "https://example.org/a",
        }
        platform.handle(*signed(told, kind="notification.requested"))
        asked = {"challenge": "H-1", "account": "m1", "code": "123456"}
        platform.handle(*signed(asked, kind="challenge.requested", id="msg_2"))

        state = platform.state()
        assert state["notifications"]["m1"][0]["subject"] == "Your account is banned"
        assert state["challenges"] == {"m1": ["123456"]}

    @pytest.mark.parametrize(
        ("data", "kind"),
        [
            (ban(), "enforcement.imagined"),
            ({"sequence": 1}, "enforcement.requested"),
            (ban(sequence=True), "enforcement.requested"),
            (ban(action=""), "enforcement.requested"),
            (ban(), "enforcement.lifted"),
            ([], "enforcement.requested"),
        ],
    )
    def test_refuses_what_it_does_not_understand(
        self, platform: StandInPlatform, data: Any, kind: str
    ) -> None:
        assert platform.handle(*signed(data, kind=kind)).status == 400
        assert platform.standings == {}

    def test_needs_a_real_secret(self) -> None:
        for secrets in ([], ["whsec_"], ["whsec_%%%"], ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]):
            with pytest.raises(ValueError, match="secret"):
                StandInPlatform(secrets)


class TestItsMoods:
    """It can be told to behave badly."""

    def test_acknowledges_without_saying_that_it_is_done(self, platform: StandInPlatform) -> None:
        platform.change_mood({"answer": "acknowledge"})

        assert platform.handle(*signed(ban())) == Answer(202, {"status": "accepted"})
        assert in_force(platform) == ["PERMANENT_BAN"]

    def test_takes_its_time(self, platform: StandInPlatform, clock: Clock) -> None:
        platform.change_mood({"slow_ms": 250})
        platform.handle(*signed(ban()))
        assert clock.slept == [0.25]

    def test_fails_always_at_a_rate_of_one_and_sometimes_after_obeying(
        self, platform: StandInPlatform
    ) -> None:
        platform.change_mood({"fail_rate": 1})
        orders = [signed(ban(n, account=f"m{n}"), id=f"msg_{n}") for n in range(1, 41)]
        assert {platform.handle(*order).status for order in orders} == {503}
        obeyed = len(platform.standings)
        assert 0 < obeyed < 40

        platform.change_mood({"fail_rate": 0})
        for order in orders:
            assert platform.handle(*order).body["status"] == "applied"
        assert platform.state()["counts"]["enforcement.requested"] == {"applied": 40}
        assert platform.duplicates == obeyed

    def test_fails_about_as_often_as_told(self, platform: StandInPlatform) -> None:
        platform.change_mood({"fail_rate": 0.3})
        orders = [signed(ban(n, account=f"m{n}"), id=f"msg_{n}") for n in range(1, 401)]
        failed = sum(platform.handle(*order).status == 503 for order in orders)
        assert 80 < failed < 160

    def test_flaps(self, platform: StandInPlatform, clock: Clock) -> None:
        platform.change_mood({"flap_s": 10})
        statuses = []
        for n in range(1, 5):
            statuses.append(platform.handle(*signed(ban(n), id=f"msg_{n}", at=clock.at)).status)
            clock.at += timedelta(seconds=10)
        assert statuses == [503, 200, 503, 200]

    @pytest.mark.parametrize(
        "wishes",
        [
            {"slow_ms": -1},
            {"slow_ms": "long"},
            {"slow_ms": float("nan")},
            {"fail_rate": 1.1},
            {"fail_rate": True},
            {"answer": "perhaps"},
            {"speed": 1},
            [],
        ],
    )
    def test_refuses_a_mood_that_it_cannot_be_in(
        self, platform: StandInPlatform, wishes: Any
    ) -> None:
        with pytest.raises(BadMood):
            platform.change_mood(wishes)
        assert platform.mood == Mood()


class TestOverHttp:
    """It listens on this machine, on a free port, by the machine's own clock."""

    def test_answers_shows_and_changes_its_mood(self) -> None:
        platform = StandInPlatform([OLD])
        with serving(platform) as server, httpx.Client(base_url=server.url) as client:
            headers, body = signed(ban(account="<b>m1</b>"), at=datetime.now(UTC))
            assert client.post("/", content=body, headers=headers).json() == {"status": "applied"}
            assert client.get("/state.json").json()["standings"]["<b>m1</b>"]["sequence"] == 1
            page = client.get("/")
            assert page.headers["content-type"] == "text/html; charset=utf-8"
            assert "&lt;b&gt;m1&lt;/b&gt;" in page.text
            assert "<b>m1</b>" not in page.text
            assert "PERMANENT_BAN" in page.text
            assert client.post("/mode", json={"fail_rate": 1}).json()["fail_rate"] == 1
            assert client.post("/", content=body, headers=headers).status_code == 503
            assert client.post("/mode", json={"fail_rate": 2}).status_code == 400
            assert client.get("/nowhere").status_code == 404

    def test_refuses_what_is_too_big_or_of_unknown_length(self) -> None:
        with serving(StandInPlatform([OLD])) as server:
            big = httpx.post(server.url, content=b"x" * 70_000)
            assert big.status_code == 413
            endless = httpx.post(server.url, content=iter([b"x"]))
            assert endless.status_code == 411

    def test_changes_its_mood_for_nobody_elses_page(self) -> None:
        platform = StandInPlatform([OLD])
        with serving(platform) as server:
            form = httpx.post(f"{server.url}mode", content=b'{"fail_rate": 1}')
            named = httpx.post(
                f"{server.url}mode", json={"fail_rate": 1}, headers={"Host": "elsewhere.example"}
            )
            assert (form.status_code, named.status_code) == (415, 415)
        assert platform.mood.fail_rate == 0
