import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from cases.models import Account, EvidenceItem
from reviewapp.kernel.encryption import pseudonym
from reviewapp.kernel.ids import evidence_id
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import Source
from tests.cases.sending import an_account, an_item, faults, post, send
from tests.conftest import NOON, client_with
from tests.factories import create_key, create_source

pytestmark = pytest.mark.django_db


def item() -> EvidenceItem:
    return EvidenceItem.objects.get()


class TestAnItem:
    """Something that happened to an account that is not known yet."""

    def test_is_kept_under_a_derived_id(self, api: Client, source: Source) -> None:
        answer = send(api, "evidence", an_item())

        assert answer.status_code == 200
        assert answer.json() == {"accepted": 1, "duplicates": 0, "rejected": [], "results": []}
        kept = item()
        assert kept.id == evidence_id(
            occurred_at=kept.occurred_at, source_id=source.pk, sender_id="item-1"
        )
        assert kept.occurred_at.isoformat() == "2026-03-01T04:30:00+00:00"
        assert (kept.stage, kept.kind, kept.origin) == ("MESSAGING", "message.sent", "ON_PLATFORM")

    def test_makes_its_account_known(self, api: Client) -> None:
        send(api, "evidence", an_item(account="never-heard-of"))

        account = Account.objects.get(external_id="never-heard-of")
        assert account.phone() == ""
        assert item().account == account

    def test_joins_the_account_that_is_known(self, api: Client) -> None:
        send(api, "accounts", an_account())

        send(api, "evidence", an_item())

        assert Account.objects.count() == 1

    def test_may_be_older_or_newer_than_any_month_we_expect(self, api: Client) -> None:
        soon = (timezone.now() + timedelta(hours=23)).isoformat()
        answer = send(
            api,
            "evidence",
            an_item(id="old", occurred_at="2009-01-01T00:00:00Z"),
            an_item(id="soon", occurred_at=soon),
        )

        assert answer.json()["accepted"] == 2

    def test_is_in_the_ledger_once_a_batch(self, api: Client) -> None:
        send(api, "evidence", an_item(id="a"), an_item(id="b"))

        entry = LedgerEntry.objects.get(kind="evidence.received")
        assert entry.particulars["count"] == 2
        assert entry.particulars["accounts_made"] == 1
        assert len(entry.particulars["digest"]) == 32


class TestOtherPeople:
    """Whoever an account wrote to, or was reported by, is somebody else."""

    @pytest.mark.parametrize(
        ("data", "counterpart"),
        [
            ({"recipient": "+919811111111"}, "+919811111111"),
            ({"reporter": "acc-77", "first_message": True}, "acc-77"),
            ({"by": "acc-78"}, "acc-78"),
            ({"from": "acc-79"}, "acc-79"),
        ],
    )
    def test_are_pseudonyms(self, api: Client, data: dict[str, object], counterpart: str) -> None:
        send(api, "evidence", an_item(data=data))

        assert counterpart not in json.dumps(item().data)
        assert item().counterpart == pseudonym(counterpart)

    def test_are_pseudonyms_in_lists_and_nested_and_as_numbers(self, api: Client) -> None:
        send(
            api,
            "evidence",
            an_item(
                kind="group.added",
                data={
                    "added": ["acc-5", "acc-6"],
                    "detail": {"invited_by": 4511223344, "group": "g-1"},
                },
            ),
        )

        assert item().data == {
            "added": [pseudonym("acc-5"), pseudonym("acc-6")],
        }
        assert item().sealed_data(item().account) == {
            "detail": {"invited_by": pseudonym("4511223344"), "group": pseudonym("g-1")},
        }
        assert item().people == 2

    def test_in_their_own_words_are_sealed(self, api: Client) -> None:
        data = {
            "reporter": "acc-77",
            "topic": "spam",
            "messages": [{"text": "Buy now, dear Meera"}],
            "extra": {"comment": "he keeps writing"},
        }

        send(api, "evidence", an_item(stage="NEGATIVE_FEEDBACK", kind="user.reported", data=data))

        kept = item()
        assert kept.data == {"reporter": pseudonym("acc-77"), "topic": "spam"}
        assert kept.sealed is not None
        assert b"Meera" not in bytes(kept.sealed)
        assert kept.sealed_data(kept.account) == {
            "messages": [{"text": "Buy now, dear Meera"}],
            "extra": {"comment": "he keeps writing"},
        }


