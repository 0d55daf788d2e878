import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from reviewapp.demo import replaying
from reviewapp.demo.copenhagen import DEFAULT_START, header_of
from reviewapp.demo.recording import BadRecording
from tests.demo.product import KEY, Product, product_running

DATA = Path(__file__).parents[3] / "shared" / "data"

needs_the_study = pytest.mark.skipif(
    not (DATA / "cns_sms.csv").is_file(),
    reason="the Copenhagen study's files are not in ../shared/data",
)

ITEM = {
    "id": "e1",
    "account": "m1",
    "stage": "MESSAGING",
    "kind": "message.sent",
    "occurred_at": "2026-03-10T12:00:00Z",
    "data": {"recipients": 1},
}
DETECTION = {"id": "d1", "account": "m1", "detector": "x", "verdict": "REVIEW"}


@pytest.fixture
def product() -> Iterator[Product]:
    with product_running() as running:
        yield running


def written(folder: Path, name: str, *lines: Any) -> Path:
    path = folder / name
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    path.write_text(text + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def study() -> replaying.Judged:
    return replaying.judge(replaying.read([DATA], start=DEFAULT_START))


@needs_the_study
class TestTheCopenhagenStudy:
    """28 days of real texts and calls, all of them of ordinary people."""

    def test_has_608_accounts_in_texts_and_calls(self, study: replaying.Judged) -> None:
        assert len(study.recording.accounts) == 608
        named = {row["account"] for row in study.recording.evidence} | {
            row["data"]["recipient"] for row in study.recording.evidence
        }
        assert named == {row["id"] for row in study.recording.accounts}

    def test_has_every_message_and_call_under_an_id_of_its_own(
        self, study: replaying.Judged
    ) -> None:
        evidence = study.recording.evidence
        assert Counter(row["kind"] for row in evidence) == {
            "message.sent": 24_333,
            "call.made": 3_600,
        }
        assert len({row["id"] for row in evidence}) == 27_933
        bodies = Counter(
            (row["account"], row["occurred_at"], row["data"]["recipient"])
            for row in evidence
            if row["kind"] == "message.sent"
        )
        assert sum(bodies.values()) - len(bodies) == 21

    def test_names_file_and_line(self, study: replaying.Judged) -> None:
        by_id = {row["id"]: row for row in study.recording.evidence}
        # The first row after the header: 18 s after the start, 370 writes to 512.
        first = by_id["cns_sms.csv:2"]
        assert (first["account"], first["data"]["recipient"]) == ("cns-370", "cns-512")
        assert first["occurred_at"] == "2026-01-05T00:00:18.000+01:00"

    def test_knows_missed_calls(self, study: replaying.Judged) -> None:
        by_id = {row["id"]: row for row in study.recording.evidence}
        assert by_id["cns_calls.csv:2"]["data"]["duration_s"] == 121
        assert by_id["cns_calls.csv:2"]["data"]["answered"] is True
        assert by_id["cns_calls.csv:5"]["data"]["duration_s"] == 0
        assert by_id["cns_calls.csv:5"]["data"]["answered"] is False

    def test_invents_no_strangers(self, study: replaying.Judged) -> None:
        for row in study.recording.evidence:
            assert not {"strangers", "typing"} & set(row["data"])
        account = study.recording.accounts[0]
        assert "not the phone's contacts" in account["attributes"]["about_friends"]

    def test_queues_four_ordinary_people_and_nobody_else(self, study: replaying.Judged) -> None:
        found = study.recording.detections
        assert {row["account"] for row in found} == {"cns-279", "cns-296", "cns-481", "cns-617"}
        assert len(found) == 4
        assert {(row["detector"], row["verdict"]) for row in found} == {("hourly-rate", "REVIEW")}
        # Counted here by the raw file, each way, not by the detector.
        correspondents: dict[str, set[str]] = defaultdict(set)
        for line in (DATA / "cns_sms.csv").read_text().splitlines()[1:]:
            _, sender, recipient = line.split(",")
            correspondents[f"cns-{sender}"].add(recipient)
            correspondents[f"cns-{recipient}"].add(sender)
        assert all(len(correspondents[row["account"]]) <= 10 for row in found)

    def test_runs_only_the_detector_whose_inputs_it_has(self, study: replaying.Judged) -> None:
        assert study.ran == ["hourly-rate"]
        assert len(study.lacked_inputs) > 5

    def test_leaves_other_csv_files_alone(self) -> None:
        assert header_of(DATA / "bad-asn-list.csv") == ("ASN", "Entity")

    def test_goes_through_the_door_and_again_as_duplicates(
        self, product: Product, capsys: pytest.CaptureFixture[str]
    ) -> None:
        call_command("replay", str(DATA), url=product.url, key=KEY)
        said = capsys.readouterr().out
        assert "evidence: 27,933 accepted, 0 known already, 0 rejected" in said
        assert "accounts: 608 accepted" in said
        assert "Cases: 4" in said

        call_command("replay", str(DATA), url=product.url, key=KEY)
        assert "evidence: 0 accepted, 27,933 known already" in capsys.readouterr().out


class TestReadingTheStudy:
    """Files with its headers, whatever they are called."""

    def test_takes_the_start_that_it_is_given(self, tmp_path: Path) -> None:
        path = written(tmp_path, "texts.csv", "timestamp,sender,recipient", "60,1,2")
        start = datetime.fromisoformat("2026-03-01T12:00:00+00:00")
        (row,) = replaying.read([path], start=start).evidence
        assert row["id"] == "texts.csv:2"
        assert row["occurred_at"] == "2026-03-01T12:01:00.000+00:00"

    def test_says_nothing_of_friends_that_it_was_not_told(self, tmp_path: Path) -> None:
        texts = written(tmp_path, "texts.csv", "timestamp,sender,recipient", "60,1,2")
        alone = replaying.read([texts], start=DEFAULT_START)
        assert "declared_friend" not in alone.evidence[0]["data"]

        friends = written(tmp_path, "friends.csv", "# user_a,user_b", "2,1", "1,9")
        recording = replaying.read([texts, friends], start=DEFAULT_START)
        assert recording.evidence[0]["data"]["declared_friend"] is True
        assert [row["id"] for row in recording.accounts] == ["cns-1", "cns-2"]
        assert recording.accounts[0]["attributes"]["declared_friends"] == 2

    @pytest.mark.parametrize(
        ("lines", "said"),
        [
            (["ASN,Entity", "1,x"], "not a file of the Copenhagen study"),
            (["timestamp,sender,recipient", "1,2"], "line 2: expected 3 whole numbers"),
            (["timestamp,sender,recipient", "1,2,3", "x,2,3"], "line 3: expected 3 whole"),
            (["timestamp,sender,recipient", "-5,2,3"], "line 2: -5 s is outside the study"),
            (["timestamp,sender,recipient", "1,2,3\0"], "line 2"),
            ([""], "not a file of the Copenhagen study"),
        ],
    )
    def test_refuses_what_is_not_of_it(self, tmp_path: Path, lines: list[str], said: str) -> None:
        path = written(tmp_path, "texts.csv", *lines)
        with pytest.raises(BadRecording, match=said):
            replaying.read([path], start=DEFAULT_START)

    def test_refuses_other_encodings(self, tmp_path: Path) -> None:
        path = tmp_path / "texts.csv"
        path.write_bytes(b"timestamp,sender,recipient\n1,2,3\n\xff\xfe")
        with pytest.raises(BadRecording, match=r"texts\.csv"):
            replaying.read([path], start=DEFAULT_START)

    def test_refuses_an_empty_folder(self, tmp_path: Path) -> None:
        with pytest.raises(BadRecording, match="no file of the Copenhagen study"):
            replaying.read([tmp_path], start=DEFAULT_START)


class TestReadingNdjson:
    """A line is an item, or names its call around it."""

    def test_tells_the_calls_apart(self, tmp_path: Path) -> None:
        path = written(
            tmp_path,
            "rows.ndjson",
            ITEM,
            "",
            {"account": {"id": "m1"}},
            {"evidence": ITEM | {"id": "e2"}},
            {"detection": DETECTION},
        )
        recording = replaying.read([path], start=DEFAULT_START)
        assert [row["id"] for row in recording.evidence] == ["e1", "e2"]
        assert recording.accounts == [{"id": "m1"}]
        assert recording.detections == [DETECTION]

    def test_leaves_the_detections_that_it_brings(self, tmp_path: Path) -> None:
        path = written(tmp_path, "rows.ndjson", ITEM, {"detection": DETECTION})
        judged = replaying.judge(replaying.read([path], start=DEFAULT_START))
        assert (judged.ran, judged.recording.detections) == ([], [DETECTION])

    def test_leaves_bad_rows_to_the_product(self, tmp_path: Path) -> None:
        path = written(
            tmp_path,
            "rows.ndjson",
            ITEM | {"occurred_at": "yesterday"},
            ITEM | {"occurred_at": "2026-03-10T12:00:00"},
            ITEM | {"account": 7},
            ITEM | {"data": []},
        )
        judged = replaying.judge(replaying.read([path], start=DEFAULT_START))
        assert len(judged.recording.evidence) == 4
        assert judged.recording.detections == []

    def test_says_so_where_the_detectors_cannot_read_it(self, tmp_path: Path) -> None:
        batch = ITEM | {"kind": "message.batch", "data": {"count": "many"}}
        path = written(tmp_path, "rows.ndjson", ITEM, batch)
        with pytest.raises(BadRecording, match="detectors cannot read"):
            replaying.judge(replaying.read([path], start=DEFAULT_START))

    @pytest.mark.parametrize("line", ["{", "[]", "7", '{"id": "m1"}', "[" * 100_000])
    def test_names_the_line_that_is_none(self, tmp_path: Path, line: str) -> None:
        path = written(tmp_path, "rows.ndjson", ITEM, line)
        with pytest.raises(BadRecording, match=r"rows\.ndjson, line 2"):
            replaying.read([path], start=DEFAULT_START)


class TestTheReplayCommand:
    """What goes wrong is one line and a failure."""

    def refused(self, *args: str, **options: Any) -> str:
        with pytest.raises(CommandError) as refusal:
            call_command("replay", *args, **options)
        text = str(refusal.value)
        assert "\n" not in text
        return text

    def test_sends_ndjson(
        self, tmp_path: Path, product: Product, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = written(tmp_path, "rows.ndjson", ITEM, {"detection": DETECTION})
        call_command("replay", str(path), url=product.url, key=KEY)
        said = capsys.readouterr()
        assert "evidence: 1 accepted, 0 known already, 0 rejected" in said.out
        assert "Cases: 1" in said.out
        assert list(product.rows["evidence"]) == ["e1"]

    def test_takes_the_key_from_the_environment(
        self, tmp_path: Path, product: Product, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("REVIEWAPP_API_KEY", KEY)
        call_command("replay", str(written(tmp_path, "rows.ndjson", ITEM)), url=product.url)
        assert list(product.rows["evidence"]) == ["e1"]

    def test_needs_a_key(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("REVIEWAPP_API_KEY", raising=False)
        assert "REVIEWAPP_API_KEY" in self.refused(str(tmp_path))

    def test_needs_the_right_key(self, tmp_path: Path, product: Product) -> None:
        path = str(written(tmp_path, "rows.ndjson", ITEM))
        assert "refused the key" in self.refused(path, url=product.url, key="wrong")

    def test_needs_the_file(self, tmp_path: Path) -> None:
        for name in ("gone.csv", "gone.ndjson"):
            said = self.refused(str(tmp_path / name), key=KEY)
            assert "cannot be read: No such file or directory." in said

    def test_needs_somebody_who_listens(self, tmp_path: Path) -> None:
        with product_running() as gone:
            url = gone.url
        path = str(written(tmp_path, "rows.ndjson", ITEM))
        assert "cannot be reached" in self.refused(path, url=url, key=KEY, patience=0)

    def test_fails_when_a_row_is_rejected_after_sending_the_rest(
        self, tmp_path: Path, product: Product
    ) -> None:
        path = written(tmp_path, "rows.ndjson", ITEM, ITEM | {"id": "bad1"})
        said = self.refused(str(path), url=product.url, key=KEY)
        assert said == "1 rows were rejected, the first of them bad1: /id Is bad."
        assert list(product.rows["evidence"]) == ["e1"]

    def test_needs_a_start_with_an_offset(self, tmp_path: Path) -> None:
        for start in ("2026-03-01T00:00:00", "soon"):
            said = self.refused(str(tmp_path), "--start", start, key=KEY)
            assert "not an RFC 3339 time with an offset" in said


class TestThePlatformCommand:
    def test_refuses_what_it_cannot_be(self) -> None:
        secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        for arguments, said in (
            (["--secret", "hunter2"], "secret"),
            (["--secret", secret, "--fail-rate", "2"], "fail_rate is between 0 and 1"),
            (["--secret", secret, "--port", "99999"], "port"),
        ):
            with pytest.raises(CommandError, match=said):
                call_command("platform", *arguments)

    def test_refuses_a_port_that_is_taken(self, product: Product) -> None:
        port = str(product.server_address[1])
        with pytest.raises(CommandError, match="cannot be used"):
            call_command(
                "platform", "--secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "--port", port
            )
