import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from reviewapp.demo.feeding import CannotFeed, Feeder, feed_world
from reviewapp.demo.world import World
from tests.demo.product import KEY, Product, product_running


@pytest.fixture
def product() -> Iterator[Product]:
    with product_running() as running:
        yield running


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def feeder(product: Product, slept: list[float]) -> Iterator[Feeder]:
    with Feeder(product.url, KEY, sleep=slept.append) as feeder:
        yield feeder


def accounts(how_many: int, prefix: str = "m") -> list[dict[str, Any]]:
    return [{"id": f"{prefix}{number}"} for number in range(how_many)]


class TestFeeding:
    """A product answers on this machine."""

    def test_sends_in_batches_and_adds_up(self, feeder: Feeder, product: Product) -> None:
        seen: list[tuple[str, int, int]] = []
        counts = feeder.send(
            "accounts", accounts(2_500), on_progress=lambda *each: seen.append(each)
        )

        assert (counts.accepted, counts.duplicates, counts.rejected) == (2_500, 0, 0)
        assert [size for _, size, _ in product.batches] == [1_000, 1_000, 500]
        assert seen[0] == ("accounts", 0, 2_500)
        assert seen[-1] == ("accounts", 2_500, 2_500)

    def test_changes_nothing_the_second_time(self, feeder: Feeder) -> None:
        feeder.send("accounts", accounts(10))
        counts = feeder.send("accounts", accounts(10))
        assert (counts.accepted, counts.duplicates) == (0, 10)

    def test_counts_rejected_rows_and_names_them(self, feeder: Feeder) -> None:
        counts = feeder.send("accounts", [*accounts(2), {"id": "bad1"}])
        assert (counts.accepted, counts.rejected) == (2, 1)
        assert counts.refusals == ["bad1: /id Is bad."]

    def test_files_appeals_one_by_one_and_again_without_harm(
        self, feeder: Feeder, product: Product
    ) -> None:
        product.answers.append((503, {}))
        rows = [{"id": "ap-1", "account": "m1"}, {"id": "ap-2", "account": "m2"}]

        first, again = feeder.file("appeals", rows), feeder.file("appeals", rows)

        assert [each["appeal"] for each in first] == ["AP-ap-1", "AP-ap-2"]
        assert again == first
        assert list(product.rows["appeals"]) == ["ap-1", "ap-2"]

    def test_stops_at_an_appeal_that_is_refused(self, feeder: Feeder) -> None:
        with pytest.raises(CannotFeed, match="refused bad-1: Not understood"):
            feeder.file("appeals", [{"id": "bad-1"}])

    def test_counts_a_batch_without_one_valid_row(self, feeder: Feeder) -> None:
        counts = feeder.send("accounts", accounts(3, prefix="bad"))
        assert (counts.accepted, counts.rejected) == (0, 3)

    def test_waits_as_long_as_it_is_asked_to(
        self, feeder: Feeder, product: Product, slept: list[float]
    ) -> None:
        product.answers += [(429, {"Retry-After": "7"}), (503, {})]
        counts = feeder.send("accounts", accounts(1))
        assert counts.accepted == 1
        assert slept == [7.0, 0.5]

    def test_understands_a_date_to_wait_for(
        self, feeder: Feeder, product: Product, slept: list[float]
    ) -> None:
        later = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
        product.answers.append((429, {"Retry-After": later}))
        feeder.send("accounts", accounts(1))
        assert 15 < slept[0] <= 20

    def test_tries_again_when_the_line_goes_dead(
        self, feeder: Feeder, product: Product, slept: list[float]
    ) -> None:
        product.answers += [None, None]
        assert feeder.send("accounts", accounts(1)).accepted == 1
        assert slept == [0.25, 0.5]

    def test_gives_up_when_its_patience_is_over(self, product: Product, slept: list[float]) -> None:
        product.answers += [(503, {})] * 50
        with (
            Feeder(product.url, KEY, patience_s=5, sleep=slept.append) as feeder,
            pytest.raises(CannotFeed, match="answered 503 for too long"),
        ):
            feeder.send("accounts", accounts(1))
        assert sum(slept) <= 5

    def test_halves_a_batch_that_is_too_large(self, feeder: Feeder, product: Product) -> None:
        product.largest = 100
        assert feeder.send("accounts", accounts(20)).accepted == 20
        assert len(product.batches) > 1

    def test_says_that_the_key_is_wrong(self, product: Product) -> None:
        with (
            Feeder(product.url, "nonsense") as feeder,
            pytest.raises(CannotFeed, match=r"refused the key: Unknown key\. Ask an admin"),
        ):
            feeder.send("accounts", accounts(1))

    def test_says_what_else_is_refused(self, feeder: Feeder, product: Product) -> None:
        product.answers.append((415, {}))
        with pytest.raises(CannotFeed, match="refused the evidence: Not now"):
            feeder.send("evidence", accounts(1))

    @pytest.mark.parametrize("url", ["nonsense", "ftp://127.0.0.1", "http://127.0.0.1:99999"])
    def test_says_that_an_address_is_none(self, url: str) -> None:
        with pytest.raises(CannotFeed), Feeder(url, KEY, patience_s=0) as feeder:
            feeder.send("accounts", accounts(1))

    def test_says_that_a_key_is_no_header(self, product: Product) -> None:
        with pytest.raises(CannotFeed):
            Feeder(product.url, "schlüssel\n").send("accounts", accounts(1))


class TestFeedingWithoutAProduct:
    """Nobody listens at first."""

    def test_waits_for_it_to_come_up(self) -> None:
        with product_running() as first:
            url, port = first.url, int(first.server_address[1])

        def come_up() -> None:
            time.sleep(0.3)
            with product_running(port=port) as late:
                deadline = time.monotonic() + 10
                while not late.rows["accounts"] and time.monotonic() < deadline:
                    time.sleep(0.02)

        thread = threading.Thread(target=come_up)
        thread.start()
        with Feeder(url, KEY) as feeder:
            counts = feeder.send("accounts", accounts(1))
        thread.join()
        assert counts.accepted == 1

    def test_says_so_when_it_never_does(self) -> None:
        with product_running() as gone:
            url = gone.url
        with Feeder(url, KEY, patience_s=0) as feeder, pytest.raises(CannotFeed, match="reached"):
            feeder.send("accounts", accounts(1))


class TestFeedingTheWorld:
    def test_sends_all_of_it_once(self, world: World, product: Product) -> None:
        counts = feed_world(world, url=product.url, key=KEY)

        assert counts.accepted == len(world)
        assert list(product.rows["evidence"].values()) == world.evidence
        assert list(product.rows["accounts"].values()) == world.accounts
        verdicts = [row["verdict"] for row in world.detections]
        assert len(counts.enforcements) == verdicts.count("ENFORCED")
        assert counts.cases
        order = list(dict.fromkeys(what for what, _, _ in product.batches))
        assert order == ["accounts", "evidence", "detections"]
        assert ("evidence", 5_000, "application/x-ndjson") in product.batches

        again = feed_world(world, url=product.url, key=KEY)
        assert (again.accepted, again.duplicates) == (0, len(world))
