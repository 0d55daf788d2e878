import re
from datetime import timedelta

import pytest
from django.utils import timezone

from cases import bulking, claiming
from cases.models import Bulk, Case
from tests.cases.factories import clause, make_account, make_case

pytestmark = pytest.mark.django_db


def fields(cases, **changed):
    typed = {
        "case": [case.ref for case in cases],
        "outcome": "VIOLATION",
        "clauses": [clause("BULK_MESSAGING").pk],
        "action": "TEMPORARY_BAN",
        "days": "7",
        "rationale": "One campaign.",
        "confidence": "HIGH",
    }
    return typed | changed


def seal_on(page):
    return re.search(r'name="previewed" value="(\w+)"', page.content.decode())[1]


class TestDecidingTogether:
    """Ada chose three cases on the list."""

    def test_shows_what_it_would_do_before_it_does_it(self, signed_in, ada):
        cases = [make_case(account=make_account(country="BR")) for _ in range(3)]
        client = signed_in(ada)

        page = client.post("/bulks/", fields(cases))
        assert "This is what it would do." in page.content.decode()
        assert not Bulk.objects.exists()
        client.post("/bulks/", fields(cases, previewed=seal_on(page)))

        assert Bulk.objects.get().size == 3

    def test_asks_anew_when_what_was_shown_is_not_what_is_sent(self, signed_in, ada):
        cases = [make_case() for _ in range(3)]
        client = signed_in(ada)
        shown = seal_on(client.post("/bulks/preview/", fields(cases)))

        client.post("/bulks/", fields(cases, previewed=shown, action="PERMANENT_BAN"))

        assert not Bulk.objects.exists()

    def test_decides_all_but_the_exceptions_and_reports_each_row(self, signed_in, ada):
        cases = [make_case() for _ in range(3)]
        client = signed_in(ada)
        leave = cases[0].ref
        shown = seal_on(client.post("/bulks/preview/", fields(cases, leave=leave)))

        answer = client.post("/bulks/", fields(cases, leave=leave, previewed=shown), follow=True)
        bulking.run_due(clock=timezone.now, grace=timedelta())
        page = client.get(answer.request["PATH_INFO"]).content.decode()

        assert "Left out" in page
        assert page.count(">Decided</span>") == 2
        assert Case.objects.filter(state="DECIDED").count() == 2

    def test_leaves_out_at_first_what_somebody_else_holds(self, signed_in, ada, bo):
        case = make_case()
        claiming.take(case=case, by=bo, now=timezone.now())

        page = signed_in(ada).post("/bulks/preview/", {"case": [case.ref]}).content.decode()

        assert "held by Bo" in page
        assert re.search(rf'name="leave" value="{case.ref}"[^>]* checked', page)

    def test_names_what_is_missing_beside_its_field(self, signed_in, ada):
        page = signed_in(ada).post("/bulks/", fields([make_case()], rationale=""))

        assert page.status_code == 422
        assert "Say why, in a line, for colleagues." in page.content.decode()

    def test_sends_whoever_chose_nothing_back_to_the_list(self, signed_in, ada):
        answer = signed_in(ada).post("/bulks/preview/", {"case": ["nonsense"]})

        assert answer.headers["Location"] == "/queues/"

    def test_is_not_for_those_who_only_read(self, signed_in, omar):
        client = signed_in(omar)

        assert client.post("/bulks/preview/", {}).status_code == 403
        assert client.post("/bulks/", fields([make_case()])).status_code == 403
        assert client.get("/bulks/").status_code == 200

    def test_can_be_undone_by_a_form(self, signed_in, ada):
        cases = [make_case() for _ in range(2)]
        client = signed_in(ada)
        shown = seal_on(client.post("/bulks/preview/", fields(cases)))
        client.post("/bulks/", fields(cases, previewed=shown))
        bulking.run_due(clock=timezone.now, grace=timedelta(seconds=30))
        ref = Bulk.objects.get().ref
        assert "Goes to the platform at" in client.get(f"/bulks/{ref}/").content.decode()

        client.post(f"/bulks/{ref}/withdrawal/")
        bulking.run_due(clock=timezone.now, grace=timedelta(seconds=30))

        page = client.get(f"/bulks/{ref}/").content.decode()
        assert "Undone" in page
        assert "to the platform" not in page
        assert Case.objects.filter(state="OPEN").count() == 2

    def test_says_nothing_of_the_platform_and_the_person_where_neither_is_asked_or_told(
        self, signed_in, ada
    ):
        cases = [make_case() for _ in range(2)]
        client = signed_in(ada)
        typed = {"outcome": "NO_VIOLATION", "clauses": [], "action": ""}
        shown = seal_on(client.post("/bulks/preview/", fields(cases, **typed)))
        client.post("/bulks/", fields(cases, previewed=shown, **typed))
        bulking.run_due(clock=timezone.now, grace=timedelta(seconds=30))

        page = client.get(f"/bulks/{Bulk.objects.get().ref}/").content.decode()
        assert "No violation" in page
        assert "Goes to the platform at" not in page
        assert "<dt>Told</dt>" not in page

    def test_waits_for_a_second_person_who_sees_why(self, signed_in, ada, lena, settings):
        settings.BULK_APPROVAL_SIZE = 2
        cases = [make_case() for _ in range(2)]
        client = signed_in(ada)
        shown = seal_on(client.post("/bulks/preview/", fields(cases)))
        client.post("/bulks/", fields(cases, previewed=shown))
        ref = Bulk.objects.get().ref

        assert client.post(f"/bulks/{ref}/approval/").status_code == 403
        second = signed_in(lena)
        assert "It decides many cases at once" in second.get(f"/bulks/{ref}/").content.decode()
        second.post(f"/bulks/{ref}/approval/")

        assert Bulk.objects.get().state == "RUNNING"
