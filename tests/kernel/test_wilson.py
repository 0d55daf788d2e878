import pytest

from reviewapp.kernel.wilson import interval


class TestTheWilsonInterval:
    """Figures worked out elsewhere, to the digits they were printed with."""

    @pytest.mark.parametrize(
        ("successes", "trials", "low", "high"),
        [(0, 10, 0, 27.75), (10, 10, 72.25, 100), (85, 10_442, 0.659, 1.005)],
    )
    def test_agrees_with_published_figures(self, successes, trials, low, high):
        found = interval(successes, trials)

        assert found is not None
        assert found.low * 100 == pytest.approx(low, abs=0.005)
        assert found.high * 100 == pytest.approx(high, abs=0.005)

    def test_holds_the_share_between_its_bounds(self):
        found = interval(412, 506)

        assert found is not None
        assert (round(found.low * 100), round(found.share * 100), round(found.high * 100)) == (
            78,
            81,
            85,
        )

    def test_says_nothing_without_trials(self):
        assert interval(0, 0) is None

    @pytest.mark.parametrize(("successes", "trials"), [(3, 2), (-1, 5)])
    def test_refuses_what_is_no_share(self, successes, trials):
        with pytest.raises(ValueError, match="no share"):
            interval(successes, trials)
