import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from reviewapp.staff import keying
from reviewapp.staff.models import ApiKey, Source
from tests.conftest import NOON, client_with
from tests.factories import create_key

pytestmark = [pytest.mark.urls("tests.web.doors"), pytest.mark.django_db]

PARCELS = "/api/v1/parcels"
ONE = {"items": [{"id": "p-1", "weight": 0.5}]}


class Untouchable:
    """A body that fails the test when anybody reads of it."""

    def read(self, *args: Any) -> bytes:
        pytest.fail("The body was read.")

    readline = read


def post(client: Client, body: bytes, **extra: Any) -> Any:
    said = {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body))}
    return client.generic("POST", PARCELS, body, **(said | extra))


def is_problem(answer: Any, status: int) -> bool:
    """Whether `answer` is a problem of `status`, said in the same words inside and out."""
    assert answer["Content-Type"] == "application/problem+json", answer.content
    body = answer.json()
    assert {"type", "title", "status", "detail", "code"} <= set(body)
    return bool(answer.status_code == status == body["status"])


class TestAKey:
    """The source spam-models has a key with every scope."""

    def test_opens_the_door_and_says_whose_it_is(self, api: Client) -> None:
        assert api.get(PARCELS).json() == {"from": "spam-models"}
        assert api.post(PARCELS, ONE, "application/json").json() == {"accepted": 1}

    def test_is_needed(self, client: Client, db: None) -> None:
        answer = client.get(PARCELS)

        assert is_problem(answer, 401)
        assert answer["WWW-Authenticate"] == "Bearer"

    @pytest.mark.parametrize(
        "header",
        [
            "Bearer nonsense",
            "Bearer ",
            "Bearer rk_aaaaaaaaaa_" + "a" * 43,
            "Basic YWRhOmFkYQ==",
            "Bearer \x00",
            "Bearer ключ",
        ],
    )
    def test_that_is_none_is_refused(self, client: Client, db: None, header: str) -> None:
        assert is_problem(client.get(PARCELS, HTTP_AUTHORIZATION=header), 401)

    def test_with_another_secret_is_refused(self, key: keying.Issued) -> None:
        forged = key.secret[:-4] + ("AAAA" if not key.secret.endswith("AAAA") else "BBBB")

        answer = client_with(forged).get(PARCELS)

        assert is_problem(answer, 401)
        assert answer.json()["code"] == "bad-key"

    def test_that_expired_is_refused_by_name(self, source: Source) -> None:
        expired = create_key(source=source, at=NOON, expires_at=NOON + timedelta(days=1))

        answer = client_with(expired.secret).get(PARCELS)

        assert is_problem(answer, 401)
        assert answer.json()["code"] == "expired-key"

    def test_that_was_revoked_is_refused_by_name(self, key: keying.Issued, api: Client) -> None:
        keying.revoke(key=key.key, by="system", at=NOON)

        answer = api.get(PARCELS)

        assert is_problem(answer, 401)
        assert answer.json()["code"] == "revoked-key"

    def test_without_the_scope_is_told_which(self, source: Source) -> None:
        key = create_key(source=source, at=NOON, scopes=["intake", "read"])

        answer = client_with(key.secret).get(PARCELS)

        assert is_problem(answer, 403)
        assert answer.json()["detail"] == "This key lacks the scope enforced."

    def test_opens_no_door_that_nobody_stamped(self, api: Client) -> None:
        assert is_problem(api.get("/api/v1/forgotten"), 403)

    def test_leaves_when_it_was_last_used(self, key: keying.Issued, api: Client) -> None:
        api.get(PARCELS)
        first = ApiKey.objects.get(pk=key.key.pk).last_used_at
        api.get(PARCELS)

        assert first is not None
        assert ApiKey.objects.get(pk=key.key.pk).last_used_at == first

    def test_a_session_is_not(self, client: Client, asha: Any) -> None:
        client.force_login(asha)

        assert is_problem(client.get(PARCELS), 401)


