"""What a figure says beside its limit."""

from reviewapp.bench.measures import duration, medians_ms, p95, rate, within


class TestAMeasure:
    def test_of_a_rate_reaches_a_share_of_its_limit(self) -> None:
        met = rate("claims", unit="claims/s", product=50, limit=100, at_least=0.5)
        missed = rate("claims", unit="claims/s", product=49.9, limit=100, at_least=0.5)

        assert (met.ok, missed.ok) == (True, False)
        assert met.row() == {
            "name": "claims",
            "unit": "claims/s",
            "product": 50,
            "limit": 100,
            "ratio": 0.5,
            "aim": "at least 0.5 of the limit",
            "ok": True,
        }

    def test_of_a_page_is_near_its_limit_or_fast_enough(self) -> None:
        def met(product: float) -> bool:
            return duration("page", product=product, limit=100, ratio_at_most=1.3, or_ms=60).ok

        assert (met(130), met(131)) == (True, False)
        assert duration("page", product=59, limit=1, ratio_at_most=1.3, or_ms=60).ok

    def test_may_have_no_limit_but_an_aim(self) -> None:
        measure = within("p95", product=51, at_most=50)

        assert (measure.ok, measure.limit, measure.ratio) == (False, None, None)

    def test_of_two_things_takes_them_in_turn(self) -> None:
        done: list[str] = []

        taken = medians_ms(lambda: done.append("little"), lambda: done.append("much"), times=2)

        assert done == ["little", "much"] * 5
        assert len(taken) == 2

    def test_of_the_slowest_twentieth(self) -> None:
        assert 95 <= p95([float(each) for each in range(1, 101)]) <= 96
