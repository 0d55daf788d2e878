from collections import Counter
from datetime import datetime, timedelta

import pytest

from reviewapp.demo.appellants import FLOOD, HOPELESS, WRONGLY_BANNED, Disagreement, disagree
from reviewapp.demo.world import World


@pytest.fixture(scope="module")
def disagreement(world: World) -> Disagreement:
    return disagree(world)


def accounts(rows: list[dict]) -> list[str]:
    return [row["account"] for row in rows if "account" in row]


class TestAppeals:
    def test_are_those_of_everybody_wronged_and_of_others(
        self, world: World, disagreement: Disagreement
    ) -> None:
        wronged = set().union(*(world.people(persona) for persona in WRONGLY_BANNED))
        appellants = accounts(disagreement.appeals)

        assert wronged < set(appellants)
        assert len(wronged) + HOPELESS + FLOOD == len(set(appellants)) == len(appellants)

    def test_are_of_banned_accounts_after_their_ban(
        self, world: World, disagreement: Disagreement
    ) -> None:
        banned_at = {
            row["account"]: datetime.fromisoformat(row["enforced_at"])
            for row in world.detections
            if row["verdict"] == "ENFORCED"
        }
        for row in disagreement.appeals:
            received = datetime.fromisoformat(row["received_at"])
            assert banned_at[row["account"]] < received < world.until

    def test_hold_a_flood_of_near_copies(self, disagreement: Disagreement) -> None:
        texts = {row["text"] for row in disagreement.appeals if row["id"] in disagreement.flood}

        assert len(disagreement.flood) == FLOOD
        assert 5 < len(texts) <= 16
        assert len({text[40:200] for text in texts}) < 5

    def test_are_the_same_for_the_same_world(
        self, world: World, disagreement: Disagreement
    ) -> None:
        assert disagree(world) == disagreement


class TestGrievances:
    def test_have_the_mix_of_the_first_report(self, disagreement: Disagreement) -> None:
        """70, 204, 20, 43 and 8 of 345, of some thirty."""
        mix = Counter(row["category"] for row in disagreement.grievances)
        total = len(disagreement.grievances)
        first = {
            "ACCOUNT_SUPPORT": 70, "BAN_APPEAL": 204, "OTHER_SUPPORT": 20,
            "PRODUCT_SUPPORT": 43, "SAFETY": 8,
        }  # fmt: skip

        assert mix == {each: max(1, round(total * count / 345)) for each, count in first.items()}

    def test_are_late_for_one_letter_alone(self, world: World, disagreement: Disagreement) -> None:
        old = [
            row
            for row in disagreement.grievances
            if world.until - datetime.fromisoformat(row["received_at"]) > timedelta(hours=2)
        ]
        assert [row["channel"] for row in old] == ["POST"]

    def test_come_from_appellants_too(self, disagreement: Disagreement) -> None:
        both = set(accounts(disagreement.grievances)) & set(accounts(disagreement.appeals))

        assert len(both) == 6
