import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from appeals.attaching import Upload, kept
from appeals.enums import MailFate
from appeals.models import Attachment, InboundMail
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import User
from reviewapp.staff.roles import Role
from tests.appeals.factories import make_appeal, make_grievance, make_order, say
from tests.appeals.test_attaching import letter
from tests.cases.factories import NOON
from tests.factories import create_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


def attach(upload: Upload, **of) -> Attachment:
    with kept([upload], at=NOON) as files:
        [attachment] = files.attach(at=NOON, by="person", **of)
    return attachment


class TestAFileOfAStranger:
    """A letter that came with an appeal."""

    @pytest.fixture(autouse=True)
    def _file(self) -> None:
        self.appeal = make_appeal()
        said = say(self.appeal, text="See the letter.")
        self.file = attach(letter("my “letter”.txt"), statement=said)
        self.url = f"/attachments/{self.file.pk}/"

    def test_is_saved_and_never_shown(self, signed_in, noor: User) -> None:
        response = signed_in(noor).get(self.url)

        assert b"".join(response.streaming_content) == b"To whom it may concern.\n"
        assert response["Content-Disposition"].startswith("attachment; ")
        assert response["Content-Type"] == "text/plain"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response["Content-Security-Policy"]
        assert "default-src 'none'" in response["Content-Security-Policy"]
        assert "script-src" not in response["Content-Security-Policy"]
        assert response["Cache-Control"] == "private, no-store"

    def test_is_recorded_each_time(self, signed_in, noor: User) -> None:
        client = signed_in(noor)
        for _ in range(2):
            b"".join(client.get(self.url).streaming_content)

        lines = LedgerEntry.objects.filter(kind="attachment.downloaded")
        assert lines.count() == 2
        assert lines[0].actor == noor.actor
        assert lines[0].particulars["appeal"] == self.appeal.ref
        assert lines[0].particulars["sha256"] == bytes(self.file.sha256).hex()
        assert "letter" not in str(lines[0].particulars)

    def test_is_only_for_whoever_reads_what_it_belongs_to(self, signed_in, bo: User) -> None:
        counsel = create_user(name="Counsel", roles=[Role.LEGAL])

        # Counsel reads grievances and orders.
        for person in (bo, counsel):
            assert signed_in(person).get(self.url).status_code == 404
        assert not LedgerEntry.objects.filter(kind="attachment.downloaded").exists()

    def test_is_not_there_for_whoever_is_not_signed_in(self, client) -> None:
        assert "/staff/login/" in client.get(self.url).url

    def test_may_be_gone(self, signed_in, noor: User) -> None:
        default_storage.delete(self.file.storage_name)

        assert signed_in(noor).get(self.url).status_code == 404

    def test_of_a_grievance_or_an_order_is_for_counsel_too(self, signed_in) -> None:
        counsel = create_user(name="Counsel", roles=[Role.LEGAL])
        with_grievance = attach(letter(), statement=say(make_grievance(), text=""))
        with_order = attach(letter(), order=make_order())

        for each in (with_grievance, with_order):
            assert signed_in(counsel).get(f"/attachments/{each.pk}/").status_code == 200


class TestAMailAsItCame:
    def test_is_saved_under_the_number_of_its_ticket(self, signed_in, noor: User) -> None:
        grievance = make_grievance()
        name = default_storage.save("mails/one", ContentFile(b"From: meera@example.org\r\n\r\nHi"))
        mail = InboundMail.objects.create(
            sha256=b"1" * 32, storage_name=name, size=28, fate=MailFate.OPENED,
            statement=say(grievance, text="Hi"), received_at=NOON,
        )  # fmt: skip

        response = signed_in(noor).get(f"/mails/{mail.pk}/")

        assert b"".join(response.streaming_content).startswith(b"From: meera")
        assert response["Content-Type"] == "message/rfc822"
        assert f'filename="{grievance.ref} 2026-03-10 12.00.eml"' in response["Content-Disposition"]
        assert LedgerEntry.objects.get(kind="mail.downloaded").particulars["mail"] == str(mail.pk)
