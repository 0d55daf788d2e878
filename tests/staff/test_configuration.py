import pytest
from django.core import mail
from django.db import DatabaseError
from django.test import Client

from reviewapp.ledger import recording
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff import keying
from reviewapp.staff.models import ApiKey, Source, User
from reviewapp.staff.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(client: Client, asha: User) -> Client:
    client.force_login(asha)
    return client


def recorded(kind: str) -> LedgerEntry:
    return LedgerEntry.objects.get(kind=kind)


class TestTheDoor:
    """Asha administers. Lena leads."""

    def test_opens_to_who_may_configure(self, browser: Client) -> None:
        assert browser.get("/admin/").status_code == 200

    def test_is_shut_to_everybody_else(self, client: Client, lena: User) -> None:
        client.force_login(lena)

        for path in ("/admin/", "/admin/staff/user/", "/admin/login/", "/admin/nothing/"):
            assert client.get(path).status_code in {403, 404}, path

    def test_leads_a_stranger_to_the_one_way_to_sign_in(self, client: Client) -> None:
        assert client.get("/admin/staff/user/")["Location"].startswith("/staff/login/?next=")
        assert client.post("/admin/login/", {"username": "x", "password": "y"})[
            "Location"
        ].startswith("/staff/login/")

    def test_has_no_sign_in_of_its_own(self, browser: Client) -> None:
        assert browser.get("/admin/login/")["Location"] == "/staff/login/"
        assert browser.get("/admin/password_change/")["Location"] == "/staff/password/change/"

    def test_offers_nothing_beside_configuration(self, browser: Client) -> None:
        page = browser.get("/admin/").content.decode()

        assert "/admin/staff/user/" in page
        for other in ("/admin/auth/", "/admin/account/", "/admin/sessions/", "/admin/ledger/"):
            assert other not in page

    def test_needs_no_inline_script_or_style(self, browser: Client, source: Source) -> None:
        for path in (
            "/admin/",
            "/admin/staff/user/add/",
            f"/admin/staff/source/{source.pk}/change/",
        ):
            page = browser.get(path)
            assert "unsafe" not in page["Content-Security-Policy"]
            assert "<style>" not in page.content.decode()
            assert "<script>" not in page.content.decode()


class TestChangingPeople:
    """Asha changes what Ada may do."""

    def change(self, browser: Client, ada: User, **values: object) -> object:
        form = {"name": ada.name, "email": ada.email, "roles": ada.roles, "is_active": "on"}
        return browser.post(f"/admin/staff/user/{ada.pk}/change/", form | values)

    def test_is_in_the_ledger_with_what_was_before(
        self, browser: Client, asha: User, ada: User
    ) -> None:
        self.change(browser, ada, roles=[Role.ANALYST, Role.LEAD])

        ada.refresh_from_db()
        entry = recorded("user.changed")
        assert ada.roles == ["ANALYST", "LEAD"]
        assert entry.actor == asha.actor
        assert entry.particulars["name"] == ada.ref
        assert entry.particulars["fields"] == {
            "roles": {"before": ["ANALYST"], "after": ["ANALYST", "LEAD"]}
        }

    def test_keeps_names_and_addresses_out_of_the_ledger(self, browser: Client, ada: User) -> None:
        self.change(browser, ada, name="Augusta", email="augusta@example.org")

        particulars = recorded("user.changed").particulars
        assert particulars["fields"] == {"name": "changed", "email": "changed"}
        assert "ugusta" not in str(particulars)

    def test_back_to_what_was_records_nothing(self, browser: Client, ada: User) -> None:
        self.change(browser, ada)

        assert not LedgerEntry.objects.filter(kind="user.changed").exists()

    def test_stands_only_if_it_is_recorded(
        self, browser: Client, ada: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*args: object, **kwargs: object) -> None:
            raise DatabaseError("no room in the ledger")

        monkeypatch.setattr(recording, "_row", refuse)
        browser.raise_request_exception = False

        page = self.change(browser, ada, roles=[Role.LEAD])

        ada.refresh_from_db()
        assert page.status_code == 500  # type: ignore[attr-defined]
        assert ada.roles == ["ANALYST"]

    def test_refuses_what_is_no_role_beside_its_field(self, browser: Client, ada: User) -> None:
        page = self.change(browser, ada, roles=["KING"])

        assert "roles" in page.context["adminform"].errors  # type: ignore[attr-defined]

    def test_refuses_to_delete(self, browser: Client, ada: User) -> None:
        assert (
            browser.post(f"/admin/staff/user/{ada.pk}/delete/", {"post": "yes"}).status_code == 403
        )
        assert User.objects.filter(pk=ada.pk).exists()

    def test_adds_somebody_who_then_sets_a_password_by_mail(
        self, browser: Client, client: Client
    ) -> None:
        browser.post(
            "/admin/staff/user/add/",
            {"name": "Noor", "email": "Noor@example.org", "roles": ["APPEALS"], "is_active": "on"},
        )

        noor = User.objects.get(email="noor@example.org")
        assert recorded("user.changed").particulars["what"] == "added"
        Client().post("/staff/password/reset/", {"email": noor.email})
        assert [letter.to for letter in mail.outbox] == [[noor.email]]


class TestChangingSources:
    def test_is_in_the_ledger(self, browser: Client, source: Source) -> None:
        browser.post(
            f"/admin/staff/source/{source.pk}/change/", {"description": "", "detector_limit": "7"}
        )

        assert recorded("configuration.changed").particulars == {
            "what": "changed",
            "model": "staff.source",
            "name": "spam-models",
            "fields": {"detector_limit": {"before": 50, "after": 7}},
        }

    def test_refuses_a_wrong_name_beside_its_field(self, browser: Client) -> None:
        page = browser.post(
            "/admin/staff/source/add/", {"name": "Spam Models", "detector_limit": "7"}
        )

        assert "name" in page.context["adminform"].errors


class TestKeys:
    def revoke(self, browser: Client, key: keying.Issued) -> str:
        page = browser.post(
            "/admin/staff/apikey/",
            {"action": "revoke", "_selected_action": [key.key.pk]},
            follow=True,
        )
        return page.content.decode()

    def test_are_revoked_once_and_by_whom_is_known(
        self, browser: Client, asha: User, key: keying.Issued
    ) -> None:
        first = self.revoke(browser, key)
        second = self.revoke(browser, key)

        assert "Revoked: 1." in first
        assert "was revoked before" in second
        assert recorded("key.revoked").actor == asha.actor

    def test_are_looked_at_but_never_changed(self, browser: Client, key: keying.Issued) -> None:
        path = f"/admin/staff/apikey/{key.key.pk}/change/"

        assert browser.get("/admin/staff/apikey/").status_code == 200
        page = browser.get(path).content.decode()
        assert key.key.prefix in page
        assert key.secret not in page
        assert browser.post(path, {"scopes": "personal"}).status_code == 403
        assert browser.get("/admin/staff/apikey/add/").status_code == 403
        assert ApiKey.objects.get().scopes == key.key.scopes
