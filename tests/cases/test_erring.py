"""Whether a version of a detector errs beyond chance: figures that can be worked out by hand."""

from fractions import Fraction
from math import comb

import pytest

from cases.erring import Record, at_least, beyond_chance, weigh


def record(reversed_: int, decided: int, version: str = "1") -> Record:
    return Record("message-burst", version, decided, reversed_)


class TestHowLikelySoManyAre:
    @pytest.mark.parametrize(
        ("successes", "trials", "rate", "likelihood"),
        [
            # Ten heads out of ten; nine or more: (10 + 1) / 1024.
            (10, 10, 0.5, 1 / 1024),
            (9, 10, 0.5, 11 / 1024),
            (8, 10, 0.5, (45 + 10 + 1) / 1024),
            # Five of five at one in ten, and at least one of two.
            (5, 5, 0.1, 0.00001),
            (1, 2, 0.1, 0.19),
            # A die shows a six at least twice in three throws: 16 of 216.
            (2, 3, 1 / 6, 16 / 216),
            (0, 7, 0.3, 1),
            (3, 7, 1, 1),
            (3, 7, 0, 0),
        ],
    )
    def test_is_what_counting_says(self, successes, trials, rate, likelihood):
        assert at_least(successes, trials=trials, rate=rate) == pytest.approx(likelihood, rel=1e-12)

    @pytest.mark.parametrize(
        ("successes", "trials", "rate"),
        [(12, 200, Fraction(1, 50)), (4, 200, Fraction(1, 50)), (150, 200, Fraction(7, 10)),
         (1, 400, Fraction(1, 8)), (390, 400, Fraction(7, 8))],
    )  # fmt: skip
    def test_is_the_sum_of_whole_numbers(self, successes, trials, rate):
        exact = sum(
            comb(trials, number) * rate**number * (1 - rate) ** (trials - number)
            for number in range(successes, trials + 1)
        )

        found = at_least(successes, trials=trials, rate=float(rate))

        assert found == pytest.approx(float(exact), rel=1e-9)

    def test_neither_overflows_nor_takes_long_for_many(self):
        assert at_least(500_000, trials=1_000_000, rate=0.5) == pytest.approx(0.5, abs=0.001)
        assert at_least(2_000, trials=1_000_000, rate=0.001) < 1e-100

    @pytest.mark.parametrize(
        ("successes", "trials", "rate"), [(3, 2, 0.5), (-1, 2, 0.5), (1, 2, 1.5)]
    )
    def test_is_asked_of_a_share_alone(self, successes, trials, rate):
        with pytest.raises(ValueError, match="no binomial"):
            at_least(successes, trials=trials, rate=rate)


class TestAVersionBesideTheOthers:
    """The others had one reversal in 99 decisions: with the one counted more, two in a hundred."""

    def weigh(self, reversed_, decided):
        return weigh(record(reversed_, decided), others_decided=99, others_reversed=1)

    def test_errs_beyond_chance(self):
        """5 of 25 at 0.02: 53130 × 0.02⁵ × 0.98²⁰ is 1.135e-4, with more 1.2167e-4."""
        finding = self.weigh(5, 25)

        assert finding is not None
        assert finding.rate == 0.02
        assert finding.likelihood == pytest.approx(1.2167e-4, rel=1e-4)

    def test_does_not_where_chance_explains_it(self):
        """5 of 50 at 0.02: one in three hundred."""
        assert at_least(5, trials=50, rate=0.02) == pytest.approx(0.0032, abs=5e-5)
        assert self.weigh(5, 50) is None

    def test_does_not_on_account_of_four(self):
        assert at_least(4, trials=4, rate=0.02) < 1e-6
        assert self.weigh(4, 4) is None
        assert self.weigh(5, 5) is not None


class TestAllVersionsTogether:
    def test_are_each_held_against_the_rest(self):
        """Version 2 alone is bad, and does not make the others look better than they are."""
        records = [record(3, 120), record(24, 60, "2"), record(2, 80, "3")]

        [finding] = beyond_chance(records)

        assert finding.record.version == "2"
        assert finding.rate == pytest.approx(6 / 201)

    def test_say_nothing_where_all_err_alike(self):
        assert beyond_chance([record(20, 50), record(19, 50, "2"), record(22, 50, "3")]) == []

    def test_say_nothing_where_there_is_one(self):
        assert beyond_chance([record(50, 50)]) == []
        assert beyond_chance([]) == []

    def test_do_not_take_a_few_without_a_reversal_for_a_rate_of_nought(self):
        """Three others were upheld: a fourth would not be a surprise."""
        assert beyond_chance([record(5, 8), record(0, 3, "2")]) == []
        assert beyond_chance([record(5, 8), record(0, 300, "2")]) != []

    def test_name_the_least_likely_first(self):
        records = [record(9, 30), record(15, 30, "2"), record(1, 900, "3")]

        assert [each.record.version for each in beyond_chance(records)] == ["2", "1"]

    def test_refuse_more_reversals_than_decisions(self):
        with pytest.raises(ValueError, match="no share"):
            record(3, 2)
