"""What the client makes of answers that no platform should give, and of none."""

import socket
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import repeat

import pytest

from cases.delivering import KEPT_OF_ANSWER, Answer, Result
from cases.platform import HttpPlatform
from reviewapp.demo.platform import StandInPlatform, serving
from tests.cases.platform.odd import answering, response
from tests.cases.platform.platforms import NEW, OLD, OverHttp, order

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def ask(url: str, *, seconds: float = 5) -> Answer:
    with closing(HttpPlatform(url, secrets=[OLD], seconds=seconds)) as platform:
        return platform.send(order(1))


class TestSigning:
    @pytest.mark.parametrize("known", [[OLD], [NEW], [OLD, NEW]])
    def test_fits_a_platform_that_knows_either_secret_while_one_is_rotated(
        self, known: list[str]
    ) -> None:
        standin = StandInPlatform(known)
        with serving(standin) as server:
            answer = OverHttp(standin, server, secrets=[NEW, OLD]).send(order(1))
        assert answer.result is Result.APPLIED

    def test_does_not_fit_one_that_knows_neither(self) -> None:
        standin = StandInPlatform([NEW])
        with serving(standin) as server:
            answer = OverHttp(standin, server, secrets=[OLD]).send(order(1))

        assert (answer.status, answer.result) == (401, Result.REFUSED)
        assert standin.state()["rejected_signatures"] == 1
        assert standin.standings == {}


class TestNoAnswer:
    def test_is_one_without_status_where_nobody_listens(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            answer = ask(f"http://127.0.0.1:{taken.getsockname()[1]}/")

        assert (answer.status, answer.result) == (None, Result.RETRY)
        assert "ConnectError" in answer.text

    def test_is_one_where_the_platform_hangs_up(self) -> None:
        with answering() as server:
            answer = ask(server.url)
        assert (answer.status, answer.result) == (None, Result.RETRY)

    def test_is_one_where_it_does_not_speak_http(self) -> None:
        with answering(b"220 mail.example ESMTP\r\n") as server:
            answer = ask(server.url)
        assert (answer.status, answer.result) == (None, Result.RETRY)

    def test_is_waited_for_so_long_and_no_longer(self) -> None:
        with answering(b"", b"", pause=2) as server:
            started = time.monotonic()
            answer = ask(server.url, seconds=0.2)

        assert time.monotonic() - started < 2
        assert (answer.status, answer.result) == (None, Result.RETRY)
        assert "Timeout" in answer.text
        assert 150 < answer.took_ms < 2000

    def test_is_one_where_it_breaks_off_in_the_middle(self) -> None:
        with answering(b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"status"') as server:
            answer = ask(server.url)
        assert (answer.status, answer.result) == (None, Result.RETRY)


class TestAnAnswer:
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_that_sends_elsewhere_is_not_followed(self, status: int) -> None:
        with answering(response(200)) as elsewhere:
            moved = response(status, f"Location: {elsewhere.url}")
            with answering(moved) as server:
                answer = ask(server.url)

        assert (answer.status, answer.result) == (status, Result.RETRY)
        assert elsewhere.asked == []

    @pytest.mark.parametrize(
        ("status", "result"),
        [
            (204, Result.ACKNOWLEDGED),
            (400, Result.REFUSED),
            (404, Result.REFUSED),
            (408, Result.RETRY),
            (409, Result.RETRY),
            (425, Result.RETRY),
            (429, Result.RETRY),
            (500, Result.RETRY),
            (503, Result.RETRY),
        ],
    )
    def test_is_final_or_tried_again_by_its_status(self, status: int, result: Result) -> None:
        with answering(response(status)) as server:
            assert ask(server.url).result is result

    def test_without_end_is_read_for_its_first_kilobyte(self) -> None:
        chunk = b"400\r\n" + b"x" * 1024 + b"\r\n"
        with answering(CHUNKED, *repeat(chunk, 100_000)) as server:
            answer = ask(server.url)
            assert server.hung_up.wait(5)

        assert answer.status == 200
        assert answer.kept == "x" * KEPT_OF_ANSWER
        assert len(answer.text) <= KEPT_OF_ANSWER + 1

    def test_that_only_drips_holds_nobody_up(self) -> None:
        with answering(CHUNKED, *repeat(b"1\r\nx\r\n", 100), pause=0.1) as server:
            started = time.monotonic()
            answer = ask(server.url, seconds=0.4)

        assert time.monotonic() - started < 2
        assert answer.status == 200
        assert set(answer.text) == {"x"}

    def test_may_say_after_how_many_seconds_to_ask_again(self) -> None:
        with answering(response(429, "Retry-After: 120")) as server:
            assert ask(server.url).retry_after == timedelta(minutes=2)

    def test_may_say_when_to_ask_again(self) -> None:
        at = datetime.now(UTC) + timedelta(hours=2)
        with answering(response(503, f"Retry-After: {format_datetime(at, usegmt=True)}")) as server:
            wait = ask(server.url).retry_after

        assert wait is not None
        assert timedelta(minutes=119) < wait <= timedelta(hours=2)

    @pytest.mark.parametrize(
        ("said", "meant"),
        [
            ("Tue, 10 Mar 2020 12:00:00 GMT", timedelta()),
            ("9" * 5000, timedelta(seconds=10**7)),
            ("Tue, 10 Mar 99999999999999999999 12:00:00 GMT", None),
            ("soon", None),
            ("-5", None),
            ("1.5", None),
            ("", None),
        ],
        ids=["past", "thousands of digits", "no year", "a word", "negative", "a part", "empty"],
    )
    def test_may_say_what_no_clock_shows(self, said: str, meant: timedelta | None) -> None:
        with answering(response(503, f"Retry-After: {said}")) as server:
            answer = ask(server.url)

        assert answer.status == 503
        assert answer.retry_after == meant
