import pytest

from cases.models import SavedFilter
from tests.conftest import NOON

pytestmark = pytest.mark.django_db


def save(client, name="Old ones", query="age=over-7d", **more):
    return client.post(
        "/queues/saved/", {"saved-name": name, "saved-query": query, **more}, follow=True
    )


class TestSavedFilters:
    """Ada looks at old cases, and wants to again tomorrow."""

    def test_are_saved_from_the_page_and_marked_while_in_use(self, signed_in, ada):
        client = signed_in(ada)
        offered = client.get("/queues/?age=over-7d&order=&q=&after=x").context["save_form"]

        page = save(client, query=offered.initial["query"])

        assert page.redirect_chain == [("/queues/?age=over-7d", 302)]
        assert page.context["save_form"] is None
        current = {view["words"]: view["current"] for view in page.context["views"]}
        assert current == {"All cases": False, "Old ones": True}

    def test_keep_nothing_that_names_a_person(self, signed_in, ada):
        page = signed_in(ada).get("/queues/?q=%2B4520123456")

        assert page.context["save_form"] is None

    def test_come_back_with_what_was_typed_when_refused(self, signed_in, ada):
        client = signed_in(ada)
        save(client)

        page = save(client)

        assert page.status_code == 422
        assert "You have another one of this name." in page.content.decode()
        assert 'value="Old ones"' in page.content.decode()

    def test_are_shared_and_taken_off_by_leads(self, signed_in, ada, lena):
        client = signed_in(lena)
        save(client, **{"saved-shared": "on"})
        saved = SavedFilter.objects.get()

        assert "Old ones" in signed_in(ada).get("/queues/").content.decode()
        client.post(f"/queues/saved/{saved.pk}/sharing/", {})
        assert "Old ones" not in signed_in(ada).get("/queues/").content.decode()
        client.post(f"/queues/saved/{saved.pk}/sharing/", {"shared": "1"})
        assert "the team" in signed_in(ada).get("/queues/saved/").content.decode()
        answer = signed_in(ada).post(f"/queues/saved/{saved.pk}/sharing/", {})
        assert answer.status_code == 403

    def test_are_deleted_by_their_owner(self, signed_in, ada, lena):
        save(signed_in(lena), **{"saved-shared": "on"})
        saved = SavedFilter.objects.get()

        refused = signed_in(ada).post(f"/queues/saved/{saved.pk}/removal/")
        assert refused.status_code == 409
        assert "Only whoever saved a filter deletes it." in refused.content.decode()
        signed_in(lena).post(f"/queues/saved/{saved.pk}/removal/")

        assert not SavedFilter.objects.exists()

    def test_of_somebody_else_are_not_there(self, signed_in, ada, bo):
        kept = SavedFilter.objects.create(owner=bo, name="Mine", query="age=over-7d", saved_at=NOON)

        answer = signed_in(ada).post(f"/queues/saved/{kept.pk}/removal/")

        assert answer.status_code == 404
