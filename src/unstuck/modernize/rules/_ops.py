"""Functions of the old Keras backend and of TensorFlow, and their names in ``keras.ops``."""

from __future__ import annotations

# The same arguments, by the same positions and names, and the same defaults.
SAME = frozenset(
    """abs all any arange cast ceil clip cos cumprod cumsum dot equal exp eye floor greater
    greater_equal less less_equal log logsumexp max maximum mean min minimum ndim
    not_equal ones ones_like prod reshape round shape sigmoid sign sin softmax softplus
    softsign sqrt square squeeze stack std stop_gradient sum tanh tile var zeros
    zeros_like binary_crossentropy categorical_crossentropy
    sparse_categorical_crossentropy one_hot elu logical_and logical_or logical_not""".split()
)
RENAMED = {
    "pow": "power",
    "permute_dimensions": "transpose",
    "transpose": "transpose",
    "repeat_elements": "repeat",
    "switch": "where",
    "l2_normalize": "normalize",
    "constant": "convert_to_tensor",
    "get_value": "convert_to_numpy",
    "eval": "convert_to_numpy",
    "hard_sigmoid": "hard_sigmoid",
    "sqrt": "sqrt",
}
# With a default that differs: the position of the argument and what the old default was.
DEFAULTS = {
    "argmax": ("argmax", 1, "axis", "-1"),
    "argmin": ("argmin", 1, "axis", "-1"),
    "concatenate": ("concatenate", 1, "axis", "-1"),
    "expand_dims": ("expand_dims", 1, "axis", "-1"),
}
# Written another way; the numbers stand for the arguments.
WRITTEN = {
    "flatten": (1, "{ops}.reshape({0}, (-1,))"),
    "batch_flatten": (1, "{ops}.reshape({0}, ({ops}.shape({0})[0], -1))"),
    "int_shape": (1, "{0}.shape"),
    "get_variable_shape": (1, "{0}.shape"),
    "gather": (2, "{ops}.take({0}, {1}, axis=0)"),
    "set_value": (2, "{0}.assign({1})"),
    "update": (2, "{0}.assign({1})"),
    "update_add": (2, "{0}.assign_add({1})"),
    "update_sub": (2, "{0}.assign_sub({1})"),
    "count_params": (1, "{ops}.size({0})"),
    "cast_to_floatx": (1, "{ops}.cast({0}, {K}.floatx())"),
    "repeat": (2, "{ops}.repeat({ops}.expand_dims({0}, 1), {1}, axis=1)"),
    "identity": (1, "{0}"),
    "is_tensor": (1, "{ops}.is_tensor({0})"),
    "dtype": (1, "{0}.dtype"),
    "relu": (1, "{ops}.relu({0})"),
    "print_tensor": (1, "{0}"),
    "reverse": (2, "{ops}.flip({0}, {1})"),
    "spatial_2d_padding": (1, "{ops}.pad({0}, ((0, 0), (1, 1), (1, 1), (0, 0)))"),
    "image_dim_ordering": (0, "{K}.image_data_format()"),
    "set_image_dim_ordering": (1, "{K}.set_image_data_format({0})"),
    "batch_set_value": (1, "[v.assign(x) for v, x in {0}]"),
    "batch_get_value": (1, "[{ops}.convert_to_numpy(v) for v in {0}]"),
    "var_to_numpy": (1, "{ops}.convert_to_numpy({0})"),
}
# Of another module of Keras: module, name, and new names of its keywords.
ELSEWHERE = {
    "random_normal": ("keras.random", "normal", {"std": "stddev"}),
    "random_uniform": ("keras.random", "uniform", {"low": "minval", "high": "maxval"}),
    "truncated_normal": ("keras.random", "truncated_normal", {}),
    "dropout": ("keras.random", "dropout", {"level": "rate"}),
    "variable": ("keras", "Variable", {"value": "initializer"}),
    "name_scope": ("keras", "name_scope", {}),
}
DIFFERS = {
    "sqrt": "a root of less than zero was 0 and is NaN",
    "hard_sigmoid": "its slope is 1/6, it was 0.2",
    "print_tensor": "it prints no more",
    "set_image_dim_ordering": "",
}
# What today's ``keras.backend`` still holds.
STAYS = frozenset(
    """backend clear_session epsilon floatx get_uid image_data_format is_float_dtype
    is_int_dtype is_keras_tensor result_type set_epsilon set_floatx
    set_image_data_format standardize_dtype""".split()
)
GONE = {
    "function": "Keras 3 has no graphs to cut out of a model; call keras.Model(inputs, outputs)",
    "gradients": "gradients are those of the backend, such as jax.grad",
    "placeholder": "write keras.Input",
    "learning_phase": "a layer's call takes training=",
    "set_learning_phase": "a layer's call takes training=",
    "get_session": "there are no sessions",
    "set_session": "there are no sessions",
    "batch_dot": "write keras.ops.einsum, or keras.layers.Dot",
    "rnn": "write keras.layers.RNN with a cell",
    "in_train_phase": "a layer's call takes training=",
    "in_test_phase": "a layer's call takes training=",
    "map_fn": "write keras.ops.map",
    "ctc_batch_cost": "write keras.ops.ctc_loss",
    "conv2d": "write keras.ops.conv",
    "pool2d": "write keras.ops.max_pool",
}

