"""The API's description says what the API does."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from cases.enums import Stage, Verdict
from reviewapp.staff.keying import Issued
from reviewapp.wsgi import application
from tests.cases.sending import a_detection, an_account, an_item, send

CALLS = {
    ("post", "/api/v1/accounts"),
    ("get", "/api/v1/accounts/{external_id}"),
    ("get", "/api/v1/accounts/{external_id}/timeline"),
    ("post", "/api/v1/evidence"),
    ("post", "/api/v1/detections"),
    ("post", "/api/v1/enforcements/{enforcement}/confirmation"),
    ("get", "/api/v1/enforcements/{enforcement}"),
    ("get", "/api/v1/cases"),
    ("get", "/api/v1/cases/{ref}"),
    ("get", "/api/v1/decisions"),
    ("get", "/api/v1/labels"),
}


@pytest.fixture
def described(client: Client, db: None) -> dict[str, Any]:
    answer = client.get("/api/schema/")
    assert answer.status_code == 200
    found: dict[str, Any] = json.loads(answer.content)
    return found


class TestTheDescription:
    def test_names_every_call(self, described: dict[str, Any]) -> None:
        found = {
            (method, path)
            for path, operations in described["paths"].items()
            if path.startswith("/api/v1/")
            for method in operations
        }

        assert found >= CALLS

    def test_has_the_closed_lists_of_the_code(self, described: dict[str, Any]) -> None:
        schemas = described["components"]["schemas"]

        stage = schemas["SentEvidence"]["properties"]["stage"]
        verdict = schemas["SentDetection"]["properties"]["verdict"]
        assert stage["enum"] == Stage.values
        assert verdict["enum"] == Verdict.values

    def test_needs_a_body_where_one_is_sent(self, described: dict[str, Any]) -> None:
        for method, path in CALLS:
            operation = described["paths"][path][method]
            assert operation["summary"]
            if method == "post":
                assert operation["requestBody"]["required"]

    def test_takes_evidence_line_by_line_too(self, described: dict[str, Any]) -> None:
        body = described["paths"]["/api/v1/evidence"]["post"]["requestBody"]

        assert set(body["content"]) == {"application/json", "application/x-ndjson"}

    def test_points_nowhere_it_does_not_lead(self, described: dict[str, Any]) -> None:
        schemas = described["components"]["schemas"]
        pointed_to = {
            part.split('"')[0] for part in json.dumps(described).split("#/components/schemas/")[1:]
        }

        assert pointed_to <= set(schemas)


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@contextmanager
def one_connection() -> Iterator[None]:
    """Let requests end without closing the connection, which holds the test's transaction.

    Django's own client does so for its requests, and puts things back after each.
    """
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path"), sorted(CALLS))
def test_a_call_answers_as_described(
    described: dict[str, Any], key: Issued, api: Client, method: str, path: str
) -> None:
    """Whatever fits the description, and much that doesn't, gets an answer that is described."""
    send(api, "accounts", an_account())
    send(api, "evidence", an_item())
    send(api, "detections", a_detection())
    schema = schemathesis.openapi.from_dict(described)
    schema.app = application
    operation = schema[path][method]
    headers = {"Authorization": f"Bearer {key.secret}"}

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def fits(case: Any) -> None:
        answer = case.call(headers=headers)
        case.validate_response(answer, checks=CHECKS)

    with one_connection():
        fits()
