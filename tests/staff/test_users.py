import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError

from reviewapp.kernel.refs import parse_ref
from reviewapp.staff.models import User
from reviewapp.staff.roles import Role
from tests.factories import create_user

pytestmark = pytest.mark.django_db


class TestAPerson:
    def test_has_a_ref_that_never_changes(self, ada: User) -> None:
        ref = ada.ref
        ada.name = "Ada L."
        ada.save()

        assert parse_ref(ref, "U") == ref == User.objects.get(pk=ada.pk).ref
        assert ada.actor == f"user:{ref}"

    def test_is_one_however_the_address_is_written(self, ada: User) -> None:
        twin = User(email="ADA@Example.org ", name="Ada again", password="x")

        with pytest.raises(ValidationError, match="is here already"):
            twin.full_clean()
        with pytest.raises(IntegrityError):
            twin.save()

    def test_is_found_however_the_address_is_written(self, ada: User) -> None:
        assert User.objects.get_by_natural_key("Ada@Example.ORG") == ada

    def test_cannot_have_a_role_there_is_not(self) -> None:
        with pytest.raises(IntegrityError, match="roles_are_known"):
            create_user(roles=["KING"])

    def test_can_be_the_first_administrator(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a long walk by the river")

        call_command(
            "createsuperuser", email="asha@example.org", name="Asha", interactive=False, verbosity=0
        )

        asha = User.objects.get()
        assert asha.roles == [Role.ADMIN]
        assert asha.check_password("a long walk by the river")
