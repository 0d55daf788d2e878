import re
from datetime import timedelta

import pytest
import time_machine

from cases import rearranging
from cases.models import Case, Queue, Rearrangement
from reviewapp.ledger.models import LedgerEntry
from tests.cases.factories import make_case
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
URL = "/queues/automation-and-bulk/settings/"


def typed(page, **changed):
    """What a browser would send of the form on `page`, with what was changed on it."""
    form = page.context["form"]
    data = {}
    for field in form:
        value = field.value()
        if value is not None and value is not False:
            data[field.html_name] = "on" if value is True else value
    return {name: value for name, value in (data | changed).items() if value is not None}


def sealed(page):
    return re.search(r'name="seal" value="([^"]+)"', page.content.decode()).group(1)


class TestTheSettingsOfAQueue:
    """Six cases wait. Lena sets the queue, without scripts."""

    @pytest.fixture(autouse=True)
    def _queue(self, lena, signed_in):
        self.queue = Queue.objects.get(slug="automation-and-bulk")
        self.cases = [
            make_case(
                queue=self.queue, severity=number * 4 % 7, at=NOON - timedelta(hours=number * 5)
            )
            for number in range(6)
        ]
        self.client = signed_in(lena)

    def look(self, **changed):
        return self.client.post(URL, typed(self.client.get(URL), look="1", **changed))

    def save(self, page, **changed):
        data = typed(page, save="1", seal=sealed(page), **changed)
        return self.client.post(URL, data, follow=True)

    def test_show_what_holds(self):
        page = self.client.get(URL)

        assert page.status_code == 200
        assert "preview" not in page.context
        assert 'name="save"' not in page.content.decode()

    def test_show_what_would_move_before_they_are_saved(self):
        page = self.look(weight_severity="5.0", due_hours="12")

        order = page.context["preview"]["order"]
        assert (order["waiting"], order["overdue_before"], order["overdue_after"]) == (6, 0, 3)
        assert len(order["head"]) == 6
        assert order["replaced"] > 0
        assert Queue.objects.get(pk=self.queue.pk).weights == {}
        words = page.content.decode()
        assert "<ins>counts 5</ins>" in words
        assert 'name="save"' in words

    def test_are_saved_after_the_look_and_come_out_as_it_showed(self):
        looked = self.look(weight_severity="5.0", due_hours="12")

        page = self.save(looked)

        assert "The settings of Automation and bulk are saved." in page.content.decode()
        assert "Putting Automation and bulk in its new order" in page.content.decode()
        while rearranging.step(now=NOON):
            pass
        head = [case["ref"] for case in looked.context["preview"]["order"]["head"]]
        waiting = Case.objects.open().filter(queue=self.queue)
        assert list(
            waiting.order_by("due_tier", "-rank", "id").values_list("ref", flat=True)
        ) == head  # fmt: skip
        overdue = waiting.filter(due_at__lte=NOON).count()
        assert overdue == looked.context["preview"]["order"]["overdue_after"]
        assert "Putting" not in self.client.get("/queues/rearrangements/").content.decode()

    def test_are_not_saved_without_a_look(self):
        data = typed(self.client.get(URL), save="1", lease_minutes="20")

        page = self.client.post(URL, data)

        assert page.status_code == 409
        assert "Look at the preview before saving." in page.content.decode()
        assert Queue.objects.get(pk=self.queue.pk).lease_minutes == 15

    def test_are_not_saved_when_something_was_changed_after_the_look(self):
        looked = self.look(lease_minutes="20")

        page = self.save(looked, lease_minutes="30")

        assert page.status_code == 409
        assert "You changed something after the preview." in page.content.decode()
        assert 'value="30"' in page.content.decode()
        saved = self.save(page)
        assert saved.redirect_chain
        assert Queue.objects.get(pk=self.queue.pk).lease_minutes == 30

    def test_are_not_saved_when_somebody_else_changed_the_queues(self):
        looked = self.look(lease_minutes="20")
        Queue.objects.filter(slug="general").update(lease_minutes=99)

        page = self.save(looked)

        assert page.status_code == 409
        assert "Somebody changed the queues or rules" in page.content.decode()
        assert Queue.objects.get(pk=self.queue.pk).lease_minutes == 15
        assert self.save(page).redirect_chain

    def test_are_not_saved_by_a_forged_or_an_old_look(self):
        looked = self.look(lease_minutes="20")
        forged = typed(looked, save="1", seal=sealed(looked)[:-2] + "xx")

        assert self.client.post(URL, forged).status_code == 409
        with time_machine.travel(NOON + timedelta(minutes=31), tick=False):
            page = self.client.post(URL, typed(looked, save="1", seal=sealed(looked)))
        assert page.status_code == 409
        assert "The preview is old." in page.content.decode()

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"weight_reach": "5.1"}, "less than or equal to 5"),
            ({"weight_reach": "0.25"}, "no more than 1 decimal place"),
            ({"lease_minutes": "0"}, "greater than or equal to 1"),
            ({"name": "General"}, "Another queue has this name."),
            ({"actions": []}, "Offer one action at least."),
            ({"worked_by": []}, "Say who works it."),
            ({"worked_by": ["AUDITOR"]}, "AUDITOR is not one of the available choices"),
        ],
    )
    def test_say_beside_the_field_what_makes_no_sense(self, changed, words):
        page = self.look(**changed)

        assert page.status_code == 422
        assert words in page.content.decode()
        assert "preview" not in page.context

    def test_show_which_waiting_cases_go_elsewhere_when_it_is_switched_off(self):
        page = self.look(active=None)

        moves = page.context["preview"]["moves"]
        assert [(row["origin"], row["destination"], row["count"]) for row in moves["rows"]] == [
            ("Automation and bulk", "General", 6)
        ]
        self.save(page, active=None, move="1")
        while rearranging.step(now=NOON):
            pass
        assert Case.objects.filter(queue__slug="general").count() == 6
        assert LedgerEntry.objects.filter(kind="case.moved").count() == 6

    def test_say_who_keeps_a_case_though_they_could_not_take_it_then(self, ada):
        from cases import claiming

        claiming.take(case=self.cases[0], by=ada, now=NOON)

        page = self.look(worked_by=["LEAD"])

        assert page.context["preview"]["holds_kept"] == 1

    def test_answer_htmx_with_the_form_and_its_preview_alone(self):
        data = typed(self.client.get(URL), look="1", lease_minutes="20")

        fragment = self.client.post(URL, data, headers={"HX-Request": "true"})

        words = fragment.content.decode()
        assert "<html" not in words
        assert 'name="seal"' in words

    def test_are_for_who_may_set_queues(self, signed_in, ada, asha, omar):
        assert signed_in(asha).get(URL).status_code == 200
        for person in (ada, omar):
            client = signed_in(person)
            for url in (URL, "/queues/settings/", "/queues/routing/", "/queues/routing/rules/"):
                assert client.get(url).status_code == 403
            assert client.post(URL, {"save": "1"}).status_code == 403

    def test_are_of_a_queue_that_is_there(self):
        assert self.client.get("/queues/nowhere/settings/").status_code == 404


