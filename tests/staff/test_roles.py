import pytest

from reviewapp.staff.models import User
from reviewapp.staff.roles import PERMISSIONS, Role, permissions_of, read


class TestTheFileOfRoles:
    def test_has_each_role_and_no_other(self) -> None:
        assert set(read()) == set(Role.values)

    @pytest.mark.parametrize("role", Role)
    def test_says_in_words_what_each_is_for(self, role: Role) -> None:
        assert read()[role]["words"] == role.label
        assert read()[role]["about"].endswith(".")

    @pytest.mark.parametrize("role", Role)
    def test_gives_known_permissions_only(self, role: Role) -> None:
        assert set(read()[role]["may"]) <= PERMISSIONS

    def test_gives_every_permission_to_somebody(self) -> None:
        assert permissions_of(tuple(Role.values)) == PERMISSIONS

    def test_lets_auditors_change_nothing(self) -> None:
        changing = {"work_cases", "open_cases", "lead_cases", "replay_enforcements", "configure"}

        assert not permissions_of((Role.AUDITOR,)) & changing

    def test_keeps_configuration_and_casework_apart(self) -> None:
        for role in Role:
            assert not {"configure", "work_cases"} <= permissions_of((role,))


class TestAPerson:
    def test_may_what_any_of_their_roles_may(self) -> None:
        both = User(roles=[Role.ANALYST, Role.ADMIN])

        assert both.may("work_cases")
        assert both.may("configure")
        assert not both.may("lead_cases")

    def test_may_nothing_with_no_role_or_when_shut_out(self) -> None:
        assert not any(User(roles=[]).may(each) for each in PERMISSIONS)
        assert not any(User(roles=[Role.LEAD], is_active=False).may(each) for each in PERMISSIONS)

    def test_cannot_be_asked_about_what_nobody_may(self) -> None:
        with pytest.raises(ValueError, match="fly"):
            User(roles=[Role.LEAD]).may("fly")
