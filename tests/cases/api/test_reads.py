"""What the doors for machines tell, and to whom."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from cases import claiming, deciding
from cases.enums import Action, Confidence, Outcome
from cases.models import Account, Case, Decision, Enforcement, PolicyClause
from reviewapp.kernel.encryption import pseudonym
from reviewapp.ledger import sealing
from reviewapp.ledger.models import LedgerEntry
from reviewapp.ledger.recording import Entry, record
from reviewapp.staff.models import Scope, Source, User
from tests.cases.sending import a_ban, a_detection, an_account, an_item, post, send
from tests.conftest import client_with
from tests.factories import create_key

pytestmark = pytest.mark.django_db


def get(api: Client, path: str) -> dict[str, Any]:
    answer = api.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def pages(api: Client, path: str, *, limit: int) -> list[dict[str, Any]]:
    """Every item of a list, page by page."""
    items: list[dict[str, Any]] = []
    after = ""
    while True:
        joint = "&" if "?" in path else "?"
        page = get(api, f"{path}{joint}limit={limit}" + (f"&after={quote(after)}" if after else ""))
        assert len(page["items"]) <= limit
        items += page["items"]
        if page["next"] is None:
            return items
        after = page["next"]


@pytest.fixture
def modest(source: Source) -> Client:
    """A client that may read, but not personal fields."""
    return client_with(create_key(source=source, scopes=[Scope.READ], at=timezone.now()).secret)


def seal() -> None:
    """Give what was recorded so far its place, as the sealer does within seconds."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    sealing.seal_pending(now=timezone.now())


def logged(decision: str) -> Entry:
    return Entry(
        kind="decision.made",
        actor="system",
        happened_at=timezone.now(),
        particulars={"decision": decision},
    )


def decide(case: Case, by: User, **changed: Any) -> Decision:
    now = timezone.now()
    claiming.take(case=case, by=by, now=now)
    case.refresh_from_db()
    clause = PolicyClause.objects.get(code=case.policies[0])
    said: dict[str, Any] = {
        "outcome": Outcome.VIOLATION,
        "action": Action.PERMANENT_BAN,
        "until": None,
        "clauses": [clause],
        "rationale": "Plain on the timeline.",
        "reason": "You wrote to many strangers.",
        "locale": "en",
        "confidence": Confidence.HIGH,
        "cited": [],
    } | changed
    return deciding.decide(case=case, by=by, at=now, seen_version=case.version, **said)


class TestAnAccount:
    """Meera's account, banned by automation, with a case that was open before."""

    @pytest.fixture(autouse=True)
    def known(self, api: Client) -> None:
        send(api, "accounts", an_account(), an_account(id="acc-2", phone="+919876543299"))
        send(api, "detections", a_detection(), a_ban())

    def test_is_told_whole_to_who_may_see_it(self, api: Client) -> None:
        found = get(api, "accounts/acc-1")

        assert found["phone"] == "+919876543210"
        assert found["display_name"] == "Meera"
        assert found["attributes"] == {"client": "android 2.26"}
        assert found["registered_at"] == "2026-02-01T03:00:00Z"
        assert found["open_case"] == Case.objects.get().ref
        assert [row["action"] for row in found["standing"]] == ["PERMANENT_BAN"]
        assert {"kind": "device", "value": "dev-1", "shared_with": 1} in found["links"]

    def test_is_masked_without_the_scope_personal(self, modest: Client) -> None:
        found = get(modest, "accounts/acc-1")

        assert "9876543210" not in str(found)
        assert found["phone"].endswith("210")
        assert "Meera" not in str(found)
        assert found["attributes"] is None
        assert {"kind": "device", "value": None, "shared_with": 1} in found["links"]

    def test_read_is_in_the_ledger(self, modest: Client) -> None:
        get(modest, "accounts/acc-1")
        get(modest, "accounts/acc-1/timeline")

        entries = LedgerEntry.objects.filter(kind="account.viewed")
        assert entries.count() == 2
        assert {entry.account for entry in entries} == {
            Account.objects.get(external_id="acc-1").ref
        }
        assert {entry.particulars["personal"] for entry in entries} == {False}

    def test_under_any_id_is_found_by_it(self, api: Client) -> None:
        for name in ("कबूतर 🕊", "a/b/c", "50%", "a?b#c", "../etc"):
            send(api, "accounts", an_account(id=name))

            assert get(api, f"accounts/{quote(name, safe='')}")["id"] == name

    def test_that_was_erased_is_told_without_its_person(self, api: Client) -> None:
        Account.objects.filter(external_id="acc-1").update(wrapped_key=b"")

        found = get(api, "accounts/acc-1")

        assert (found["phone"], found["display_name"], found["attributes"]) == (None, None, None)
        assert {link["value"] for link in found["links"]} == {None}


