import ast
import re

from reviewapp.ledger.kinds import KINDS
from tests.house.source import PACKAGES, ROOT, python_files, strings, tree

KINDS_FILE = ROOT / "reviewapp/ledger/kinds.py"


class TestLedgerKinds:
    """A closed list: what code records is in it, and what is in it is recorded."""

    def test_are_nouns_and_verbs_with_words_for_people(self) -> None:
        for kind, words in KINDS.items():
            assert re.fullmatch(r"[a-z]+\.[a-z_]+", kind)
            assert words[0].isupper()
            assert not words.endswith(".")

    def test_are_all_recorded_somewhere(self) -> None:
        said = {
            each for path in python_files(*PACKAGES) if path != KINDS_FILE for each in strings(path)
        }
        # Some are put together of a noun and a state: f"enforcement.{verb}".
        made = {
            kind
            for kind in KINDS
            if f"{kind.split('.')[0]}." in said
            and kind.split(".")[1] in {each.lower() for each in said}
        }

        assert set(KINDS) - said - made == set()

    def test_are_in_the_list_when_recorded(self) -> None:
        recorded = {
            (path.name, word.value)
            for path in python_files(*PACKAGES)
            for call in ast.walk(tree(path))
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Entry"
            for word in [
                *call.args[:1],
                *(each.value for each in call.keywords if each.arg == "kind"),
            ]
            if isinstance(word, ast.Constant)
        }

        assert recorded
        assert {each for each in recorded if each[1] not in KINDS} == set()
