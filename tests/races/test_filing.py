"""People who write at once, by several ways or with one text: real threads on real connections."""

from collections import Counter

import pytest

from appeals import claiming, filing, reviewing
from appeals.acknowledging import acknowledge_due
from appeals.filing import Filed, Sent, SentBefore
from appeals.limiting import TICKETS_OF_CONTACT, TooManyRequests
from appeals.models import Appeal, AppealDecision, Clock, Statement, TextGroup
from appeals.withdrawing import withdraw
from reviewapp.kernel.refusals import Refused
from reviewapp.staff.models import User
from tests.appeals.factories import make_appeal
from tests.cases.factories import NOON, make_account, make_enforcement, make_source
from tests.races.test_cases import at_once

pytestmark = pytest.mark.django_db(transaction=True)


class TestAppellantsAtOnce:
    """The same person by several ways, and many people with one text."""

    def test_open_one_appeal_and_join_it_with_the_others(self):
        account = make_account()
        make_enforcement(account=account)

        filed = at_once(*(lambda n=n: file(account, text=f"Word {n}") for n in range(6)))

        appeal = Appeal.objects.get()
        assert Counter(each.is_new for each in filed) == {True: 1, False: 5}
        assert {each.appeal for each in filed} == {appeal}
        assert appeal.repeats == 5
        assert appeal.statements.count() == 6

    def test_are_kept_once_however_often_a_machine_sends_at_once(self):
        account = make_account()
        make_enforcement(account=account)
        sent = Sent(make_source(), "ap-1", b"digest")

        filed = at_once(*(lambda: file(account, sent=sent) for _ in range(6)))

        assert Counter(each.is_new for each in filed) == {True: 1, False: 5}
        assert Statement.objects.count() == 1

    def test_are_told_apart_where_one_id_is_sent_for_two_accounts_at_once(self):
        accounts = [make_account() for _ in range(6)]
        for account in accounts:
            make_enforcement(account=account)
        source = make_source()

        filed = at_once(
            *(
                lambda n=n, a=a: file(a, sent=Sent(source, "ap-1", bytes([n])))
                for n, a in enumerate(accounts)
            )
        )

        assert Counter(type(each) for each in filed) == {Filed: 1, SentBefore: 5}
        assert Appeal.objects.count() == 1

    def test_are_one_flood_that_nobody_is_counted_twice_in(self):
        text = "My number was banned by mistake, I never sent any spam. Kindly unban it, sir."
        accounts = [make_account() for _ in range(13)]
        for account in accounts:
            make_enforcement(account=account)
        file(accounts[0], text=text)

        at_once(*(lambda a=a: file(a, text=text) for a in accounts[1:7]))
        at_once(*(lambda a=a: file(a, text=text) for a in accounts[7:]))

        group = TextGroup.objects.get()
        assert group.size == Appeal.objects.filter(group=group).count() == 13

    def test_spend_no_more_than_their_contact_may(self):
        accounts = [make_account() for _ in range(TICKETS_OF_CONTACT + 4)]
        for account in accounts:
            make_enforcement(account=account)

        filed = at_once(*(lambda a=a: file(a, contact="one@example.org") for a in accounts))

        assert Counter(type(each) for each in filed) == {
            Filed: TICKETS_OF_CONTACT,
            TooManyRequests: 4,
        }


class TestWithdrawingAtOnce:
    def test_with_an_answer_leaves_one_of_them_standing(self):
        """Whichever came first, the other is told so, and nothing hangs between."""
        noor = User.objects.create_user("noor@example.org", None, name="Noor", roles=["APPEALS"])
        for _ in range(4):
            appeal = claiming.take(ticket=make_appeal(), by=noor, at=NOON)

            results = at_once(
                lambda a=appeal: withdraw(appeal=a, channel="WEB_FORM", at=NOON, by="portal"),
                lambda a=appeal: reviewing.decide(
                    appeal=a,
                    by=noor,
                    at=NOON,
                    seen_version=a.version,
                    outcome="ORIGINAL_DECISION_UPHELD",
                    reason="It stands.",
                    locale="en",
                ),
            )

            appeal.refresh_from_db()
            refused = [each for each in results if isinstance(each, Refused)]
            assert len(refused) == 1
            assert appeal.state in ("WITHDRAWN", "DECIDED")
            assert AppealDecision.objects.filter(appeal=appeal).exists() == (
                appeal.state == "DECIDED"
            )
            assert not Clock.objects.running().filter(appeal=appeal).exists()

    def test_with_the_worker_acknowledges_once_or_not_at_all(self):
        for _ in range(4):
            appeal = make_appeal()
            at_once(
                lambda: acknowledge_due(at=NOON),
                lambda: acknowledge_due(at=NOON),
                lambda a=appeal: withdraw(appeal=a, channel="WEB_FORM", at=NOON, by="portal"),
            )

            told = appeal.letters.filter(kind="ACKNOWLEDGEMENT").count()
            clock = appeal.clocks.get(name="ACK")
            assert told == (clock.met_at is not None)
            assert told == (clock.stopped_at is None)


def file(account, *, text="I only wrote to my customers.", **said) -> Filed:
    return filing.file(
        account=account, channel="WEB_FORM", text=text, received_at=NOON, at=NOON, by="portal",
        **said,
    )  # fmt: skip
