import pytest
from django.core.management import call_command


class TestTheSchema:
    @pytest.mark.django_db
    def test_is_what_the_migrations_make(self) -> None:
        """`makemigrations --check` exits with 1 when a model says something else."""
        call_command("makemigrations", "--check", "--dry-run", verbosity=0)

    @pytest.mark.django_db
    def test_has_migrations_named_by_hand(self) -> None:
        from tests.house.source import PACKAGES, python_files

        named_by_machine = [
            path
            for path in python_files(*PACKAGES)
            if path.parent.name == "migrations"
            and ("_auto_" in path.name or "initial" in path.name)
        ]

        assert named_by_machine == []
