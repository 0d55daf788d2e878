"""One mail that is handed in several times at once: real threads on real connections."""

from collections import Counter

import pytest
from django.core.files.storage import default_storage

from appeals.mailing import Piece, receive
from appeals.models import Grievance, InboundMail, Statement
from tests.appeals.mailing.mails import mail
from tests.cases.factories import NOON
from tests.races.test_cases import at_once

pytestmark = pytest.mark.django_db(transaction=True)


class TestOneMailAtOnce:
    @pytest.mark.parametrize("way", ["one way", "several ways"])
    def test_opens_one_ticket(self, way: str) -> None:
        taken = at_once(*(lambda n=n: take_in(n if way == "several ways" else 0) for n in range(6)))

        assert Counter(each.is_new for each in taken) == {True: 1, False: 5}
        assert {each.ticket for each in taken} == {Grievance.objects.get().ref}
        assert Statement.objects.count() == 1
        kept = InboundMail.objects.get()
        with default_storage.open(kept.storage_name) as file:
            assert file.read().endswith(mail())
        folder = kept.storage_name.rpartition("/")[0]
        assert [f"{folder}/{each}" for each in default_storage.listdir(folder)[1]] == [
            kept.storage_name
        ]
        default_storage.delete(kept.storage_name)


def take_in(server: int):
    raw = b"Received: by mx%d.example.org; Tue, 10 Mar 2026 11:00:00 +0000\n" % server + mail()
    return receive(piece=Piece(raw, len(raw)), at=NOON)
