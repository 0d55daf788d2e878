import pytest

from reviewapp.ledger.heads import BadHead, Head, latest_head, read_heads
from reviewapp.ledger.sealing import seal_pending
from tests.ledger.lines import NOON, record_lines

HEX = "5e" * 32


class TestHead:
    def test_is_written_and_read_again(self):
        head = Head(12, bytes.fromhex(HEX))

        assert str(head) == f"12:{HEX}"
        assert Head.parse(f" 12:{HEX.upper()}\n") == head

    @pytest.mark.parametrize(
        "text",
        ["", "12", f"0:{HEX}", f"-1:{HEX}", f"12:{HEX[1:]}", f"12:{HEX}0", f"१२:{HEX}", "12:zz"],
    )
    def test_refuses_anything_else(self, text):
        with pytest.raises(BadHead, match="is not a head"):
            Head.parse(text)

    @pytest.mark.django_db
    def test_is_that_of_the_newest_seal(self):
        assert latest_head() is None
        for _ in range(2):
            record_lines(1)
            seal_pending(now=NOON)

        assert latest_head().number == 2


class TestKeptHeads:
    def test_are_read_one_a_line_in_any_order(self):
        lines = ["# from the safe", f"12:{HEX}", "", f"3:{HEX}\n"]

        assert [head.number for head in read_heads(lines)] == [3, 12]

    def test_do_not_pass_when_a_line_is_damaged(self):
        with pytest.raises(BadHead, match="12:5e5e"):
            read_heads([f"3:{HEX}", f"12:{HEX[:40]}"])

    def test_do_not_pass_when_there_is_none(self):
        with pytest.raises(BadHead, match="no head"):
            read_heads(["", "# nothing yet"])