class TestATimeline:
    @pytest.fixture(autouse=True)
    def lived(self, api: Client) -> None:
        send(
            api,
            "evidence",
            *(
                an_item(id=f"m{n}", occurred_at=f"2026-0{1 + n % 3}-01T10:00:0{n}Z")
                for n in range(7)
            ),
            an_item(
                id="report",
                stage="NEGATIVE_FEEDBACK",
                kind="user.reported",
                occurred_at="2026-03-05T00:00:00Z",
                data={"reporter": "acc-9", "messages": ["Buy now"]},
                corrects="m1",
            ),
        )

    def test_comes_in_order_page_by_page_with_the_sender_s_ids(self, api: Client) -> None:
        items = pages(api, "accounts/acc-1/timeline", limit=3)

        assert [item["id"] for item in items] == [
            "m0",
            "m3",
            "m6",
            "m1",
            "m4",
            "m2",
            "m5",
            "report",
        ]
        assert {item["source"] for item in items} == {"spam-models"}
        assert items[-1]["corrects"] == "m1"

    def test_can_be_of_one_stage(self, api: Client) -> None:
        found = get(api, "accounts/acc-1/timeline?stage=NEGATIVE_FEEDBACK")

        assert [item["id"] for item in found["items"]] == ["report"]

    def test_gives_words_to_who_may_see_them(self, api: Client, modest: Client) -> None:
        path = "accounts/acc-1/timeline?stage=NEGATIVE_FEEDBACK"

        [seen] = get(api, path)["items"]
        [masked] = get(modest, path)["items"]

        assert seen["data"] == {"reporter": pseudonym("acc-9"), "messages": ["Buy now"]}
        assert not seen["withheld"]
        assert masked["data"] == {"reporter": pseudonym("acc-9")}
        assert masked["withheld"]


class TestCases:
    @pytest.fixture(autouse=True)
    def opened(self, api: Client) -> None:
        rows = [a_detection(id=f"d{n}", account=f"a{n}") for n in range(5)]
        send(api, "detections", *rows, a_detection(id="p", account="p", policy="PHISHING_LINK"))

    def test_are_listed_page_by_page(self, api: Client) -> None:
        items = pages(api, "cases", limit=2)

        assert len({item["case"] for item in items}) == 6
        assert {item["account"] for item in items} == {"a0", "a1", "a2", "a3", "a4", "p"}

    def test_are_listed_by_state_and_queue(self, api: Client, ada: User) -> None:
        decide(Case.objects.get(account__external_id="a0"), ada)

        [decided] = get(api, "cases?state=DECIDED")["items"]
        [scam] = get(api, "cases?queue=takeover-and-scams")["items"]

        assert decided["account"] == "a0"
        assert scam["account"] == "p"
        assert len(get(api, "cases?state=OPEN")["items"]) == 5
        assert get(api, "cases?queue=nowhere")["items"] == []

    def test_are_told_with_their_reasons_and_decisions(self, api: Client, ada: User) -> None:
        case = Case.objects.get(account__external_id="a0")
        decision = decide(case, ada)

        found = get(api, f"cases/{case.ref}")

        assert found["state"] == "DECIDED"
        assert [(row["id"], row["label"]) for row in found["detections"]] == [("d0", "VIOLATION")]
        [told] = found["decisions"]
        assert told["decision"] == decision.ref
        assert [row["action"] for row in told["enforcements"]] == ["PERMANENT_BAN"]
        assert sum(found["priority_parts"].values()) == pytest.approx(found["priority"])
        assert LedgerEntry.objects.get(kind="case.viewed").case_ref == case.ref

    def test_say_whether_somebody_holds_them(self, api: Client, ada: User) -> None:
        case = Case.objects.get(account__external_id="a0")

        assert not get(api, f"cases/{case.ref}")["held"]
        claiming.take(case=case, by=ada, now=timezone.now())
        assert get(api, f"cases/{case.ref}")["held"]


