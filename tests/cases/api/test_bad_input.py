"""What the doors for machines answer to what they cannot use: never a 500, never half a row."""

import json
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.models import Account, Detection, EvidenceItem
from reviewapp.staff.models import Scope, Source
from tests.cases.sending import a_ban, a_detection, an_account, an_item, post, send
from tests.conftest import client_with
from tests.factories import create_key

pytestmark = pytest.mark.django_db

BATCHES = {"accounts": an_account, "evidence": an_item, "detections": a_detection}
each_batch = pytest.mark.parametrize("what", BATCHES)


def is_problem(answer: Any, status: int) -> dict[str, Any]:
    """The answer's problem, after looking that it is one."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found["status"] == status
    assert found["detail"]
    return found


@each_batch
class TestABodyThatIsNoBatch:
    @pytest.mark.parametrize(
        "body",
        [
            b" ",
            b"{",
            b'{"items": [}',
            b'{"items": [{"id": NaN}]}',
            b"\xff\xfe{}",
            b'{"items": [{"id": "\xff"]}',
            b'{"items": [' + b"[" * 100_000,
            b'{"items": [' + b'{"data":' * 50_000,
            b'{"items": [' + b"[" * 2_000 + b"]" * 2_000 + b"]}",
        ],
    )
    def test_is_malformed(self, api: Client, what: str, body: bytes) -> None:
        assert is_problem(post(api, what, body), 400)["code"] == "malformed"

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            (b"[]", ""),
            (b"7", ""),
            (b"[" * 100_000, ""),
            (b"{}", ""),
            (b'{"items": {}}', "/items"),
            (b'{"items": null}', "/items"),
            (b'{"items": [], "and": 1}', ""),
        ],
    )
    def test_is_told_what_is_expected(
        self, api: Client, what: str, body: bytes, pointer: str
    ) -> None:
        found = is_problem(post(api, what, body), 422)

        assert found["errors"][0]["pointer"] == pointer

    def test_holds_rows_of_another_kind(self, api: Client, what: str) -> None:
        found = is_problem(send(api, what, 1, None, "x", [], {}), 422)

        assert [row["index"] for row in found["rejected"]] == [0, 1, 2, 3, 4]
        assert found["errors"][0]["pointer"] == "/items/0"

    def test_holds_nothing(self, api: Client, what: str) -> None:
        answer = send(api, what)

        assert answer.status_code == 200
        assert answer.json()["accepted"] == 0


class TestABatchThatIsTooLong:
    @pytest.mark.parametrize(
        ("what", "most"), [("accounts", 1_000), ("evidence", 5_000), ("detections", 1_000)]
    )
    def test_is_refused_whole(self, api: Client, what: str, most: int) -> None:
        found = is_problem(send(api, what, *[{}] * (most + 1)), 413)

        assert f"{most:,} are allowed" in found["detail"]

    @pytest.mark.parametrize("body", [b"{}\n" * 5_001, b"\n" * 1_000_000])
    def test_of_lines_is_refused_whole(self, api: Client, body: bytes) -> None:
        is_problem(post(api, "evidence", body, "application/x-ndjson"), 413)


@each_batch
class TestABodyThatIsNotRead:
    """It is refused for what is said about it."""

    def test_without_a_length(self, api: Client, what: str) -> None:
        is_problem(post(api, what, b"{}", CONTENT_LENGTH=""), 411)

    def test_larger_than_allowed(self, api: Client, what: str) -> None:
        class Unreadable(BytesIO):
            def read(self, *args: object) -> bytes:
                raise AssertionError("The body was read.")

        extra: dict[str, Any] = {
            "CONTENT_LENGTH": str(16 * 1024 * 1024 + 1),
            "wsgi.input": Unreadable(),
        }
        is_problem(post(api, what, b"{}", **extra), 413)

    @pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", ""])
    def test_of_another_content_type(self, api: Client, what: str, kind: str) -> None:
        is_problem(post(api, what, b"{}", kind), 415)

    def test_shorter_than_announced(self, api: Client, what: str) -> None:
        extra: dict[str, Any] = {"CONTENT_LENGTH": "50", "wsgi.input": BytesIO(b"{}")}
        is_problem(post(api, what, b"{}", **extra), 400)


def test_ndjson_is_for_evidence_alone(api: Client) -> None:
    is_problem(post(api, "detections", b"{}", "application/x-ndjson"), 415)


@each_batch
class TestAKey:
    def test_is_asked_for(self, client: Client, what: str) -> None:
        is_problem(send(client, what), 401)

    def test_that_nobody_gave_out_opens_nothing(self, what: str) -> None:
        is_problem(send(client_with("rk_made_up"), what), 401)

    def test_of_another_scope_opens_nothing_here(self, source: Source, what: str) -> None:
        scopes = [scope for scope in Scope.values if scope != Scope.INTAKE]
        key = create_key(source=source, scopes=scopes, at=timezone.now())

        assert "intake" in is_problem(send(client_with(key.secret), what), 403)["detail"]

    def test_whose_time_is_up_opens_nothing(self, source: Source, what: str) -> None:
        now = timezone.now()
        key = create_key(
            source=source, at=now - timedelta(days=2), expires_at=now - timedelta(days=1)
        )

        is_problem(send(client_with(key.secret), what), 401)


class TestAKeyForReading:
    @pytest.mark.parametrize(
        ("path", "scope"),
        [
            ("accounts/acc-1", "read"),
            ("accounts/acc-1/timeline", "read"),
            ("cases", "read"),
            ("cases/C-000000", "read"),
            ("enforcements/E-000000", "read"),
            ("decisions", "read"),
            ("labels", "feedback"),
        ],
    )
    def test_needs_its_scope(self, source: Source, path: str, scope: str) -> None:
        key = create_key(source=source, scopes=[Scope.INTAKE], at=timezone.now())

        answer = client_with(key.secret).get(f"/api/v1/{path}")

        assert scope in is_problem(answer, 403)["detail"]

    def test_needs_the_scope_platform_to_confirm(self, source: Source) -> None:
        key = create_key(source=source, scopes=[Scope.INTAKE], at=timezone.now())

        answer = post(client_with(key.secret), "enforcements/E-000000/confirmation", b"{}")

        assert "platform" in is_problem(answer, 403)["detail"]


class TestUnicodeInPaths:
    @pytest.mark.parametrize(
        "path",
        [
            "accounts/%00",
            "accounts/%F0%9F%95%8A",
            "accounts/%ED%A0%80",
            "accounts/%FF%FE/timeline",
            "accounts/..%2F..%2Fetc",
            "cases/%E0%A4%95",
            "cases/C-%00",
            "cases/" + "C" * 5_000,
            "enforcements/%C2%85",
            "enforcements/00000000-0000-0000-0000-000000000000",
        ],
    )
    def test_names_nothing(self, api: Client, path: str) -> None:
        is_problem(api.get(f"/api/v1/{path}"), 404)

    def test_forgives_what_a_hand_writes(self, api: Client) -> None:
        ref = send(api, "detections", a_detection()).json()["results"][0]["case"]

        assert api.get(f"/api/v1/cases/{ref.lower().replace('-', '')}").status_code == 200


class TestQueryStrings:
    @pytest.mark.parametrize(
        ("query", "pointer"),
        [
            ("cases?state=SLEEPING", "state"),
            ("cases?queue=%00", "queue"),
            ("cases?after=made-up", "after"),
            ("cases?limit=0", "limit"),
            ("cases?limit=501", "limit"),
            ("cases?limit=ten", "limit"),
            ("decisions?from=2026-03-01", "from"),
            ("decisions?to=2026-03-01T00:00:00", "to"),
            ("decisions?from=%F0%9F%95%8A", "from"),
            ("decisions?from=0001-01-01T00:00:00%2B23:59", "from"),
            ("decisions?to=9999-12-31T23:59:59-23:59", "to"),
            ("decisions?to=9999-12-31T23:59:59-00:01", "to"),
            ("labels?after=-1", "after"),
            ("decisions?after=made-up", "after"),
            ("decisions?after=99999999999999999999", "after"),
            ("labels?after=99999999999999999999", "after"),
            ("labels?limit=1001", "limit"),
        ],
    )
    def test_are_told_which_value_is_wrong(self, api: Client, query: str, pointer: str) -> None:
        found = is_problem(api.get(f"/api/v1/{query}"), 422)

        assert found["errors"][0]["pointer"] == pointer

    def test_take_an_offset_whose_plus_was_not_escaped(self, api: Client) -> None:
        assert api.get("/api/v1/decisions?from=2026-03-01T00:00:00+05:30").status_code == 200


class TestAnErasedPerson:
    """Their key was destroyed. What comes later must not take the rest of the batch with it."""

    @pytest.fixture(autouse=True)
    def erased(self, api: Client) -> None:
        send(api, "accounts", an_account())
        Account.objects.update(wrapped_key=b"")

    @pytest.mark.parametrize(
        ("what", "row", "other"),
        [
            ("accounts", an_account(display_name="M"), an_account(id="acc-2")),
            ("evidence", an_item(data={"note": "hello"}), an_item(id="2", account="acc-2")),
            ("detections", a_detection(), a_detection(id="2", account="acc-2")),
            ("detections", a_ban(reasons=[], notify=True), a_ban(id="2", account="acc-2")),
        ],
    )
    def test_is_not_spoken_of_any_more(
        self, api: Client, what: str, row: dict[str, Any], other: dict[str, Any]
    ) -> None:
        answer = send(api, what, row, other)

        assert answer.json()["accepted"] == 1
        [rejected] = answer.json()["rejected"]
        assert (rejected["index"], "erased" in rejected["errors"][0]["detail"]) == (0, True)

    def test_still_did_what_they_did(self, api: Client) -> None:
        plain = an_item(data={"recipients": 3})

        assert send(api, "evidence", plain).json()["accepted"] == 1
        assert send(api, "detections", a_detection(reasons=[])).json()["accepted"] == 1


# Anything at all

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers()
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
anything = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@st.composite
def changed_rows(draw: st.DrawFn, row: dict[str, Any]) -> dict[str, Any]:
    """A row with some of its fields replaced by anything."""
    fields = draw(st.lists(st.sampled_from([*row, "data", "until", "nonsense"]), max_size=3))
    return row | {field: draw(json_values) for field in fields}


class TestAnythingAtAll:
    """Whatever comes is answered, and what is answered is what was kept."""

    def answered(self, api: Client, what: str, body: bytes, kind: str = "application/json") -> None:
        answer = post(api, what, body, kind)
        assert answer.status_code in (200, 400, 411, 422), answer.content
        if answer.status_code == 200:
            found = answer.json()
            assert set(found) == {"accepted", "duplicates", "rejected", "results"}

    @anything
    @given(what=st.sampled_from(sorted(BATCHES)), body=st.binary(max_size=200))
    def test_of_bytes(self, api: Client, what: str, body: bytes) -> None:
        self.answered(api, what, body)
        self.answered(api, "evidence", body, "application/x-ndjson")

    @anything
    @given(what=st.sampled_from(sorted(BATCHES)), rows=st.lists(json_values, max_size=3))
    def test_of_rows(self, api: Client, what: str, rows: list[Any]) -> None:
        self.answered(api, what, json.dumps({"items": rows}).encode())

    @anything
    @given(data=st.data())
    def test_of_rows_that_are_nearly_right(self, api: Client, data: st.DataObject) -> None:
        what, row = data.draw(
            st.sampled_from(
                [
                    ("accounts", an_account()),
                    ("evidence", an_item()),
                    ("detections", a_detection()),
                    ("detections", a_ban()),
                ]
            )
        )
        rows = data.draw(st.lists(changed_rows(row), min_size=1, max_size=3))

        self.answered(api, what, json.dumps({"items": rows}).encode())

    @anything
    @given(rows=st.lists(changed_rows(an_item()), min_size=1, max_size=6))
    def test_counts_every_row_once(self, api: Client, rows: list[dict[str, Any]]) -> None:
        before = EvidenceItem.objects.count()

        found = send(api, "evidence", *rows).json()

        assert EvidenceItem.objects.count() - before == found["accepted"]
        assert found["accepted"] + found["duplicates"] + len(found["rejected"]) == len(rows)

    @anything
    @given(rows=st.lists(changed_rows(a_detection()), min_size=1, max_size=6))
    def test_tells_where_every_valid_detection_ended_up(
        self, api: Client, rows: list[dict[str, Any]]
    ) -> None:
        before = Detection.objects.count()

        found = send(api, "detections", *rows).json()

        assert Detection.objects.count() - before == found["accepted"]
        assert len(found["results"]) == found["accepted"] + found["duplicates"]
        assert Account.objects.count() >= (1 if found["accepted"] else 0)

    @anything
    @given(body=json_values)
    def test_of_confirmations(self, api: Client, body: Any) -> None:
        answer = post(api, "enforcements/E-000000/confirmation", json.dumps(body).encode())

        assert answer.status_code in (400, 404, 422)
