"""From how well each value agrees with a line to how probable each is, and to what a person is told of it."""

from __future__ import annotations

import numpy as np

from station.reading.candidates import Scores
from station.reading.fields import Grade

#: The networks are surer than they are right: differences of their logarithms count for so much (docs/reading.md).
TEMPER = 0.8
#: How much better than the line's own best path no value may look, and still something else may stand there
#: (natural logarithm, tempered).
ELSE = -7.0
#: From which probability on a value is sure, and likely.
SURE, LIKELY = 0.99, 0.8


def grade_of(probability: float) -> Grade:
    """The grade of a value that is so probable."""
    if probability >= SURE:
        return Grade.SURE
    return Grade.LIKELY if probability >= LIKELY else Grade.NONE


def posterior(log_likelihoods: Scores, prior: Scores | None = None) -> Scores:
    """How probable each value is; what is missing to 1 is that something else stands there."""
    weights = np.exp(TEMPER * log_likelihoods)
    shares = np.full(len(weights), 1 / len(weights)) if prior is None else prior / prior.sum()
    weights *= shares
    probable: Scores = weights / (weights.sum() + np.exp(ELSE) * shares.max())
    return probable
