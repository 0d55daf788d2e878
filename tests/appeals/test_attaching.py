from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from appeals.attaching import FOLDER, Upload, kept, sweep
from appeals.models import Attachment, Grievance
from appeals.screening import FileRefused
from reviewapp.ledger.models import LedgerEntry
from tests.appeals.factories import make_grievance, make_order, say
from tests.cases.factories import NOON

pytestmark = pytest.mark.django_db
LETTER = b"To whom it may concern.\n"
PROGRAM = b"MZ\x90\x00" + bytes(60)


def stored() -> set[str]:
    """The names in storage."""
    try:
        days = default_storage.listdir(FOLDER)[0]
    except FileNotFoundError:
        return set()
    return {
        f"{FOLDER}/{day}/{name}"
        for day in days
        for name in default_storage.listdir(f"{FOLDER}/{day}")[1]
    }


def letter(name: str = "letter.txt", data: bytes = LETTER) -> Upload:
    return Upload(name, BytesIO(data))


@pytest.fixture(autouse=True)
def _empty() -> None:
    """What other tests left in this process's storage is none of these files."""
    for name in stored():
        default_storage.delete(name)


class TestAFile:
    @pytest.fixture
    def grievance(self) -> Grievance:
        return make_grievance()

    def test_is_kept_under_a_name_that_says_nothing(self, grievance: Grievance) -> None:
        with kept([letter("Ravi's letter.txt")], at=NOON) as files, transaction.atomic():
            [attachment] = files.attach(statement=say(grievance, text=""), at=NOON, by="portal")

        assert stored() == {attachment.storage_name}
        assert "ravi" not in attachment.storage_name
        assert attachment.name() == "Ravi's letter.txt"
        assert attachment.media_type == "text/plain"
        with default_storage.open(attachment.storage_name) as file:
            assert file.read() == LETTER

    def test_is_told_of_by_its_digest_alone(self, grievance: Grievance) -> None:
        with kept([letter()], at=NOON) as files, transaction.atomic():
            [attachment] = files.attach(statement=say(grievance, text=""), at=NOON, by="portal")

        [entry] = LedgerEntry.objects.filter(kind="attachment.received")
        assert entry.actor == "portal"
        assert entry.particulars == {
            "grievance": grievance.ref,
            "attachment": str(attachment.pk),
            "size": len(LETTER),
            "media_type": "text/plain",
            "sha256": attachment.sha256.hex(),
        }

    def test_is_kept_once_where_it_came_twice(self, grievance: Grievance) -> None:
        with kept([letter("a.txt"), letter("b.txt")], at=NOON) as files, transaction.atomic():
            assert len(files.attach(statement=say(grievance, text=""), at=NOON, by="x")) == 1

    def test_can_be_of_an_order(self) -> None:
        order = make_order()
        with kept([letter()], at=NOON, by_staff=True) as files, transaction.atomic():
            [attachment] = files.attach(order=order, at=NOON, by="user:U-1")

        assert attachment.ticket == order
        assert attachment.name() == "letter.txt"

    def test_leaves_nothing_where_one_of_them_is_refused(self) -> None:
        files = [letter(), letter("holiday.jpg", PROGRAM)]

        with pytest.raises(FileRefused) as refused, kept(files, at=NOON):
            pytest.fail("One of them is a program.")

        assert refused.value.pointer == "files/1"
        assert stored() == set()

    def test_is_gone_where_what_it_came_with_was_undone(self, grievance: Grievance) -> None:
        def fail() -> None:
            with kept([letter()], at=NOON) as files, transaction.atomic():
                files.attach(statement=say(grievance, text=""), at=NOON, by="portal")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()

        assert stored() == set()
        assert not Attachment.objects.exists()

    def test_is_gone_where_nothing_was_made_of_it(self) -> None:
        with kept([letter()], at=NOON):
            assert len(stored()) == 1

        assert stored() == set()

    def test_that_nothing_names_is_swept_after_days(self, grievance: Grievance) -> None:
        with kept([letter()], at=NOON) as files, transaction.atomic():
            [attachment] = files.attach(statement=say(grievance, text=""), at=NOON, by="portal")
        default_storage.save(f"{FOLDER}/2026-03-10/orphan", ContentFile(b"x"))
        default_storage.save("mail/2026-03-10/orphan", ContentFile(b"x"))

        assert sweep(now=NOON + timedelta(days=1)) == 0
        assert sweep(now=NOON + timedelta(days=3)) == 2
        assert stored() == {attachment.storage_name}