class TestWhatStaysReadable:
    """Who has only the database reads nothing personal in it, whatever fields senders think of."""

    def kept(self, api: Client, **data: object) -> EvidenceItem:
        answer = send(api, "evidence", an_item(kind="thing.happened", data=data))
        assert answer.json()["accepted"] == 1, answer.json()
        return item()

    @pytest.mark.parametrize(
        "data",
        [
            {"method": "sms", "network_asn": 55836, "network_country": "IN", "client": "modified"},
            {"count": 300, "busiest_15s": 12, "until": "2026-03-01T10:00:00+05:30"},
            {"typing": False, "link": True, "reply": None, "duration_s": 12.5, "topic": "spam"},
            {"recipients": 5, "strangers": 4, "added": 40, "members": 12},
            {"seen_by_reviewer": True},
        ],
    )
    def test_are_figures_and_words_of_the_documented_fields(
        self, api: Client, data: dict[str, object]
    ) -> None:
        kept = self.kept(api, **data)

        assert kept.data == data
        assert kept.sealed is None

    @pytest.mark.parametrize("field", ["device", "payee", "group", "imei", "account", "Device"])
    @pytest.mark.parametrize("value", ["meera@okbank", 356938035643809])
    def test_are_pseudonyms_of_what_people_share(
        self, api: Client, field: str, value: object
    ) -> None:
        kept = self.kept(api, **{field: value})

        assert kept.data == {field: pseudonym(str(value))}
        assert kept.sealed is None

    @pytest.mark.parametrize(
        "data",
        [
            {"employer": "Meera Shah & Co"},
            {"employer": {"name": "Meera Shah & Co"}},
            {"employers": ["Meera Shah & Co"]},
            {"tel": 919876543210},
            {"born": 1987},
            {"lat": 28.6139},
            {"link": "https://example.org/meera"},
            {"topic": "Meera wrote this"},
            {"client": "919876543210"},
            {"client": "a9876543210"},
            {"count": 9876543210},
            {"+919876543210": True},
            {"messages": 2},
            {"text": "Buy now, dear Meera"},
        ],
    )
    def test_is_nothing_else(self, api: Client, data: dict[str, object]) -> None:
        kept = self.kept(api, **data)

        assert kept.data == {}
        assert kept.sealed_data(kept.account) == data

    def test_are_keys_of_people_no_more_than_values(self, api: Client) -> None:
        kept = self.kept(api, recipients={"+919811111111": {"times": 2}})

        assert "919811111111" not in json.dumps(kept.data)
        assert pseudonym("+919811111111") in kept.data["recipients"]


class TestWhatAnItemWeighs:
    @pytest.mark.parametrize(
        ("kind", "data", "weighs"),
        [
            ("message.sent", {"recipient": "a"}, (1, 1, 0)),
            ("message.sent", {"recipients": 5, "strangers": 4}, (1, 5, 4)),
            ("message.sent", {"recipient": "a", "strangers": True}, (1, 1, 1)),
            ("message.batch", {"count": 300, "recipients": 120, "strangers": 80}, (300, 120, 80)),
            ("call.made", {"recipient": "a", "duration_s": 12.5}, (1, 1, 0)),
            ("group.created", {"members": 12}, (1, 12, 0)),
            ("group.added", {"added": 40, "strangers": 39}, (1, 40, 39)),
            ("message.received", {"from": "a"}, (1, 0, 0)),
            ("user.blocked", {"by": "a"}, (1, 0, 0)),
            ("sticker.sent", {"recipients": "many"}, (1, 0, 0)),
        ],
    )
    def test_is_lifted_out_of_its_data(
        self, api: Client, kind: str, data: dict[str, object], weighs: tuple[int, int, int]
    ) -> None:
        send(api, "evidence", an_item(kind=kind, data=data))

        assert (item().weight, item().people, item().strangers) == weighs


class TestAnItemSentAgain:
    """The same id of the same source."""

    @pytest.fixture(autouse=True)
    def known(self, api: Client) -> None:
        send(api, "evidence", an_item())

    def test_with_the_same_content_is_a_duplicate(self, api: Client) -> None:
        answer = send(api, "evidence", an_item())

        assert answer.status_code == 200
        assert answer.json()["duplicates"] == 1
        assert EvidenceItem.objects.count() == 1
        assert LedgerEntry.objects.filter(kind="evidence.received").count() == 1

    def test_is_the_same_however_its_keys_stand(self, api: Client) -> None:
        turned = dict(reversed(an_item().items()))
        turned["data"] = dict(reversed(turned["data"].items()))

        assert send(api, "evidence", turned).json()["duplicates"] == 1

    @pytest.mark.parametrize(
        "changed",
        [{"kind": "call.made"}, {"account": "acc-2"}, {"data": {}}, {"stage": "REGISTRATION"}],
    )
    def test_with_other_content_is_a_conflict(
        self, api: Client, changed: dict[str, object]
    ) -> None:
        answer = send(api, "evidence", an_item(**changed))

        assert answer.status_code == 422
        assert "sent before" in faults(answer)["/id"]
        assert item().kind == "message.sent"

    def test_by_another_source_is_another_item(self, api: Client) -> None:
        other = create_key(source=create_source(name="other-models"), at=NOON)

        answer = send(client_with(other.secret), "evidence", an_item())

        assert answer.json()["accepted"] == 1
        assert EvidenceItem.objects.count() == 2

    def test_lets_the_new_ones_beside_it_in(self, api: Client) -> None:
        answer = send(
            api, "evidence", an_item(), an_item(id="new"), an_item(kind="call.made")
        ).json()

        assert (answer["accepted"], answer["duplicates"]) == (1, 1)
        assert [row["index"] for row in answer["rejected"]] == [2]


