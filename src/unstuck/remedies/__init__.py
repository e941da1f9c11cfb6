"""The closed set of remedies, by what they change: data, model, training, or all of it."""

from unstuck.remedies.data import (
    ClassTargets,
    CopyBatches,
    FillMissing,
    KeepPairs,
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
from unstuck.remedies.lookup import (
    AdaptNormalization,
    DropRescaling,
    MaskPadding,
    ResizeEmbedding,
    UnscaleIds,
)
from unstuck.remedies.model import (
    LeakyRelu,
    LinearOutput,
    OutputUnits,
    ProbabilityOutput,
    SpreadSteps,
    Widen,
)
from unstuck.remedies.network import OtherNetwork
from unstuck.remedies.objective import RemoveLayer, SoftmaxAxis, UseLoss
from unstuck.remedies.rows import BalanceClasses, EqualWeights, MoveAxes, ShuffleRows
from unstuck.remedies.settings import (
    ClipGradients,
    OptimizerDefaults,
    RemoveCallback,
    RemoveClipping,
    SetBatchSize,
)
from unstuck.remedies.training import ConstantRate, SetRate, TrainAtAll, TrainLonger, UseAdam
from unstuck.remedies.weights import (
    DefaultInitializers,
    DrawWeights,
    FreshWeights,
    RemovePenalties,
    RemoveWeightDecay,
)

__all__ = [
    "AdaptNormalization",
    "BalanceClasses",
    "BatchNormMomentum",
    "ClassTargets",
    "ClipGradients",
    "ConstantRate",
    "CopyBatches",
    "DefaultInitializers",
    "DrawWeights",
    "DropRescaling",
    "DropoutRate",
    "EqualWeights",
    "FillMissing",
    "FreshWeights",
    "HiddenActivation",
    "KeepPairs",
    "LastAxis",
    "LastStep",
    "LayerNorm",
    "LeakyRelu",
    "LinearOutput",
    "LogTargets",
    "MaskPadding",
    "MatchShapes",
    "MoveAxes",
    "OptimizerDefaults",
    "OtherNetwork",
    "OutputUnits",
    "PeriodFeatures",
    "ProbabilityOutput",
    "RemoveCallback",
    "RemoveClipping",
    "RemoveLayer",
    "RemovePenalties",
    "RemoveWeightDecay",
    "ResizeEmbedding",
    "SetBatchSize",
    "SetRate",
    "ShuffleRows",
    "SoftmaxAxis",
    "SpreadSteps",
    "StandardizeInputs",
    "StandardizeTargets",
    "TrainAtAll",
    "TrainLonger",
    "Unfreeze",
    "UnscaleIds",
    "UseAdam",
    "UseLoss",
    "Widen",
]
