import pytest

from cases.casefile.reversals import reversed_beyond_chance
from cases.models import AgreementCount, Detector
from reviewapp.ledger.recording import Entry, record
from tests.cases.factories import NOON, make_source

pytestmark = pytest.mark.django_db


def note(version: str, kind: str = "detector.reversals_noted") -> None:
    found = {"decided": 10, "reversed": 9}
    record(
        Entry(
            kind=kind, actor="worker", happened_at=NOON, detector="reply-rate",
            detector_version=version, particulars=found,
        ),
        at=NOON,
    )  # fmt: skip


class TestAVersionReversedBeyondChance:
    """Version 8 was noted; 7 was, too, and explained by chance since."""

    @pytest.fixture(autouse=True)
    def _noted(self) -> None:
        note("7")
        note("8")
        note("7", "detector.reversals_explained")
        detector = Detector.objects.create(
            name="reply-rate", source=make_source(), first_seen_at=NOON
        )
        for version in ("7", "8"):
            AgreementCount.objects.create(
                detector=detector, version=version, stage="MESSAGING", agreed=40, decided=44
            )

    def test_is_known_until_chance_explains_it(self) -> None:
        [version] = reversed_beyond_chance()

        assert version == ("reply-rate", "8")

    def test_is_shown_beside_how_often_people_agreed(self, signed_in, lena) -> None:
        page = signed_in(lena).get("/detectors/").content.decode()

        row = page[page.index('id="reply-rate-8"') :]
        words = "Reversed on appeal beyond chance: 9 of 10 because the detector was wrong"
        assert words in row
        assert page.count("reversed on appeal") == 1
