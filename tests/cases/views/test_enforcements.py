from datetime import timedelta

import pytest

from cases.enums import EnforcementState, NotificationState
from cases.models import AgreementCount, Detector, EnforcementAttempt, Notification
from reviewapp.kernel.refs import next_refs
from reviewapp.ledger.models import LedgerEntry
from tests.cases.factories import make_account, make_enforcement, make_source
from tests.conftest import NOON

pytestmark = pytest.mark.django_db


class TestTheEnforcementPage:
    """One enforcement failed after two attempts, another is in force; a person was not told."""

    @pytest.fixture(autouse=True)
    def _enforcements(self):
        self.account = make_account()
        self.failed = make_enforcement(account=self.account, state=EnforcementState.FAILED)
        for number, status in ((1, 503), (2, None)):
            EnforcementAttempt.objects.create(
                enforcement=self.failed,
                number=number,
                attempted_at=NOON + timedelta(seconds=number),
                took_ms=1200,
                status=status,
                answer="<b>busy</b>",
                result="RETRY",
            )
        self.applied = make_enforcement(account=make_account())
        self.untold = Notification.objects.create(
            ref=next_refs("N")[0],
            account=self.account,
            decision=self.failed.decision,
            locale="en",
            subject="Your account is banned",
            text_sealed=self.account.seal("…", context="notification.text"),
            state=NotificationState.FAILED,
            requested_at=NOON,
        )

    def test_shows_what_needs_attention_first(self, signed_in, omar):
        page = signed_in(omar).get("/enforcements/")

        assert [each.ref for each in page.context["enforcements"]] == [self.failed.ref]
        text = page.content.decode()
        assert "503 Service Unavailable after 1.2 s: &lt;b&gt;busy&lt;/b&gt;" in text
        assert "no answer after 1.2 s" in text

    def test_shows_everything_and_who_was_not_told_behind_tabs(self, signed_in, omar):
        client = signed_in(omar)

        everything = client.get("/enforcements/?show=all")
        untold = client.get("/enforcements/?show=told")

        assert {each.ref for each in everything.context["enforcements"]} == {
            self.failed.ref,
            self.applied.ref,
        }
        assert [each.ref for each in untold.context["notifications"]] == [self.untold.ref]

    def test_tries_again_for_who_may(self, signed_in, lena, omar):
        url = f"/enforcements/{self.failed.ref}/replay/"

        assert signed_in(omar).post(url).status_code == 403
        page = signed_in(lena).post(url, follow=True)

        assert "goes to the platform again" in page.content.decode()
        self.failed.refresh_from_db()
        assert self.failed.state == EnforcementState.RETRYING
        assert self.failed.due_at == NOON

    def test_says_what_does_not_wait_for_it(self, signed_in, lena):
        page = signed_in(lena).post(f"/enforcements/{self.applied.ref}/replay/", follow=True)

        assert f"{self.applied.ref} has not failed." in page.content.decode()
        assert signed_in(lena).post("/enforcements/E-NOBODY/replay/").status_code == 404

    def test_tells_the_person_again(self, signed_in, lena):
        url = f"/notifications/{self.untold.ref}/replay/"

        signed_in(lena).post(url)
        again = signed_in(lena).post(url, follow=True)

        self.untold.refresh_from_db()
        assert self.untold.state == NotificationState.RETRYING
        assert f"{self.untold.ref} is on its way already." in again.content.decode()

    def test_stands_on_the_home_of_who_can_do_something(self, signed_in, lena, ada):
        assert self.account.ref in signed_in(lena).get("/").content.decode()
        assert self.account.ref not in signed_in(ada).get("/").content.decode()

    def test_is_refused_to_a_role_that_has_no_need(self, signed_in):
        from tests.factories import create_user

        owner = create_user(name="Dev", roles=["DETECTOR_OWNER"])
        assert signed_in(owner).get("/enforcements/").status_code == 403


class TestTheDetectorsPage:
    """Two versions of a detector that nobody has acknowledged: one judged 506 times, one never."""

    @pytest.fixture(autouse=True)
    def _detectors(self):
        self.detector = Detector.objects.create(
            name="message-burst", source=make_source(), first_seen_at=NOON
        )
        for version, agreed, decided in (("3.2", 412, 506), ("3.3", 0, 0)):
            AgreementCount.objects.create(
                detector=self.detector,
                version=version,
                stage="MESSAGING",
                agreed=agreed,
                decided=decided,
                first_seen_at=NOON,
            )

    def test_shows_how_often_people_agreed(self, signed_in, omar):
        page = signed_in(omar).get("/detectors/").content.decode()

        assert "412 of 506" in page
        assert "81 % <small>78–85</small>" in page
        assert "nothing decided yet" in page
        assert ">new<" in page

    def test_has_an_admin_acknowledge_what_is_new(self, signed_in, asha, omar):
        url = "/detectors/message-burst/acknowledgement/"

        assert signed_in(omar).post(url).status_code == 403
        page = signed_in(asha).post(url, follow=True).content.decode()
        signed_in(asha).post(url)

        self.detector.refresh_from_db()
        assert self.detector.acknowledged_at == NOON
        assert ">new<" not in page
        entries = LedgerEntry.objects.filter(kind="configuration.changed")
        assert [entry.actor for entry in entries] == [asha.actor]

    def test_finds_detectors_with_slashes_in_their_name(self, signed_in, asha):
        Detector.objects.create(name="team/rate:v2", source=make_source(), first_seen_at=NOON)

        answer = signed_in(asha).post("/detectors/team/rate:v2/acknowledgement/")

        assert answer.status_code == 302
        assert signed_in(asha).post("/detectors/none/acknowledgement/").status_code == 404
