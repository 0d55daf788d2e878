import pytest

from appeals.enums import GrievanceCategory
from appeals.mailing.guessing import account_in, accounts_named, category_of
from tests.cases.factories import make_account, make_enforcement

pytestmark = pytest.mark.django_db


@pytest.fixture
def meena():
    return make_account(external_id="meena", phone="+919876543210")


@pytest.fixture
def bo():
    return make_account(external_id="bo", phone="+5511987654321")


class TestTheAccountOfAMail:
    @pytest.mark.parametrize(
        "text",
        [
            "my number is +919876543210",
            "my number is +91 98765 43210.",
            "(+91) 98765-43210",
            "0091 98765 43210",
            "मेरा नंबर +91 98765 43210 है",
        ],
    )
    def test_is_named_by_its_number_in_international_format(self, meena, bo, text):
        assert account_in(text) == meena

    def test_is_named_by_its_ref(self, meena):
        assert account_in(f"I am {meena.ref.lower()}.") == meena

    @pytest.mark.parametrize("text", ["9876543210", "+91 11111 11111", "A-0000000", "nothing", ""])
    def test_is_none_that_is_not_named_so(self, meena, text):
        assert account_in(text) is None

    def test_is_none_where_several_are_named(self, meena, bo):
        text = "+91 98765 43210 is mine, +55 11 98765-4321 writes to me"

        assert account_in(text) is None
        assert set(accounts_named(text)) == {meena, bo}


class TestTheCategoryOfAMail:
    @pytest.mark.parametrize(
        "text",
        [
            "My account was banned",
            "please UNBAN me",
            "you blocked my number",
            "account suspended for no reason",
            "मेरा खाता बंद कर दिया गया",
            "मुझ पर प्रतिबंध क्यों है",
            "A minha conta foi banida",
            "por favor desbloqueiem a conta",
            "conta suspensa",
            "Mi cuenta fue suspendida",
            "han bloqueado mi número",
        ],
    )
    def test_is_that_of_a_ban_where_it_speaks_of_one(self, text):
        assert category_of(text, account=None) == GrievanceCategory.BAN_APPEAL

    @pytest.mark.parametrize(
        "text",
        [
            "How do I change my number?",
            "My bank payment failed",
            "The banana shop sends me pictures",
            "मेरा भुगतान नहीं हुआ",
            "O meu banco recusou o pagamento",
            "",
        ],
    )
    def test_is_left_to_colleagues_where_it_does_not(self, text):
        assert category_of(text, account=None) == GrievanceCategory.OTHER_SUPPORT

    def test_is_that_of_a_ban_where_it_names_who_is_banned(self, meena):
        text = "Hello, +91 98765 43210"

        assert category_of(text, account=meena) == GrievanceCategory.OTHER_SUPPORT
        make_enforcement(account=meena)
        assert category_of(text, account=meena) == GrievanceCategory.BAN_APPEAL
