"""Whether a verdict is what a test asks for.

A test of one training passes or fails by its seed. This one asks how many of many seeds learn, and
fails only where that is too few beyond chance: where, if the share that was asked for did learn,
so few would come up in less than one of a hundred tests (the exact binomial tail). Of 16 seeds with
``at_least=0.95`` that is 12 or fewer, of 32 it is 26 or fewer; more seeds find smaller shortfalls.
"""

from __future__ import annotations

from math import comb

from unstuck.errors import UsageError
from unstuck.judge import CHANCE
from unstuck.report.text import to_text
from unstuck.verdict import Answer, Rate, Verdict

ANSWERED = (Answer.LEARNS, Answer.UNSTABLE, Answer.FAILS)


def check_share(at_least: float) -> None:
    """Refuse what is no share of seeds.

    Raises:
        UsageError: it is not above 0 and at most 1.
    """
    if not 0 < at_least <= 1:
        raise UsageError(f"at_least is the share of seeds, above 0 and at most 1, not {at_least}")


def shortfall(verdict: Verdict, at_least: float) -> str:
    """In what the training falls short, with the whole verdict; empty where it does not."""
    rate = verdict.as_written
    if verdict.outcome not in ANSWERED or rate is None:
        said = f"{verdict.outcome}: {verdict.sentence}"
    elif (chance := _chance(rate, at_least)) < CHANCE:
        said = (
            f"learned on {rate} seeds, where at least {at_least:.0%} were asked for "
            f"(the chance of so few, were it so: {chance:.2g})"
        )
    else:
        return ""
    return f"{said}\n\n{to_text([verdict], '')}"


def _chance(rate: Rate, share: float) -> float:
    """How probable it is that so few or fewer learn, where each does with probability ``share``."""
    n = rate.trials
    return sum(comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(rate.learned + 1))
