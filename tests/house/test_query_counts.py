from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from appeals import reviewing
from appeals.models import Appeal, AppealDecision, Attachment, Letter, Proposal, TextGroup
from cases import claiming
from cases.clearing import Terms, protect
from cases.models import AccountLink, AgreementCount, Approval, Case, Presence, SavedFilter
from cases.noting import write as note
from reviewapp.kernel.refs import next_refs
from reviewapp.ledger.recording import Entry, record_all
from tests.appeals.factories import make_appeal, make_grievance, say
from tests.appeals.reviewed import answer, ban, held
from tests.cases import lives
from tests.cases.factories import make_account, make_case, make_detection, make_enforcement
from tests.conftest import NOON
from tests.factories import create_user

pytestmark = pytest.mark.django_db
TERMS = Terms("", NOON + timedelta(days=30), 0.15, "A pharmacy.")


def fill(begin: int, end: int, *, account, case, user, colleague) -> None:
    """So many of everything that a page lists."""
    for each in range(begin, end):
        other = make_case(at=NOON - timedelta(minutes=each))
        make_detection(account=account, case=case, detector=f"detector-{each}", at=NOON)
        make_enforcement(account=account, state="CANCELLED", at=NOON)
        make_enforcement(account=make_account(), state="FAILED")
        share(other.account)
        make_enforcement(account=other.account)
        protect(account=other.account, terms=TERMS, by=user, at=NOON, seen_at=NOON)
        note(case=case, by=user, text="A note.", at=NOON)
        other.reserve(whom=colleague, why="HANDED_OVER", until=None)
        other.save()
        Presence.objects.create(case=other, user=colleague, seen_at=NOON)
        SavedFilter.objects.create(
            owner=colleague, name=f"View {each}", query="age=over-1d", shared=True, saved_at=NOON
        )
        Approval.objects.create(
            case=other, causes=["QUEUE"], outcome="VIOLATION", asked_by=user, asked_at=NOON
        )
        AgreementCount.objects.create(
            detector=other.detections.get().detector, version=f"{each}", stage="MESSAGING"
        )
    record_all(
        [
            Entry(
                kind="decision.made", actor=user.actor, happened_at=NOON, account=account.ref,
                case=case.ref, outcome="VIOLATION", maker="ANALYST",
            )
            for _ in range(begin, end)
        ],
        at=NOON,
    )  # fmt: skip
    lives.tell(
        item
        for each in range(begin, end)
        for item in lives.burst(account, people=3, begin=NOON - timedelta(hours=each + 1))
    )


def share(account) -> AccountLink:
    return AccountLink.objects.create(
        account=account, kind="device", value_sealed=b"", value_index=b"dev-1", seen_at=NOON
    )


PAGES = [
    "/",
    "/queues/",
    "/queues/?holder=somebody",
    "/queues/?detector=detector-0&score=0.7&age=over-1d&contested=on",
    "/queues/?q=wa-1",
    "/queues/saved/",
    "/cases/{case}/priority/",
    "/cases/{case}/",
    "/accounts/{account}/",
    "/accounts/{account}/links/{link}/",
    "/search/?q=wa-1",
    "/queues/settings/",
    "/queues/automation-and-bulk/settings/",
    "/queues/routing/",
    "/enforcements/",
    "/enforcements/?show=all",
    "/approvals/",
    "/clearings/",
    "/detectors/",
    "/decisions/",
    "/decisions/?kind=all",
]


class TestEachPage:
    """Asks the database the same number of questions for one row and for fifty."""

    def test_asks_no_more_when_there_is_more(self, signed_in, lena, bo):
        with time_machine.travel(NOON, tick=False):
            account = make_account(external_id="wa-1")
            case = make_case(account=account)
            claiming.take(case=case, by=lena, now=NOON)
            link = share(account)
            client = signed_in(lena)
            pages = [
                page.format(case=case.ref, account=account.ref, link=link.pk) for page in PAGES
            ]
            fill(0, 1, account=account, case=case, user=lena, colleague=bo)
            few = {page: asked(client, page) for page in pages}
            fill(1, 50, account=account, case=case, user=lena, colleague=bo)
            many = {page: asked(client, page) for page in pages}

        assert Case.objects.count() > 50
        assert many == few


