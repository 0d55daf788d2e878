import msgspec
import pytest

from reviewapp.web.problems import Malformed, Unfit
from reviewapp.web.reading import DEPTH_LIMIT, decode, is_too_deep


def nested(depth: int) -> dict[str, object]:
    value: dict[str, object] = {}
    for _ in range(depth - 1):
        value = {"a": value}
    return value


class TestReading:
    def test_points_from_where_the_row_stands(self) -> None:
        with pytest.raises(Unfit) as refusal:
            decode(b'{"n": {"m": "x"}}', dict[str, dict[str, int]], at="/items/7")

        assert refusal.value.pointer == "/items/7/.../..."
        assert str(refusal.value) == "Expected int, got str."

    def test_takes_one_row_of_a_batch_by_itself(self) -> None:
        rows = decode(b'[{"a": 1}, {"a": "x"}]', list[msgspec.Raw])

        assert decode(rows[0], dict[str, int]) == {"a": 1}
        with pytest.raises(Unfit):
            decode(rows[1], dict[str, int])

    def test_counts_levels(self) -> None:
        assert not is_too_deep(nested(DEPTH_LIMIT))
        assert is_too_deep(nested(DEPTH_LIMIT + 1))
        assert is_too_deep([[[]]], limit=2)
        assert not is_too_deep([[[]]], limit=3)

    def test_refuses_free_form_json_that_is_too_deep(self) -> None:
        body = msgspec.json.encode(nested(DEPTH_LIMIT + 1))

        with pytest.raises(Malformed, match="32 levels"):
            decode(body, dict)
