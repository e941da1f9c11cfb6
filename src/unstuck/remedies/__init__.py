"""The closed set of remedies, by what they change: data, model, training, or all of it."""

from unstuck.remedies.data import (
    ClassTargets,
    CopyBatches,
    LogTargets,
    MatchShapes,
    PeriodFeatures,
    StandardizeInputs,
    StandardizeTargets,
)
from unstuck.remedies.model import LeakyRelu, LinearOutput, ProbabilityOutput, SpreadSteps, Widen
from unstuck.remedies.network import OtherNetwork
from unstuck.remedies.training import ConstantRate, SetRate, TrainLonger, UseAdam

__all__ = [
    "ClassTargets",
    "ConstantRate",
    "CopyBatches",
    "LeakyRelu",
    "LinearOutput",
    "LogTargets",
    "MatchShapes",
    "OtherNetwork",
    "PeriodFeatures",
    "ProbabilityOutput",
    "SetRate",
    "SpreadSteps",
    "StandardizeInputs",
    "StandardizeTargets",
    "TrainLonger",
    "UseAdam",
    "Widen",
]
