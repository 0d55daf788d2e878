from typing import Any

import pytest
from django.db import models

from reviewapp.kernel import retention

TERM = {"days": 30, "counted_from": "noon", "why": "a reason", "erased": "by hand"}
POLICY: dict[str, Any] = {
    "terms": {"short": TERM},
    "fields": {"cases.Account.phone_sealed": "short"},
    "not_personal": {"cases.Queue.name": "names a queue"},
}
STORED = ["cases.Account.phone_sealed", "cases.Queue.name"]


class TestRetention:
    """Each personal field has a term: how long, why, and how it is erased."""

    def test_is_settled_for_every_field_that_is_stored(self) -> None:
        assert retention.every_personal_field_has_a_term(None) == []

    def test_counts_sealed_fields_indexes_and_addresses_as_personal(self) -> None:
        found = set(retention.personal_fields())

        assert {
            "cases.Account.phone_sealed",
            "cases.Account.phone_index",
            "cases.EvidenceItem.counterpart",
            "staff.User.email",
        } <= found

    def test_counts_every_binary_field_that_is_sealed(self) -> None:
        """Whoever seals something thought it personal."""
        from django.apps import apps

        sealed = {
            f"{model._meta.label}.{field.name}"
            for model in apps.get_models()
            for field in model._meta.local_fields
            if isinstance(field, models.BinaryField) and "sealed" in field.name
        }

        assert sealed
        assert sealed <= set(retention.read()["fields"])

    def test_is_kept_when_all_is_said(self) -> None:
        assert retention.problems(POLICY, personal=STORED) == []

    def test_prints_the_lines_to_add_for_a_new_field(self) -> None:
        (problem,) = retention.problems(POLICY, personal=[*STORED, "appeals.Appeal.contact"])

        assert problem.id == "kernel.E001"
        assert '"appeals.Appeal.contact" = "short"' in problem.hint

    def test_speaks_of_no_field_that_is_gone(self) -> None:
        (problem,) = retention.problems(POLICY, personal=STORED[:1])

        assert problem.msg == "retention.toml speaks of cases.Queue.name, which is not stored."

    def test_knows_the_term_of_every_field(self) -> None:
        wrong = POLICY | {"fields": {"cases.Account.phone_sealed": "for ever"}}

        (problem,) = retention.problems(wrong, personal=STORED)

        assert problem.id == "kernel.E003"

    @pytest.mark.parametrize("word", ["counted_from", "why", "erased"])
    def test_says_everything_of_every_term(self, word: str) -> None:
        wrong = POLICY | {"terms": {"short": TERM | {word: ""}}}

        (problem,) = retention.problems(wrong, personal=STORED)

        assert problem.id == "kernel.E004"
