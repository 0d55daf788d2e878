import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewapp.kernel.ids import evidence_id, uuid7

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
TIMES = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=150_000)).map(
    lambda since: EPOCH + since
)
SOURCES = st.integers(min_value=0, max_value=2**63 - 1)


class TestUuid7:
    def test_sorts_by_when_it_was_made(self):
        ids = [uuid7() for _ in range(5_000)]

        assert ids == sorted(ids)
        assert len(set(ids)) == len(ids)
        assert {each.version for each in ids} == {7}
        assert type(ids[0]) is uuid.UUID


class TestEvidenceId:
    @given(
        earlier=TIMES,
        gap=st.integers(min_value=1, max_value=10**9),
        sources=st.tuples(SOURCES, SOURCES),
    )
    def test_orders_items_by_time_whoever_sent_them(self, earlier, gap, sources):
        one = evidence_id(occurred_at=earlier, source_id=sources[0], sender_id="z")
        other = evidence_id(
            occurred_at=earlier + timedelta(milliseconds=gap), source_id=sources[1], sender_id="a"
        )

        assert one < other

    @given(at=TIMES, source=SOURCES, sender=st.text(st.characters(codec="utf-8")))
    def test_is_the_same_however_often_and_wherever_it_is_made(self, at, source, sender):
        made = evidence_id(occurred_at=at, source_id=source, sender_id=sender)

        assert made == evidence_id(
            occurred_at=at + timedelta(0), source_id=source, sender_id=sender
        )
        assert (made.version, made.variant) == (8, uuid.RFC_4122)
        assert made.int >> 80 == (at - EPOCH) // MILLISECOND

    def test_differs_by_source_and_by_sender_id(self):
        at = datetime(2026, 3, 10, 12, tzinfo=UTC)
        ids = {
            evidence_id(occurred_at=at, source_id=source, sender_id=f"{number}")
            for source in range(10)
            for number in range(1_000)
        }

        assert len(ids) == 10_000

    def test_never_changes_between_releases(self):
        at = datetime(2026, 3, 10, 12, tzinfo=UTC)

        assert str(evidence_id(occurred_at=at, source_id=3, sender_id="abc")) == (
            "019cd79e-4600-81bb-91ba-0a890824dfdc"
        )

    def test_refuses_a_time_that_its_bits_cannot_hold(self):
        with pytest.raises(ValueError, match="before 1970"):
            evidence_id(occurred_at=datetime(1969, 12, 31, tzinfo=UTC), source_id=1, sender_id="a")