class TestTheListOfQueues:
    def test_adds_one_that_is_set_up_next(self, signed_in, lena):
        client = signed_in(lena)

        page = client.post(
            "/queues/settings/", {"name": "Payments", "slug": "payments"}, follow=True
        )

        assert page.redirect_chain == [("/queues/payments/settings/", 302)]
        queue = Queue.objects.get(slug="payments")
        looked = client.post(
            "/queues/payments/settings/", typed(page, look="1", worked_by=["LEAD"], active="on")
        )
        client.post(
            "/queues/payments/settings/",
            typed(looked, save="1", seal=sealed(looked)),
        )
        queue.refresh_from_db()
        assert (queue.active, queue.worked_by) == (True, ["LEAD"])

    @pytest.mark.parametrize(
        ("slug", "words"),
        [
            ("general", "This address is taken."),
            ("Pay_ments", "Small letters, figures and hyphens"),
            ("", "This field is required."),
        ],
    )
    def test_refuses_an_address_beside_its_field(self, signed_in, lena, slug, words):
        page = signed_in(lena).post("/queues/settings/", {"name": "Payments", "slug": slug})

        assert page.status_code == 422
        assert words in page.content.decode()
        assert not Rearrangement.objects.exists()


class TestTheRoutingRules:
    """Three cases wait in the bulk queue. Lena drafts other rules, without scripts."""

    @pytest.fixture(autouse=True)
    def _rules(self, lena, signed_in):
        self.cases = [make_case() for _ in range(3)]
        self.client = signed_in(lena)

    def page(self):
        return self.client.get("/queues/routing/")

    def numbers(self, page):
        return {rule["queue"]: rule["number"] for rule in page.context["rules"]}

    def step(self, step):
        page = self.client.post("/queues/routing/draft/", {"step": step}, follow=True)
        assert page.status_code == 200
        return page

    def test_are_shown_as_sentences(self):
        page = self.page()

        assert page.context["rules"][0]["asks"] == [{"before": "under", "words": "Child safety"}]
        assert page.context["otherwise"] == "General"
        assert not page.context["drafted"]

    def test_are_moved_in_a_draft_of_ones_own(self, signed_in, asha):
        page = self.step("down:1")

        assert page.context["drafted"]
        assert page.context["rules"][1]["queue"] == "Child safety"
        assert signed_in(asha).get("/queues/routing/").context["rules"][0]["queue"] == (
            "Child safety"
        )
        # Moved back, the draft is what holds, and there is none.
        assert not self.step("up:2").context["drafted"]

    def test_show_which_waiting_cases_would_have_gone_elsewhere(self):
        page = self.step(f"remove:{self.numbers(self.page())['Automation and bulk']}")

        moves = page.context["moves"]
        assert (moves["total"], moves["looked_at"], moves["more"]) == (3, 3, False)
        assert moves["rows"][0]["destination"] == "General"
        assert [rule["queue"] for rule in page.context["gone"]] == ["Automation and bulk"]

    def test_are_saved_as_a_whole_and_move_what_waits_if_asked(self):
        page = self.step(f"remove:{self.numbers(self.page())['Automation and bulk']}")

        saved = self.client.post(
            "/queues/routing/", {"seal": page.context["seal"], "move": "1"}, follow=True
        )
        while rearranging.step(now=NOON):
            pass

        assert "The rules are saved" in saved.content.decode()
        assert "Automation and bulk" not in self.numbers(self.page())
        assert Case.objects.filter(queue__slug="general").count() == 3

    def test_take_a_new_rule_into_the_draft(self):
        page = self.client.post(
            "/queues/routing/rules/",
            {
                "queue": "group-abuse",
                "policies": ["BULK_MESSAGING"],
                "countries": "in, br",
                "score_from": "0.2",
                "score_to": "0.9",
            },
            follow=True,
        )

        rule = page.context["rules"][-1]
        assert rule["fresh"]
        assert [ask["words"] for ask in rule["asks"]] == ["Bulk messaging", "BR or IN", "0.2–0.9"]

    def test_change_in_the_draft(self):
        number = self.numbers(self.page())["Automation and bulk"]
        url = f"/queues/routing/rules/{number}/"
        data = typed(self.client.get(url), queue="group-abuse")

        page = self.client.post(url, data, follow=True)

        assert page.context["moves"]["rows"][0]["destination"] == "Group abuse"

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"queue": ""}, "This field is required."),
            ({"countries": "India"}, "Write countries as two letters each"),
            ({"score_from": "0.9", "score_to": "0.2"}, "Scores go from 0 to 1"),
            ({"policies": []}, "it would take everything"),
        ],
    )
    def test_say_beside_the_field_what_makes_no_sense(self, changed, words):
        data = {
            "queue": "general", "policies": ["BULK_MESSAGING"], "score_from": "0", "score_to": "1",
        } | changed  # fmt: skip

        page = self.client.post("/queues/routing/rules/", data)

        assert page.status_code == 422
        assert words in page.content.decode()

    def test_are_not_saved_once_somebody_else_changed_them(self):
        page = self.step("down:1")
        Queue.objects.filter(slug="general").update(lease_minutes=99)

        refused = self.client.post("/queues/routing/", {"seal": page.context["seal"]})

        assert refused.status_code == 409
        assert "Somebody changed the queues or rules" in refused.content.decode()
        assert refused.context["rules"][1]["queue"] == "Child safety"
        saved = self.client.post("/queues/routing/", {"seal": refused.context["seal"]}, follow=True)
        assert saved.redirect_chain

    def test_are_not_saved_under_the_look_at_another_draft(self):
        page = self.step("down:1")
        self.step("down:2")

        refused = self.client.post("/queues/routing/", {"seal": page.context["seal"]})

        assert refused.status_code == 409

    def test_are_left_as_they_are_when_the_draft_is_dropped(self):
        self.step("down:1")

        assert not self.step("discard").context["drafted"]

    @pytest.mark.parametrize("step", ["", "up:0", "up:99", "up:x", "turn:1", "remove:"])
    def test_know_no_other_steps(self, step):
        answer = self.client.post("/queues/routing/draft/", {"step": step})

        assert answer.status_code == 404
        assert not self.page().context["drafted"]

    def test_answer_htmx_with_the_draft_alone(self):
        fragment = self.client.post(
            "/queues/routing/draft/", {"step": "down:1"}, headers={"HX-Request": "true"}
        )

        words = fragment.content.decode()
        assert "<html" not in words
        assert 'id="routing"' in words
