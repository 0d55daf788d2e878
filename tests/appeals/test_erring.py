import pytest
from django.core import mail

from appeals import erring
from appeals.models import ReversalTally
from cases.models import Detector
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import User
from reviewapp.staff.roles import Role
from tests.cases.factories import NOON, make_source
from tests.factories import create_user

pytestmark = pytest.mark.django_db


def tally(name: str, version: str, *, wrong: int, of: int) -> ReversalTally:
    detector, _ = Detector.objects.get_or_create(
        name=name, defaults={"source": make_source(), "first_seen_at": NOON}
    )
    return ReversalTally.objects.create(
        detector=detector, version=version, decided=of, reversed=wrong
    )


class TestAVersionThatIsReversedBeyondChance:
    """Version 8 errs in nine of ten; all others in one of twenty. Devi owns detectors."""

    @pytest.fixture(autouse=True)
    def _tallies(self) -> None:
        self.worse = tally("reply-rate", "8", wrong=9, of=10)
        tally("reply-rate", "7", wrong=2, of=40)
        tally("first-hour-rate", "3", wrong=10, of=200)
        self.devi: User = create_user(name="Devi", roles=[Role.DETECTOR_OWNER])

    def test_is_noted_in_the_ledger(self) -> None:
        assert erring.note(at=NOON) == 1

        line = LedgerEntry.objects.get()
        assert (line.kind, line.actor) == ("detector.reversals_noted", "worker")
        assert (line.detector, line.detector_version) == ("reply-rate", "8")
        assert (line.particulars["decided"], line.particulars["reversed"]) == (10, 9)
        assert line.particulars["likelihood"] < 0.001

    def test_is_told_to_whoever_owns_detectors(self) -> None:
        create_user(name="Gone", roles=[Role.DETECTOR_OWNER], is_active=False)
        erring.note(at=NOON)

        assert erring.tell(at=NOON) == 1

        [told] = mail.outbox
        assert told.to == ["devi@example.org"]
        assert told.subject == "Reversed on appeal beyond chance: reply-rate, version 8"
        assert "9 were reversed" in told.body

    def test_is_noted_and_told_once(self) -> None:
        for _ in range(3):
            erring.note(at=NOON)
            erring.tell(at=NOON)

        assert LedgerEntry.objects.count() == 1
        assert len(mail.outbox) == 1

    def test_is_told_again_only_after_chance_explained_it(self) -> None:
        erring.note(at=NOON)
        erring.tell(at=NOON)
        ReversalTally.objects.filter(pk=self.worse.pk).update(decided=180)
        erring.note(at=NOON)
        erring.tell(at=NOON)
        ReversalTally.objects.filter(pk=self.worse.pk).update(reversed=170)

        assert erring.note(at=NOON) == 1
        assert erring.tell(at=NOON) == 1

        assert list(LedgerEntry.objects.order_by("id").values_list("kind", flat=True)) == [
            "detector.reversals_noted",
            "detector.reversals_explained",
            "detector.reversals_noted",
        ]

    def test_is_told_later_where_the_mail_could_not_be_sent(self, settings) -> None:
        erring.note(at=NOON)
        settings.EMAIL_BACKEND = "no.such.Backend"
        with pytest.raises(ImportError):
            erring.tell(at=NOON)
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

        assert erring.tell(at=NOON) == 1

    def test_that_chance_explains_is_let_be(self) -> None:
        ReversalTally.objects.filter(pk=self.worse.pk).update(reversed=4)

        assert erring.note(at=NOON) == 0
        assert not LedgerEntry.objects.exists()
