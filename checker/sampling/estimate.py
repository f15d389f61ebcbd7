"""What a sample says of the population: a share with its interval, from chances that differ and are known.

Who was taken with certainty stands for nobody else: these are counted. For the rest, of which the number is known, too, the share
is the ratio of Hájek, the sum of ``y/p`` over the sum of ``1/p``, with ``p`` the probability and ``y`` 1 for yes, 0 for no. Its variance
is that of the linearised ratio, ``e = (y - share) / p / sum(1/p)``, by Hájek's approximation, which needs no joint probabilities:
``sum of c (e - sum(c e)/sum(c))²`` with ``c = (1 - p) n/(n - 1)``. As against sampling with replacement, ``1 - p`` takes into account
how much of the population was seen; otherwise the interval of a sample of half the population would be half as wide again.

The interval is Wilson's, with the effective number of answers in place of their number: share times (1 - share) over the variance, as
Korn and Graubard do. So it lies between 0 and 1, and none or all of the sample saying yes has an interval, too; there, where
no variance can be seen, the effective number is Kish's, ``sum(1/p)² / sum(1/p²)``. It is never taken to be more than a
simple random sample would have: with few cases a small variance is more often luck than precision. The quantile is Student's.

Särndal, Swensson and Wretman, Model Assisted Survey Sampling (1992), 5.6 and 5.7; J. Hájek, Ann. Math. Statist. 35 (1964); E. L. Korn
and B. I. Graubard, Confidence intervals for proportions with small expected number of positive counts estimated from survey
data, Survey Methodology 24 (1998); E. B. Wilson, J. Amer. Statist. Assoc. 22 (1927); L. Kish, Survey Sampling (1965).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from statistics import NormalDist

from checker.survey.peers import binary

#: Decimal places to which quantiles and roots are taken; everything else is exact.
_PLACES = 10**12
#: Of each power of the degrees of freedom under the line: the factor of each power of the normal quantile.
_SERIES = (
    {3: Fraction(1, 4), 1: Fraction(1, 4)},
    {5: Fraction(5, 96), 3: Fraction(16, 96), 1: Fraction(3, 96)},
    {7: Fraction(3, 384), 5: Fraction(19, 384), 3: Fraction(17, 384), 1: Fraction(-15, 384)},
    {9: Fraction(79, 92160), 7: Fraction(776, 92160), 5: Fraction(1482, 92160), 3: Fraction(-1920, 92160), 1: Fraction(-945, 92160)},
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found of one record of the sample, and with which probability it got there."""

    probability: Fraction
    yes: bool


@dataclass(frozen=True, slots=True)
class Share:
    """An estimated share of the population and its interval, each from 0 to 1; from how many answers, and how many said yes."""

    value: Fraction
    least: Fraction
    most: Fraction
    answers: int
    yes: int


def share(answers: Sequence[Answer], population: int, certain: int, confidence: Fraction) -> Share | None:
    """The share of a population for which the answer is yes.

    Args:
        answers: those of the sample, or of a part of it: who did not answer is taken to be like those who did, those taken with
            certainty and those by lot each among themselves.
        population: how many there are in the population.
        certain: how many of them were taken with certainty.
        confidence: how often such intervals shall contain the share, between 0 and 1.

    Returns:
        nothing where there is no answer of those taken by lot, or of those taken with certainty, though there are some.
    """
    sure = [answer for answer in answers if answer.probability == 1]
    by_lot = [answer for answer in answers if answer.probability < 1]
    if (certain and not sure) or (population > certain and not by_lot):
        return None
    if len(sure) < certain:  # the certain were not all heard: those who were are a sample of them
        by_lot += [Answer(Fraction(len(sure), certain), answer.yes) for answer in sure]
        sure = []
    rest = population - len(sure)
    known = sum(answer.yes for answer in sure)
    value, least, most = _of_lots(by_lot, rest, confidence) if rest else (Fraction(0), Fraction(0), Fraction(0))
    told = [(known + rest * part) / population for part in (value, least, most)]
    return Share(told[0], told[1], told[2], len(answers), sum(answer.yes for answer in answers))


def _of_lots(answers: Sequence[Answer], population: int, confidence: Fraction) -> tuple[Fraction, Fraction, Fraction]:
    """Share, least and most of those that were taken by lot."""
    groups = Counter(answers)
    number = len(answers)
    total = sum((times / answer.probability for answer, times in groups.items()), Fraction(0))
    value = sum((times / answer.probability for answer, times in groups.items() if answer.yes), Fraction(0)) / total
    seen = min(Fraction(number, population), Fraction(population - 1, population))
    simple = number / (1 - seen)
    variance = _variance(groups, value, total, number)
    if variance and 0 < value < 1:
        effective = min(value * (1 - value) / variance, simple)
    else:
        effective = total * total / sum((times / answer.probability**2 for answer, times in groups.items()), Fraction(0)) / (1 - seen)
    return value, *wilson(value, effective, student(confidence, max(number - 1, 1)))


def _variance(groups: Counter[Answer], value: Fraction, total: Fraction, number: int) -> Fraction:
    """The variance of the ratio; nothing where it cannot be seen."""
    if number == 1:
        return Fraction(0)
    parts = [((1 - answer.probability) * times, (answer.yes - value) / answer.probability / total) for answer, times in groups.items()]
    centre = sum((part * off for part, off in parts), Fraction(0)) / sum((part for part, _ in parts), Fraction(0))
    return Fraction(number, number - 1) * sum((part * (off - centre) ** 2 for part, off in parts), Fraction(0))


def student(confidence: Fraction, freedom: int) -> Fraction:
    """How many standard deviations an interval reaches to each side: the quantile of Student's t, by its series from the normal one
    (Abramowitz and Stegun, 26.7.5), which is right to two decimals from 3 degrees of freedom on.
    """
    normal = Fraction(round(NormalDist().inv_cdf(binary((1 + confidence) / 2)) * _PLACES), _PLACES)
    terms = sum(factor * normal**power / freedom**order for order, series in enumerate(_SERIES, 1) for power, factor in series.items())
    return Fraction(round((normal + terms) * _PLACES), _PLACES)


def wilson(value: Fraction, number: Fraction, quantile: Fraction) -> tuple[Fraction, Fraction]:
    """The interval of a share by Wilson's score, from a number of answers that need not be whole."""
    square = quantile**2 / number
    middle, inside = value + square / 2, value * (1 - value) / number + square / number / 4
    half = quantile * Fraction(isqrt(inside.numerator * _PLACES**2 // inside.denominator), _PLACES)
    least, most = (middle - half) / (1 + square), (middle + half) / (1 + square)
    return Fraction(0) if value == 0 else max(least, Fraction(0)), Fraction(1) if value == 1 else min(most, Fraction(1))  # a root is cut off
