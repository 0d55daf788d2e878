"""The doors for machines: what they take, what they answer, and what they refuse."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appeals import timing
from appeals.models import Appeal, Grievance, Statement
from cases.models import Account
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff import keying
from reviewapp.staff.models import Source
from tests.cases.factories import make_account, make_enforcement
from tests.conftest import client_with
from tests.factories import create_key

pytestmark = pytest.mark.django_db
HINDI = "मैंने कोई स्पैम नहीं भेजा।"


@pytest.fixture
def banned() -> Account:
    account = make_account(at=timezone.now() - timedelta(days=3))
    make_enforcement(account=account, at=timezone.now() - timedelta(days=2))
    return account


def file(api: Client, whose: Account, **row: Any) -> Any:
    body = {"id": "ap-1", "account": whose.external_id, **row}
    return api.post("/api/v1/appeals", body, content_type="application/json")


def complain(api: Client, **row: Any) -> Any:
    body = {
        "id": "gr-1", "channel": "EMAIL", "category": "ACCOUNT_SUPPORT",
        "received_at": "2026-02-20T00:00:00+05:30", "text": "No code comes.", **row,
    }  # fmt: skip
    return api.post("/api/v1/grievances", body, content_type="application/json")


class TestFilingAnAppeal:
    def test_answers_with_the_ticket_and_by_when(self, api: Client, banned: Account) -> None:
        answer = file(api, banned, ground="NOT_BULK_OR_AUTOMATED", text=HINDI, locale="hi")

        appeal = Appeal.objects.get()
        assert answer.status_code == 201
        assert answer.json() == {
            "appeal": appeal.ref,
            "state": "OPEN",
            "due_at": answer.json()["due_at"],
            "joined": False,
        }
        assert appeal.due_at == timing.end_of("P7D", since=appeal.received_at, jurisdiction="IN")
        assert appeal.identity_checked_at is not None
        assert Statement.objects.get().text() == HINDI

    def test_answers_a_retry_as_before(self, api: Client, banned: Account) -> None:
        first, again = file(api, banned), file(api, banned)

        assert again.status_code == 200
        assert again.json() == first.json()
        assert Statement.objects.count() == 1

    def test_refuses_another_body_under_the_same_id(self, api: Client, banned: Account) -> None:
        file(api, banned)

        answer = file(api, banned, text="Something else.")

        assert answer.status_code == 409
        assert answer.json()["errors"][0]["pointer"] == "/id"

    def test_joins_the_open_appeal(self, api: Client, banned: Account) -> None:
        first = file(api, banned)

        answer = file(api, banned, id="ap-2", text="Please hurry.")

        assert answer.status_code == 200
        assert answer.json() == {**first.json(), "joined": True}
        assert Appeal.objects.get().repeats == 1

    def test_takes_the_enforcement_by_ref_or_by_id(self, api: Client, banned: Account) -> None:
        enforcement = banned.enforcements.get()

        assert file(api, banned, enforcement=enforcement.ref).status_code == 201
        assert file(api, banned, id="2", enforcement=str(enforcement.pk)).status_code == 200

    def test_is_late_after_the_window(self, api: Client) -> None:
        account = make_account()
        make_enforcement(account=account, at=timezone.now() - timedelta(days=400))

        answer = file(api, account)

        assert (answer.status_code, answer.json()["state"]) == (201, "OUT_OF_TIME")

    @pytest.mark.parametrize(
        ("row", "pointer"),
        [
            ({"account": "nobody"}, "/account"),
            ({"account": ""}, "/account"),
            ({"account": "a\u202eb"}, "/account"),
            ({"enforcement": "E-000000"}, None),
            ({"enforcement": "7d6a5f0e-0000-7000-8000-000000000000"}, "/enforcement"),
            ({"ground": "BECAUSE"}, "/ground"),
            ({"text": "x" * 10_000}, "/text"),
            ({"text": "a\x00b"}, "/text"),
            ({"text": 7}, "/text"),
            ({"locale": "x" * 40}, "/locale"),
            ({"contact": "x" * 400}, "/contact"),
            ({"contact": "a@b\nBcc: c@d"}, "/contact"),
            ({"received_at": "2999-01-01T00:00:00Z"}, "/received_at"),
            ({"received_at": "yesterday"}, "/received_at"),
            ({"received_at": "2026-01-01T00:00:00"}, "/received_at"),
            ({"id": ""}, "/id"),
            ({"surprise": 1}, ""),
        ],
    )
    def test_says_what_is_wrong(
        self, api: Client, banned: Account, row: dict[str, Any], pointer: str | None
    ) -> None:
        answer = file(api, banned, **row)

        assert answer.status_code == (404 if pointer is None else 422), answer.content
        assert answer["Content-Type"] == "application/problem+json"
        if pointer is not None:
            assert answer.json()["errors"][0]["pointer"] == pointer
        assert not Appeal.objects.exists()
        assert not Statement.objects.exists()

    def test_keeps_scripts_as_words_and_drops_what_hides(
        self, api: Client, banned: Account
    ) -> None:
        assert file(api, banned, text="<script>\u202egnp.exe\u200b</script>").status_code == 201
        assert Statement.objects.get().text() == "<script>gnp.exe</script>"

    def test_may_say_nothing(self, api: Client, banned: Account) -> None:
        assert file(api, banned).status_code == 201

    def test_has_nothing_to_look_at_where_nothing_stands(self, api: Client) -> None:
        lifted = make_account()
        make_enforcement(account=lifted, state="LIFTED")

        for account in (lifted, make_account()):
            answer = file(api, account)
            assert (answer.status_code, answer.json()["code"]) == (409, "nothing-to-appeal")

    def test_tells_when_to_come_back(self, api: Client, banned: Account) -> None:
        answers = [file(api, banned, id=f"ap-{number}") for number in range(13)]

        assert answers[-1].status_code == 429
        assert int(answers[-1]["Retry-After"]) > 60

    @pytest.mark.parametrize("path", ["appeals", "grievances"])
    def test_needs_its_scope(self, source: Source, path: str) -> None:
        key: keying.Issued = create_key(source=source, at=timezone.now(), scopes=["intake"])

        answer = client_with(key.secret).post(
            f"/api/v1/{path}", {"id": "1"}, content_type="application/json"
        )

        assert answer.status_code == 403

    @settings(
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
        max_examples=30,
        deadline=None,
    )
    @given(
        row=st.dictionaries(
            st.sampled_from(["id", "account", "text", "contact", "received_at", "ground"]),
            st.one_of(st.text(max_size=20), st.none(), st.integers(), st.lists(st.text())),
        )
    )
    def test_answers_anything_at_all(self, api: Client, row: dict[str, Any]) -> None:
        for path in ("appeals", "grievances"):
            answer = api.post(f"/api/v1/{path}", row, content_type="application/json")
            assert 400 <= answer.status_code < 500


class TestSendingAGrievance:
    def test_answers_with_its_clocks(self, api: Client) -> None:
        answer = complain(api)

        assert answer.status_code == 201
        assert answer.json() == {
            "grievance": Grievance.objects.get().ref,
            "state": "OPEN",
            "acknowledge_by": "2026-02-20T18:30:00Z",
            "resolve_by": "2026-02-26T18:30:00Z",
            "appeal": None,
        }

    def test_answers_a_retry_as_before(self, api: Client) -> None:
        first, again = complain(api), complain(api)

        assert (again.status_code, again.json()) == (200, first.json())
        assert complain(api, category="SAFETY").status_code == 409

    def test_has_no_clock_before_there_was_a_law(self, api: Client) -> None:
        answer = complain(api, received_at="2021-05-25T12:00:00+05:30").json()

        assert (answer["acknowledge_by"], answer["resolve_by"]) == (None, None)

    def test_opens_the_appeal_that_it_contains(self, api: Client, banned: Account) -> None:
        answer = complain(
            api, category="BAN_APPEAL", account=banned.external_id, id="gr-2",
            received_at=timezone.now().isoformat(),
        ).json()  # fmt: skip

        assert answer["state"] == "IN_APPEAL"
        assert answer["appeal"] == Appeal.objects.get().ref

    @pytest.mark.parametrize(
        ("row", "pointer"),
        [
            ({"category": "ANGER"}, "/category"),
            ({"channel": "PIGEON"}, "/channel"),
            ({"rule_kind": "AUTHORITY_ORDER"}, "/rule_kind"),
            ({"account": "nobody"}, "/account"),
            ({"received_at": "2999-01-01T00:00:00Z"}, "/received_at"),
        ],
    )
    def test_says_what_is_wrong(self, api: Client, row: dict[str, Any], pointer: str) -> None:
        answer = complain(api, **row)

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == pointer


class TestReading:
    def test_tells_an_appeal_and_its_history(self, api: Client, banned: Account) -> None:
        ref = file(api, banned, text=HINDI, contact="meera@example.org").json()["appeal"]

        told = api.get(f"/api/v1/appeals/{ref.lower()}").json()

        assert told["account"] == banned.external_id
        assert told["state"] == "OPEN"
        assert [(each["id"], each["text"]) for each in told["statements"]] == [("ap-1", HINDI)]
        assert told["contact"] == "meera@example.org"
        assert {clock["name"]: clock["kept"] for clock in told["clocks"]} == {
            "ACK": None,
            "RESOLVE": None,
        }
        assert LedgerEntry.objects.filter(kind="appeal.viewed").count() == 1

    def test_keeps_what_is_personal_from_those_without_the_scope(
        self, api: Client, source: Source, banned: Account
    ) -> None:
        ref = file(api, banned, text=HINDI, contact="meera@example.org").json()["appeal"]
        grievance = complain(api, contact="meera@example.org").json()["grievance"]
        key = create_key(source=source, at=timezone.now(), scopes=["appeals"])
        plain = client_with(key.secret)

        for path in (f"appeals/{ref}", f"grievances/{grievance}"):
            told = plain.get(f"/api/v1/{path}").json()
            assert (told["contact"], told["statements"][0]["text"]) == (None, None)

    def test_tells_a_grievance(self, api: Client) -> None:
        ref = complain(api).json()["grievance"]

        told = api.get(f"/api/v1/grievances/{ref}").json()

        assert (told["category"], told["actioned"], told["resolution"]) == (
            "ACCOUNT_SUPPORT",
            False,
            "",
        )
        assert {clock["name"]: clock["kept"] for clock in told["clocks"]} == {
            "ACK": False,
            "RESOLVE": False,
        }

    @pytest.mark.parametrize("path", ["appeals/AP-000000", "grievances/x", "appeals/%00"])
    def test_finds_nothing_where_nothing_is(self, api: Client, path: str) -> None:
        assert api.get(f"/api/v1/{path}").status_code == 404