class TestAnEnforcement:
    """A ban that Ada decided and a worker is just delivering."""

    @pytest.fixture(autouse=True)
    def decided(self, api: Client, ada: User) -> None:
        send(api, "detections", a_detection())
        decide(Case.objects.get(), ada)
        self.row = Enforcement.objects.get()
        self.now = timezone.now()

    def sent(self) -> None:
        Enforcement.objects.update(attempts_made=1)

    def confirm(self, api: Client, **changed: Any) -> Any:
        said = {"outcome": "APPLIED", "at": self.now.isoformat()} | changed
        path = f"/api/v1/enforcements/{self.row.pk}/confirmation"
        return api.post(path, said, content_type="application/json")

    def test_is_read_by_its_ref_and_by_its_id(self, api: Client) -> None:
        by_ref = get(api, f"enforcements/{self.row.ref}")

        assert by_ref == get(api, f"enforcements/{self.row.pk}")
        assert (by_ref["enforcement"], by_ref["state"]) == (self.row.ref, "REQUESTED")
        assert by_ref["account"] == "acc-1"
        assert by_ref["case"] == Case.objects.get().ref
        assert by_ref["attempts"] == []

    def test_is_confirmed_and_saying_so_again_changes_nothing(self, api: Client) -> None:
        self.sent()

        first, second = self.confirm(api), self.confirm(api)

        assert first.status_code == second.status_code == 200
        assert first.json()["state"] == "APPLIED"
        assert first.json() == second.json()
        assert LedgerEntry.objects.filter(kind="enforcement.applied").count() == 1

    def test_that_was_never_sent_cannot_be_confirmed(self, api: Client) -> None:
        answer = self.confirm(api)

        assert answer.status_code == 409
        assert answer.json()["code"] == "cannot-confirm"
        assert "never sent" in answer.json()["detail"]

    @pytest.mark.parametrize(
        ("changed", "pointer"),
        [
            ({"outcome": "MAYBE"}, "/outcome"),
            ({"at": "2026-03-01T10:00:00"}, "/at"),
            ({"at": "1999-01-01T00:00:00Z"}, "/at"),
            ({"detail": "a\u0000"}, "/detail"),
            ({"detail": "x" * 1_001}, "/detail"),
            ({"colour": "red"}, ""),
        ],
    )
    def test_is_not_confirmed_by_something_wrong(
        self, api: Client, changed: dict[str, str], pointer: str
    ) -> None:
        self.sent()

        answer = self.confirm(api, **changed)

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == pointer
        self.row.refresh_from_db()
        assert self.row.applied_at is None

    def test_is_not_confirmed_by_half_a_surrogate_pair(self, api: Client) -> None:
        body = '{"outcome": "FAILED", "at": "2026-03-01T10:00:00Z", "detail": "\\ud800"}'

        answer = post(api, f"enforcements/{self.row.ref}/confirmation", body)

        assert answer.status_code == 400