class TestABody:
    def test_without_a_length_is_refused_unread(self, api: Client) -> None:
        answer = post(api, b"{}", CONTENT_LENGTH="", **{"wsgi.input": Untouchable()})

        assert is_problem(answer, 411)

    def test_that_is_too_large_is_refused_unread(self, api: Client, settings: Settings) -> None:
        length = str(settings.API_MAX_BODY + 1)

        answer = post(api, b"{}", CONTENT_LENGTH=length, **{"wsgi.input": Untouchable()})

        assert is_problem(answer, 413)

    def test_of_a_stranger_is_refused_unread(self, client: Client, db: None) -> None:
        assert is_problem(post(client, b"{}", **{"wsgi.input": Untouchable()}), 401)

    @pytest.mark.parametrize(
        "content_type", ["text/plain", "application/x-www-form-urlencoded", "", "application/xml"]
    )
    def test_of_another_type_is_refused_unread(self, api: Client, content_type: str) -> None:
        extra = {"CONTENT_TYPE": content_type, "wsgi.input": Untouchable()}

        assert is_problem(post(api, b"{}", **extra), 415)

    def test_that_is_compressed_is_refused_unread(self, api: Client) -> None:
        extra = {"HTTP_CONTENT_ENCODING": "gzip", "wsgi.input": Untouchable()}

        assert is_problem(post(api, b"{}", **extra), 415)

    @pytest.mark.parametrize("length", ["-1", "ten", "1e3", "٣"])
    def test_with_a_length_that_is_no_number_is_refused(self, api: Client, length: str) -> None:
        extra = {"CONTENT_LENGTH": length, "wsgi.input": Untouchable()}

        assert is_problem(post(api, b"{}", **extra), 400)

    def test_that_may_say_its_charset(self, api: Client) -> None:
        body = json.dumps(ONE).encode()

        answer = api.generic("POST", PARCELS, body, "application/json; charset=utf-8")

        assert answer.json() == {"accepted": 1}

    @pytest.mark.parametrize(
        ("body", "says"),
        [
            (b"", "The body is empty."),
            (b"  ", "The body is empty."),
            (b'{"items": [', "well-formed"),
            (b'{"items": [}', "well-formed"),
            (b"NaN", "well-formed"),
            (b'{"items": [{"id": "\x01"}]}', "well-formed"),
            (b'{"items": [{"id": "\\ud800", "weight": 0}]}', "well-formed"),
            (b'{"items": [{"id": "\xff", "weight": 0}]}', "not UTF-8"),
            (b'{"items": [{"id": "a", "data": {"a": ' + b"[" * 100_000, "nested too deeply"),
            (b'{"items": [], "more": ' + b'{"a":' * 100_000, "nested too deeply"),
        ],
        ids=[
            "empty", "blank", "cut short", "crossed", "NaN", "control", "surrogate", "bytes",
            "deep", "deep aside",
        ],
    )  # fmt: skip
    def test_that_cannot_be_parsed_is_refused(self, api: Client, body: bytes, says: str) -> None:
        answer = post(api, body)

        assert is_problem(answer, 400)
        assert says in answer.json()["detail"]

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ([], ""),
            (None, ""),
            ({}, ""),
            ({"items": {}}, "/items"),
            ({"items": [3]}, "/items/0"),
            ({"items": [{"id": "a"}]}, "/items/0"),
            ({"items": [{"id": "a", "weight": "heavy"}]}, "/items/0/weight"),
            ({"items": [{"id": "a", "weight": 0}, {"id": "b", "weight": 2}]}, "/items/1/weight"),
            ({"items": [{"id": "a" * 21, "weight": 0}]}, "/items/0/id"),
        ],
    )
    def test_that_does_not_fit_is_told_where(self, api: Client, body: object, pointer: str) -> None:
        answer = api.post(PARCELS, body, "application/json")

        assert is_problem(answer, 422)
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]

    def test_that_ends_early_is_refused(self, api: Client) -> None:
        class Short:
            def read(self, size: int = -1) -> bytes:
                return b'{"items"'

            readline = read

        answer = post(api, b"{}", CONTENT_LENGTH="100", **{"wsgi.input": Short()})

        assert is_problem(answer, 400)
        assert "8 of the 100 bytes" in answer.json()["detail"]


class TestARefusal:
    def test_carries_its_code_and_pointer(self, api: Client) -> None:
        body = {"items": [{"id": str(each), "weight": 0} for each in range(4)]}

        answer = api.post(PARCELS, body, "application/json")

        assert is_problem(answer, 422)
        assert answer.json()["code"] == "too-many"
        assert answer.json()["errors"] == [
            {"pointer": "/items", "detail": "That is more than can be carried."}
        ]

    def test_names_the_methods_that_are_taken(self, api: Client) -> None:
        answer = api.delete(PARCELS)

        assert is_problem(answer, 405)
        assert "POST" in answer["Allow"]

    def test_of_a_form_of_answer_nobody_has(self, api: Client) -> None:
        assert is_problem(api.get(PARCELS, headers={"Accept": "text/csv"}), 406)

    def test_of_an_address_that_is_none(self, api: Client) -> None:
        assert is_problem(api.get("/api/v1/nothing"), 404)

    def test_of_our_own_mistake_tells_nothing_of_it(self, api: Client) -> None:
        api.raise_request_exception = False

        answer = api.get("/api/v1/broken")

        assert is_problem(answer, 500)
        assert b"mistake of ours" not in answer.content


class TestComingTooOften:
    """The key may come three times a minute."""

    @pytest.fixture(autouse=True)
    def _three_a_minute(self, settings: Settings) -> None:
        settings.API_RATE = 3

    def test_is_refused_with_when_to_come_again(self, api: Client) -> None:
        answers = [api.get(PARCELS) for _ in range(4)]

        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert is_problem(answers[3], 429)
        assert 1 <= int(answers[3]["Retry-After"]) <= 61

    def test_is_counted_for_each_key_alone(self, api: Client, source: Source) -> None:
        for _ in range(4):
            api.get(PARCELS)
        other = client_with(create_key(source=source, at=NOON).secret)

        assert other.get(PARCELS).status_code == 200

    def test_with_bad_keys_is_refused_too(self, client: Client, db: None) -> None:
        answers = [
            client.get(PARCELS, headers={"Authorization": "Bearer guess"}) for _ in range(31)
        ]

        assert {answer.status_code for answer in answers[:30]} == {401}
        assert is_problem(answers[30], 429)