def asked(client, page) -> int:
    """How many questions `page` asks."""
    # The first look is written down; what is counted are the looks after it.
    client.get(page)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(page).status_code in (200, 302)
    return len(captured)


def fill_appeals(begin: int, end: int, *, appeal, case, user) -> None:
    """So many of everything that the pages of appeals list."""
    for each in range(begin, end):
        at = NOON - timedelta(minutes=each)
        other = make_appeal(at=at, group=appeal.group)
        Proposal.objects.create(
            appeal=other, outcome="REVERSED", cause="GOODWILL", reason_sealed=b"", asked_by=user,
            asked_at=at,
        )  # fmt: skip
        for state, closed_at in (("WITHDRAWN", NOON), ("DECIDED", NOON)):
            earlier = make_appeal(
                account=appeal.account, enforcement=appeal.enforcement, state=state,
                closed_at=closed_at, group=appeal.group, at=at,
            )  # fmt: skip
        AppealDecision.objects.create(
            appeal=earlier, outcome="ORIGINAL_DECISION_UPHELD", decided_by=user,
            reason_sealed=b"", decided_at=NOON, recorded_at=NOON,
        )  # fmt: skip
        make_grievance(
            account=appeal.account, appeal=appeal, state="IN_APPEAL", category="BAN_APPEAL", at=at
        )
        said = say(appeal, text="Once more.", kind="REPEATED", at=at)
        Attachment.objects.create(
            statement=said, storage_name=f"file {each}", sha256=b"", size=1,
            media_type="text/plain",
            name_sealed=appeal.seal("file", context="attachment.name"), received_at=at,
        )  # fmt: skip
        make_detection(account=appeal.account, case=case, detector=f"old-{each}", at=at)
        make_detection(
            account=appeal.account, detector=f"new-{each}", at=NOON + timedelta(minutes=each + 1)
        )
        # The newest thirty decisions are read: the ban that was told of stays among them.
        if each < 20:
            make_enforcement(
                account=appeal.account, action="WARN", at=NOON + timedelta(minutes=each + 1)
            )
        Letter.objects.create(
            ref=next_refs("L")[0], appeal=appeal, kind="QUESTION", via="PLATFORM", locale="en",
            subject="A question", text_sealed=appeal.seal("?", context="letter.text"),
            requested_at=at,
        )  # fmt: skip


class TestEachPageOfAppeals:
    """The same, of appeals: one that Noor holds, and one that is closed."""

    def test_asks_no_more_when_there_is_more(self, signed_in, ada, lena):
        noor = create_user(name="Noor", roles=["APPEALS", "LEAD"])
        with time_machine.travel(NOON + timedelta(hours=2), tick=False):
            decision = ban(ada)
            group = TextGroup.objects.create(size=2, first_at=NOON, last_at=NOON)
            appeal = held(decision, noor, at=NOON + timedelta(hours=2), group=group)
            closed = held(ban(ada), noor, at=NOON + timedelta(hours=2), group=group)
            reviewing.decide(appeal=closed, by=noor, at=NOON + timedelta(hours=2), **answer(closed))
            client = signed_in(noor)
            pages = [
                "/appeals/",
                "/appeals/?state=closed",
                "/appeals/proposals/",
                f"/appeals/{appeal.ref}/",
                f"/appeals/{closed.ref}/",
            ]
            fill_appeals(0, 1, appeal=appeal, case=decision.case, user=ada)
            few = {page: asked(client, page) for page in pages}
            fill_appeals(1, 50, appeal=appeal, case=decision.case, user=ada)
            many = {page: asked(client, page) for page in pages}

        assert Appeal.objects.count() > 100
        assert many == few