class TestTheDecisionLog:
    def test_tells_decisions_of_people_and_of_automation(self, api: Client, ada: User) -> None:
        send(api, "accounts", an_account())
        send(api, "detections", a_detection(), a_ban(id="b", account="acc-2"))
        decision = decide(Case.objects.get(), ada)
        seal()

        by_account = {item["account"]: item for item in pages(api, "decisions", limit=1)}

        mine = by_account["acc-1"]
        assert mine["decision"] == decision.ref
        assert mine["actor"] == ada.actor
        assert mine["maker"] == "PARTIALLY_AUTOMATED"
        assert mine["case"] == Case.objects.get().ref
        assert mine["clauses"] == ["BULK_MESSAGING@1"]
        assert by_account["acc-2"]["maker"] == "AUTOMATED"
        assert by_account["acc-2"]["case"] is None
        assert by_account["acc-2"]["user_reports_before"] == 0

    def test_can_be_of_a_stretch_of_time(self, api: Client) -> None:
        send(api, "detections", a_ban())
        seal()
        now = timezone.now()

        def count(**stretch: timedelta) -> int:
            asked = "&".join(
                f"{name}={quote((now + length).isoformat())}" for name, length in stretch.items()
            )
            return len(get(api, f"decisions?{asked}")["items"])

        assert count(**{"from": -timedelta(minutes=1), "to": timedelta(minutes=1)}) == 1
        assert count(**{"from": timedelta(minutes=1)}) == 0
        assert count(to=-timedelta(minutes=1)) == 0

    def test_misses_no_decision_that_was_committed_late(self, api: Client) -> None:
        """Recorded before another and committed after it, it was not there to be read first."""
        now = timezone.now()
        record(logged("D-2"), at=now)
        seal()
        read = get(api, "decisions")["items"]
        record(logged("D-1"), at=now - timedelta(seconds=5))
        assert get(api, f"decisions?after={read[-1]['seq']}")["items"] == []

        seal()

        later = get(api, f"decisions?after={read[-1]['seq']}")["items"]
        assert [item["decision"] for item in [*read, *later]] == ["D-2", "D-1"]
        assert read[0]["seq"] < later[0]["seq"]


class TestLabels:
    def test_tell_what_people_said_of_detections(self, api: Client, ada: User) -> None:
        rows = [a_detection(id=f"d{n}", account=f"a{n}") for n in range(3)]
        send(api, "detections", *rows)
        for number, case in enumerate(Case.objects.order_by("account__external_id")):
            said: dict[str, Any] = (
                {"outcome": Outcome.NO_VIOLATION, "action": "", "clauses": [], "reason": ""}
                if number == 1
                else {}
            )
            decide(case, ada, **said)
        assert get(api, "labels")["items"] == []

        seal()

        labels = pages(api, "labels", limit=2)
        assert [(label["detection"], label["label"]) for label in labels] == [
            ("d0", "VIOLATION"),
            ("d1", "NO_VIOLATION"),
            ("d2", "VIOLATION"),
        ]
        assert labels[0] | {"seq": 0, "at": ""} == {
            "seq": 0,
            "detection": "d0",
            "sender": "spam-models",
            "account": "a0",
            "detector": "message-burst",
            "version": "1.2",
            "score": 0.7,
            "label": "VIOLATION",
            "source": "ANALYST",
            "at": "",
        }
        assert get(api, f"labels?after={labels[1]['seq']}")["items"] == labels[2:]

    def test_say_which_source_a_detection_is_of(self, api: Client, ada: User) -> None:
        """Two sources may each have a detection of the same id."""
        other = Source.objects.create(name="payments-models")
        key = create_key(source=other, scopes=[Scope.INTAKE], at=timezone.now())
        send(api, "detections", a_detection())
        send(client_with(key.secret), "detections", a_detection(detector="mule", score=0.6))
        decide(Case.objects.get(), ada)
        seal()

        labels = get(api, "labels")["items"]

        assert {(row["sender"], row["detection"], row["detector"]) for row in labels} == {
            ("spam-models", "det-1", "message-burst"),
            ("payments-models", "det-1", "mule"),
        }