_SAME_IN_TENSORFLOW = """abs cast ceil clip concat cos equal exp floor greater greater_equal less
    less_equal
    logical_and logical_not logical_or matmul maximum minimum not_equal ones ones_like
    reshape round shape sigmoid sign sin sqrt square squeeze stack stop_gradient tanh
    tensordot tile transpose where zeros zeros_like add subtract multiply divide eye
    repeat""".split()
_MATH_IN_TENSORFLOW = """abs add cos cumprod cumsum divide equal erf exp expm1 floor greater
    greater_equal less less_equal log log1p logical_and logical_not logical_or maximum minimum
    multiply not_equal rsqrt sigmoid sign sin softplus sqrt square subtract tan tanh""".split()
_REDUCED_IN_TENSORFLOW = "mean sum max min prod any all std logsumexp".split()
_NETWORK_IN_TENSORFLOW = """relu sigmoid softmax tanh elu selu gelu softplus leaky_relu relu6
    softsign silu""".split()
TENSORFLOW = {
    **{
        f"tensorflow.{name}": name for name in _SAME_IN_TENSORFLOW if name not in ("clip", "concat")
    },
    **{f"tensorflow.math.{name}": name for name in _MATH_IN_TENSORFLOW},
    **{f"tensorflow.reduce_{name}": name for name in _REDUCED_IN_TENSORFLOW},
    **{f"tensorflow.math.reduce_{name}": name for name in _REDUCED_IN_TENSORFLOW},
    "tensorflow.math.reduce_variance": "var",
    **{f"tensorflow.nn.{name}": name for name in _NETWORK_IN_TENSORFLOW},
    "tensorflow.clip_by_value": "clip",
    "tensorflow.log": "log",
    "tensorflow.math.pow": "power",
    "tensorflow.pow": "power",
    "tensorflow.math.floormod": "mod",
    "tensorflow.math.mod": "mod",
    "tensorflow.range": "arange",
    "tensorflow.linspace": "linspace",
    "tensorflow.linalg.matmul": "matmul",
    "tensorflow.einsum": "einsum",
    "tensorflow.constant": "convert_to_tensor",
    "tensorflow.convert_to_tensor": "convert_to_tensor",
    "tensorflow.one_hot": "one_hot",
    "tensorflow.expand_dims": "expand_dims",
    "tensorflow.concat": "concatenate",
    "tensorflow.sort": "sort",
    "tensorflow.size": "size",
}
