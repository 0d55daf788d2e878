"""What sources send in tests: one row of each call, every field of it as it should be."""

from typing import Any

from django.test import Client

JSON = "application/json"
# What the test client answers: a response that can read its own JSON.
Answer = Any


def an_account(**changed: Any) -> dict[str, Any]:
    return {
        "id": "acc-1",
        "phone": "+919876543210",
        "country": "IN",
        "registered_at": "2026-02-01T08:30:00+05:30",
        "display_name": "Meera",
        "locale": "hi-IN",
        "attributes": {"client": "android 2.26"},
        "links": {"device": "dev-1", "network": ["net-1", "net-2"]},
    } | changed


def an_item(**changed: Any) -> dict[str, Any]:
    return {
        "id": "item-1",
        "account": "acc-1",
        "stage": "MESSAGING",
        "kind": "message.sent",
        "occurred_at": "2026-03-01T10:00:00+05:30",
        "data": {"recipient": "+919811111111", "recipients": 1, "strangers": 1, "typing": False},
    } | changed


def a_detection(**changed: Any) -> dict[str, Any]:
    return {
        "id": "det-1",
        "account": "acc-1",
        "detector": "message-burst",
        "version": "1.2",
        "stage": "MESSAGING",
        "score": 0.7,
        "policy": "BULK_MESSAGING",
        "verdict": "REVIEW",
        "reasons": ["100 messages in 15 seconds"],
        "signals": [
            {"name": "MSG_BURST_MAX_15S", "value": 100, "threshold": 30, "unit": "messages"}
        ],
    } | changed


def a_ban(**changed: Any) -> dict[str, Any]:
    return a_detection(
        **{
            "id": "ban-1",
            "score": 0.99,
            "verdict": "ENFORCED",
            "action": "PERMANENT_BAN",
            "enforced_at": "2026-03-01T10:00:00Z",
            "user_reports_before": 0,
        }
        | changed
    )


def send(api: Client, what: str, *rows: Any) -> Answer:
    """Post a batch of `rows` to /api/v1/`what`."""
    return api.post(f"/api/v1/{what}", {"items": list(rows)}, content_type=JSON)


def post(
    api: Client, what: str, body: bytes | str, content_type: str = JSON, **extra: Any
) -> Answer:
    """Post a body as it is."""
    return api.post(f"/api/v1/{what}", body, content_type=content_type, **extra)


def faults(answer: Answer, row: int = 0) -> dict[str, str]:
    """What a batch was told of its `row`-th rejected row: detail by pointer."""
    errors = answer.json()["rejected"][row]["errors"]
    return {fault["pointer"]: fault["detail"] for fault in errors}