class TestABatchThatRepeatsAnId:
    def test_counts_the_same_as_a_duplicate(self, api: Client) -> None:
        answer = send(api, "evidence", an_item(), an_item()).json()

        assert (answer["accepted"], answer["duplicates"]) == (1, 1)

    @pytest.mark.parametrize(
        "changed", [{"kind": "call.made"}, {"occurred_at": "2026-03-01T10:00:01+05:30"}]
    )
    def test_rejects_the_later_when_it_differs(
        self, api: Client, changed: dict[str, object]
    ) -> None:
        answer = send(api, "evidence", an_item(), an_item(**changed))

        assert answer.json()["accepted"] == 1
        assert answer.json()["rejected"][0]["index"] == 1
        assert "/id" in faults(answer)


class TestAWrongItem:
    @pytest.mark.parametrize(
        ("changed", "pointer", "words"),
        [
            ({"id": " "}, "/id", "empty"),
            ({"id": 7}, "/id", "Expected str"),
            ({"account": "a\u0085"}, "/account", "control character U+0085"),
            ({"stage": "DAYDREAMING"}, "/stage", "REGISTRATION, MESSAGING, NEGATIVE_FEEDBACK"),
            ({"origin": "MARS"}, "/origin", "ON_PLATFORM, OFF_PLATFORM"),
            ({"kind": "Message Sent"}, "/kind", "small letters"),
            ({"kind": ""}, "/kind", "small letters"),
            ({"occurred_at": "2026-03-01T10:00:00"}, "/occurred_at", "timezone"),
            ({"occurred_at": "yesterday"}, "/occurred_at", "RFC3339"),
            ({"occurred_at": 1772359200}, "/occurred_at", "Expected"),
            ({"occurred_at": "0001-01-01T00:00:00Z"}, "/occurred_at", "2009"),
            ({"occurred_at": "9999-12-31T23:59:59Z"}, "/occurred_at", "ahead"),
            ({"data": {"note": "a\u0000"}}, "/data", "NUL"),
            ({"data": {"a\u0000": 1}}, "/data", "NUL"),
            ({"data": {"blob": "x" * 1_000_000}}, "/data", "16,384 bytes"),
            ({"data": []}, "/data", "Expected object"),
            ({"data": {"recipients": -1}}, "/data/recipients", "0 to 1,000,000,000"),
            ({"data": {"count": 10**12}, "kind": "message.batch"}, "/data/count", "whole number"),
            ({"data": {"recipients": "many"}}, "/data/recipients", "whole number"),
            ({"data": {"recipients": 10**400}}, "/data/recipients", "Must lie between"),
            ({"data": {"x/y": 1e300}}, "/data/x~1y", "Must lie between"),
            ({"data": {"x": [{"y": -(10**400)}]}}, "/data/x/0/y", "Must lie between"),
            ({"data": {"recipients": [10**400]}}, "/data/recipients/0", "Must lie between"),
            ({"corrects": ""}, "/corrects", "empty"),
            ({"id": "a\u202eb"}, "/id", "control character U+202E"),
            ({"id": "a\u2066b"}, "/id", "control character U+2066"),
            ({"account": "a\u200bb"}, "/account", "control character U+200B"),
            ({"account": "a\u3164b"}, "/account", "invisible character U+3164"),
            ({"corrects": "a\u00a0b"}, "/corrects", "invisible character U+00A0"),
            ({"colour": "red"}, "/colour", "not a field"),
        ],
    )
    def test_is_rejected_with_the_field_and_the_reason(
        self, api: Client, changed: dict[str, object], pointer: str, words: str
    ) -> None:
        answer = send(api, "evidence", an_item(**changed), an_item(id="good"))

        assert answer.status_code == 200
        assert answer.json()["accepted"] == 1
        assert words in faults(answer)[pointer]
        assert item().sender_id == "good"

    @pytest.mark.parametrize("field", ["id", "account", "stage", "kind", "occurred_at"])
    def test_is_told_which_field_is_missing(self, api: Client, field: str) -> None:
        row = an_item()
        del row[field]

        assert faults(send(api, "evidence", row)) == {f"/{field}": "Is missing."}

    @pytest.mark.parametrize(("depth", "accepted"), [(7, 1), (9, 0), (25, 0)])
    def test_may_not_be_nested_too_deeply(self, api: Client, depth: int, accepted: int) -> None:
        nested: object = "x"
        for _ in range(depth):
            nested = {"in": nested}

        answer = send(api, "evidence", an_item(data=nested))

        assert answer.json()["accepted"] == accepted
        if not accepted:
            assert "nested" in faults(answer)["/data"]

    def test_with_half_a_surrogate_pair_is_found_among_the_others(self, api: Client) -> None:
        bad = json.dumps(an_item(id="bad", data={"note": "half \ud83d here"}))
        good = json.dumps(an_item(id="good", data={"note": "whole \U0001f600 here"}))

        answer = post(api, "evidence", f'{{"items": [{good}, {bad}]}}')

        assert answer.json()["accepted"] == 1
        assert answer.json()["rejected"][0]["id"] == "bad"
        assert faults(answer) == {"/data/note": "Holds half of a surrogate pair."}

    def test_with_half_a_surrogate_pair_for_an_id_is_rejected_without_it(self, api: Client) -> None:
        answer = post(api, "evidence", '{"items": [{"id": "\\ud83d", "\\udc00": 1}]}')

        assert answer.status_code == 422
        assert answer.json()["rejected"][0]["id"] is None


