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
from unstuck.remedies.layers import (
    BatchNormMomentum,
    DropoutRate,
    HiddenActivation,
    LastAxis,
    LastStep,
    LayerNorm,
    Unfreeze,
)
from unstuck.remedies.model import LeakyRelu, LinearOutput, ProbabilityOutput, SpreadSteps, Widen
from unstuck.remedies.network import OtherNetwork
from unstuck.remedies.training import ConstantRate, SetRate, TrainLonger, UseAdam

__all__ = [
    "BatchNormMomentum",
    "ClassTargets",
    "ConstantRate",
    "CopyBatches",
    "DropoutRate",
    "HiddenActivation",
    "LastAxis",
    "LastStep",
    "LayerNorm",
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
    "Unfreeze",
    "UseAdam",
    "Widen",
]
