import re

import pytest
from django.core import mail
from django.test import Client

from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import User
from tests.factories import PASSWORD, create_user

pytestmark = pytest.mark.django_db

LOGIN = "/staff/login/"


@pytest.fixture
def ada() -> User:
    return create_user(name="Ada", password=PASSWORD)


def sign_in(client: Client, *, email: str = "ada@example.org", password: str = PASSWORD) -> object:
    return client.post(LOGIN, {"login": email, "password": password})


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def recorded(kind: str) -> list[LedgerEntry]:
    return list(LedgerEntry.objects.filter(kind=kind))


class TestSigningIn:
    """Ada has a password."""

    def test_lets_her_in_and_is_recorded(self, client: Client, ada: User) -> None:
        sign_in(client)

        assert is_in(client)
        assert [entry.actor for entry in recorded("user.signed_in")] == [ada.actor]

    def test_takes_the_address_however_it_is_written(self, client: Client, ada: User) -> None:
        sign_in(client, email="ADA@Example.org")

        assert is_in(client)

    def test_lasts_for_twelve_hours(self, client: Client, ada: User) -> None:
        sign_in(client)

        assert client.session.get_expiry_age() <= 12 * 60 * 60

    def test_refuses_a_wrong_password_and_keeps_nothing_typed(
        self, client: Client, ada: User
    ) -> None:
        sign_in(client, password="hunter2hunter2")

        assert not is_in(client)
        [entry] = recorded("user.sign_in_failed")
        assert entry.actor == "system"
        assert entry.particulars == {"user": ada.ref}
        assert "hunter2" not in str(entry.particulars)

    def test_refuses_a_stranger_in_the_same_words(self, client: Client, ada: User) -> None:
        wrong = sign_in(client, password="hunter2hunter2")
        stranger = sign_in(client, email="eve@example.org")

        def words(page: object) -> list[str]:
            return list(page.context["form"].non_field_errors())  # type: ignore[attr-defined]

        assert words(wrong) == words(stranger) != []
        assert recorded("user.sign_in_failed")[-1].particulars == {}
        assert "eve@" not in str([entry.particulars for entry in recorded("user.sign_in_failed")])

    def test_refuses_who_was_shut_out(self, client: Client, ada: User) -> None:
        User.objects.update(is_active=False)

        sign_in(client)

        assert not is_in(client)

    @pytest.mark.parametrize("email", ["a\0@example.org", "x" * 5000, "é@exämple.org", "' or 1=1"])
    def test_refuses_nonsense_politely(self, client: Client, email: str) -> None:
        page = sign_in(client, email=email)

        assert page.status_code == 200  # type: ignore[attr-defined]
        assert not is_in(client)

    def test_is_throttled_for_one_person_whatever_the_password(
        self, client: Client, ada: User
    ) -> None:
        for _ in range(5):
            sign_in(client, password="a wrong password")

        page = sign_in(client)

        assert not is_in(client)
        assert "Too many failed login attempts" in page.content.decode()  # type: ignore[attr-defined]
        assert len(recorded("user.sign_in_failed")) == 5

    def test_is_throttled_for_one_address_whoever_it_tries(self, client: Client, ada: User) -> None:
        for each in range(10):
            sign_in(client, email=f"person{each}@example.org")

        sign_in(client)

        assert not is_in(client)

    def test_is_not_fooled_by_a_header_about_the_address(self, client: Client, ada: User) -> None:
        for each in range(10):
            client.post(
                LOGIN,
                {"login": f"person{each}@example.org", "password": "wrong"},
                headers={"X-Forwarded-For": f"198.51.100.{each}"},
            )

        sign_in(client)

        assert not is_in(client)

    def test_does_not_lead_to_another_site(self, client: Client, ada: User) -> None:
        page = client.post(
            LOGIN + "?next=https://evil.example/",
            {"login": ada.email, "password": PASSWORD, "next": "https://evil.example/"},
        )

        assert page["Location"] == "/"

    def test_gives_a_new_session_and_signing_out_ends_it(self, client: Client, ada: User) -> None:
        sign_in(client)
        cookie = client.cookies["sessionid"].value

        client.post("/staff/logout/")
        client.cookies["sessionid"] = cookie

        assert not is_in(client)


class TestSigningUp:
    def test_has_no_door(self, client: Client) -> None:
        assert client.get("/staff/signup/").status_code == 404
        assert "signup" not in client.get(LOGIN).content.decode()


class TestAForgottenPassword:
    """Ada has forgotten hers."""

    def test_is_replaced_by_a_link_in_her_mail(self, client: Client, ada: User) -> None:
        client.post("/staff/password/reset/", {"email": "Ada@example.org"})
        [letter] = mail.outbox
        link = re.search(r"http://testserver(\S+)", str(letter.body))
        assert link
        form = client.get(link[1], follow=True)
        new = "another walk by the sea"

        client.post(form.redirect_chain[-1][0], {"password1": new, "password2": new})

        assert letter.to == [ada.email]
        sign_in(client, password=new)
        assert is_in(client)

    def test_of_a_stranger_sends_nothing_and_says_the_same(self, client: Client, ada: User) -> None:
        known = client.post("/staff/password/reset/", {"email": ada.email})
        unknown = client.post("/staff/password/reset/", {"email": "eve@example.org"})

        assert len(mail.outbox) == 1
        assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])

    def test_cannot_be_replaced_by_a_weak_one(self, client: Client, ada: User) -> None:
        client.force_login(ada)

        client.post(
            "/staff/password/change/",
            {"oldpassword": PASSWORD, "password1": "password123", "password2": "password123"},
        )

        ada.refresh_from_db()
        assert ada.check_password(PASSWORD)


@pytest.mark.parametrize(
    "path",
    [
        "/staff/login/",
        "/staff/logout/",
        "/staff/inactive/",
        "/staff/password/reset/",
        "/staff/password/reset/done/",
        "/staff/password/reset/key/done/",
        "/staff/password/reset/key/1-abc/",
        "/staff/password/change/",
        "/staff/reauthenticate/",
    ],
)
def test_every_page_of_signing_in_can_be_drawn(client: Client, ada: User, path: str) -> None:
    for person in (None, ada):
        if person:
            client.force_login(person)
        assert client.get(path).status_code in {200, 302}