class TestNdjson:
    """One item a line."""

    def lines(self, *rows: object) -> str:
        return "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)

    def post(self, api: Client, body: str) -> dict[str, object]:
        answer = post(api, "evidence", body, "application/x-ndjson")
        found: dict[str, object] = answer.json() | {"status": answer.status_code}
        return found

    def test_is_taken_with_and_without_a_last_newline(self, api: Client) -> None:
        rows = an_item(id="a"), an_item(id="b")

        assert self.post(api, self.lines(*rows))["accepted"] == 2
        assert self.post(api, self.lines(*rows) + "\r\n\n")["duplicates"] == 2

    def test_loses_only_the_line_that_cannot_be_read(self, api: Client) -> None:
        body = self.lines(
            an_item(id="a"), '{"id": "b", ', "", "[]", '{"id": "\\ud800"}', an_item(id="c")
        )

        answer = self.post(api, body)

        assert answer["accepted"] == 2
        rejected = answer["rejected"]
        assert isinstance(rejected, list)
        assert [row["index"] for row in rejected] == [1, 3, 4]
        assert rejected[0]["errors"][0]["detail"].startswith("Line 2: This is not well-formed")
        assert "surrogate" in rejected[2]["errors"][0]["detail"]

    def test_of_nothing_but_bad_lines_is_unprocessable(self, api: Client) -> None:
        assert self.post(api, "nonsense\nmore of it")["status"] == 422


class TestMoreStrangersThanPeople:
    @pytest.mark.parametrize(
        ("kind", "data"),
        [
            ("message.sent", {"recipients": 1, "strangers": 5}),
            ("message.sent", {"strangers": 2}),
            ("message.batch", {"count": 9, "recipients": ["a", "b"], "strangers": ["a", "b", "c"]}),
            ("group.added", {"added": 3, "strangers": 4}),
        ],
    )
    def test_is_rejected_by_its_field(self, api: Client, kind: str, data: object) -> None:
        answer = send(
            api, "evidence", an_item(id="fine"), an_item(id="wrong", kind=kind, data=data)
        )

        assert answer.json()["accepted"] == 1
        assert "/data/strangers" in faults(answer)
        assert "the people who were reached" in faults(answer)["/data/strangers"]

    def test_is_taken_as_all_of_them_in_kinds_that_are_not_known(self, api: Client) -> None:
        send(api, "evidence", an_item(kind="sticker.sent", data={"recipients": 2, "strangers": 5}))

        assert (item().people, item().strangers) == (2, 2)


class TestALargeItem:
    """A letter may be three bytes; a limit in bytes counts those."""

    def test_is_measured_in_bytes(self, api: Client) -> None:
        answer = send(
            api,
            "evidence",
            an_item(id="fine", kind="x.y", data={"z": "न" * 5_400}),
            an_item(id="large", kind="x.y", data={"z": "न" * 5_500}),
        )

        assert answer.json()["accepted"] == 1
        assert faults(answer)["/data"] == "Is larger than 16,384 bytes."
