"""Old text and today's, a table for each family of rules. The imports come with the lines that
use them, since names are read through the program's own imports."""

from __future__ import annotations

L, M, KERAS = (
    "from keras import layers\n",
    "from keras.models import Sequential\n",
    "import keras\n",
)
NP = "import numpy as np\n"
PAIRS = {
    "modules": [
        ("from keras.layers.core import Dense, Dropout", "from keras.layers import Dense, Dropout"),
        ("from keras.layers.recurrent import *", "from keras.layers import *"),
        ("import keras.layers.convolutional as C", "import keras.layers as C"),
        ("from keras.utils import np_utils", "from keras import utils as np_utils"),
        (
            "from keras.utils.np_utils import to_categorical",
            "from keras.utils import to_categorical",
        ),
        (
            "import keras\nkeras.utils.np_utils.to_categorical(y)",
            "import keras\nkeras.utils.to_categorical(y)",
        ),
        (
            "from keras.layers.advanced_activations import LeakyReLU as A",
            "from keras.layers import LeakyReLU as A",
        ),
        ("from keras.objectives import mse", "from keras.losses import mean_squared_error as mse"),
        (
            "from keras.optimizers import adam\nadam()",
            "from keras.optimizers import Adam as adam\nadam()",
        ),
        ("from keras.engine.topology import Layer, Input", "from keras.layers import Layer, Input"),
        (
            "from keras.layers import CuDNNLSTM, Dense",
            "from keras.layers import LSTM as CuDNNLSTM, Dense",
        ),
        ("import keras.layers as kl\nkl.CuDNNGRU(3)", "import keras.layers as kl\nkl.GRU(3)"),
        (
            "from keras.constraints import maxnorm",
            "from keras.constraints import max_norm as maxnorm",
        ),
        (
            "from keras.engine import Layer, Model",
            "from keras.layers import Layer\nfrom keras.models import Model",
        ),
        (
            "from keras.preprocessing.text import Tokenizer",
            "from keras.src.legacy.preprocessing.text import Tokenizer",
        ),
        (
            "from sklearn.cross_validation import train_test_split",
            "from sklearn.model_selection import train_test_split",
        ),
        (
            "from sklearn.externals import joblib\njoblib.dump(a, b)",
            "import joblib\njoblib.dump(a, b)",
        ),
        (
            "from sklearn.preprocessing import Imputer, StandardScaler",
            "from sklearn.impute import SimpleImputer as Imputer\n"
            "from sklearn.preprocessing import StandardScaler",
        ),
        (
            "import sklearn.grid_search as g\ng.GridSearchCV(a)",
            "import sklearn.model_selection as g\ng.GridSearchCV(a)",
        ),
    ],
    "tensorflow": [
        ("from tensorflow.keras.layers import Dense", "from keras.layers import Dense"),
        ("from tensorflow import keras", "import keras"),
        ("from tensorflow.python.keras.models import Model", "from keras.models import Model"),
        (
            "import tensorflow as tf\nm = tf.keras.Sequential()",
            "import keras\nm = keras.Sequential()",
        ),
        (
            "import tensorflow as tf\nfrom tensorflow import keras\ntf.random.set_seed(1)\nkeras.Input(3)",
            "import keras\nkeras.utils.set_random_seed(1)\nkeras.Input(3)",
        ),
        ("import tensorflow.keras as K2\nK2.Sequential()", "import keras as K2\nK2.Sequential()"),
        (
            "import tensorflow.keras.backend as K\nK.clear_session()",
            "import keras.backend as K\nK.clear_session()",
        ),
        (
            "import tensorflow as tf\nfrom tensorflow.keras import layers\ntf.random.set_seed(1)",
            "import keras\nfrom keras import layers\nkeras.utils.set_random_seed(1)",
        ),
        (
            "import tensorflow as tf\ndef loss(a, b):\n    return tf.reduce_mean(tf.square(a - b))\n"
            "tf.keras.losses.get(loss)",
            "import keras\ndef loss(a, b):\n    return keras.ops.mean(keras.ops.square(a - b))\n"
            "keras.losses.get(loss)",
        ),
        (
            "import tensorflow as tf\nx = tf.keras.Input((3,), dtype=tf.float32)",
            'import keras\nx = keras.Input((3,), dtype="float32")',
        ),
        (
            "import tensorflow as tf\nfrom keras.layers import Dense",
            "import keras\nfrom keras.layers import Dense",
        ),
    ],
    "arguments": [
        (
            L + "layers.Dense(output_dim=3, init='uniform', bias=False)",
            L + "layers.Dense(units=3, kernel_initializer='uniform', use_bias=False)",
        ),
        (
            L + "layers.Dense(3, W_regularizer=r, b_constraint=c)",
            L + "layers.Dense(3, kernel_regularizer=r, bias_constraint=c)",
        ),
        (L + "layers.Dropout(p=0.5)", L + "layers.Dropout(rate=0.5)"),
        (L + "layers.GaussianNoise(sigma=1)", L + "layers.GaussianNoise(stddev=1)"),
        (
            L + "layers.LSTM(output_dim=4, inner_activation='tanh', dropout_W=0.1, dropout_U=0.2)",
            L
            + "layers.LSTM(units=4, recurrent_activation='tanh', dropout=0.1, recurrent_dropout=0.2)",
        ),
        (
            L + "layers.GRU(4, consume_less='gpu', inner_init='orthogonal')",
            L + "layers.GRU(4, recurrent_initializer='orthogonal')",
        ),
        (
            L + "layers.MaxPooling2D(pool_size=(2, 2), border_mode='same', dim_ordering='th')",
            L
            + "layers.MaxPooling2D(pool_size=(2, 2), padding='same', data_format='channels_first')",
        ),
        (
            L + "layers.MaxPooling1D(pool_length=2, stride=2)",
            L + "layers.MaxPooling1D(pool_size=2, strides=2)",
        ),
        (L + "layers.Embedding(10, 3, input_length=7)", L + "layers.Embedding(10, 3)"),
        (
            L + "layers.Embedding(10, 3, init='normal', dropout=0.2)",
            L + "layers.Embedding(10, 3, embeddings_initializer='normal')",
        ),
        (
            "from keras.models import Model\nModel(input=a, output=[b, c])",
            "from keras.models import Model\nModel(inputs=a, outputs=[b, c])",
        ),
        (
            "from keras.regularizers import l2\nl2(l=0.1)",
            "from keras.regularizers import l2\nl2(l1=0.1)".replace("l1=", "l2="),
        ),
        (
            "from keras.utils import to_categorical\nto_categorical(y, nb_classes=3)",
            "from keras.utils import to_categorical\nto_categorical(y, num_classes=3)",
        ),
        (
            KERAS + "class A(keras.layers.Layer):\n    def build(self, s):\n"
            "        self.w = self.add_weight('w', (3, 4), initializer='uniform')",
            KERAS + "class A(keras.layers.Layer):\n    def build(self, s):\n"
            "        self.w = self.add_weight(name='w', shape=(3, 4), initializer='uniform')",
        ),
        (
            KERAS
            + "class A(keras.layers.Layer):\n    def get_output_shape_for(self, s):\n        return s",
            KERAS
            + "class A(keras.layers.Layer):\n    def compute_output_shape(self, s):\n        return s",
        ),
        (
            "from keras.layers.advanced_activations import ThresholdedReLU\nThresholdedReLU(theta=0.7)",
            "from keras.layers import ReLU as ThresholdedReLU\nThresholdedReLU(threshold=0.7)",
        ),
    ],
    "convolutions": [
        (
            "from keras.layers import Convolution2D\nConvolution2D(32, 3, 5)",
            "from keras.layers import Convolution2D\nConvolution2D(32, (3, 5))",
        ),
        (
            "from keras.layers import Convolution2D as C\n"
            "C(32, 3, 3, border_mode='same', subsample=(2, 2), dim_ordering='tf')",
            "from keras.layers import Convolution2D as C\n"
            "C(32, (3, 3), padding='same', strides=(2, 2), data_format='channels_last')",
        ),
        (
            L + "layers.Convolution2D(nb_filter=8, nb_row=3, nb_col=4, input_shape=(9, 9, 1))",
            L + "layers.Convolution2D(filters=8, kernel_size=(3, 4), input_shape=(9, 9, 1))",
        ),
        (
            L + "layers.Convolution1D(nb_filter=8, filter_length=3, subsample_length=1)",
            L + "layers.Convolution1D(filters=8, kernel_size=3, strides=1)",
        ),
        (
            L + "layers.Conv2D(8, 3, 3, border_mode='valid')",
            L + "layers.Conv2D(8, (3, 3), padding='valid')",
        ),
        (L + "layers.Convolution3D(8, 2, 3, 4)", L + "layers.Convolution3D(8, (2, 3, 4))"),
        (
            L + "layers.TimeDistributedDense(8, activation='relu')",
            L + "layers.TimeDistributed(layers.Dense(8, activation='relu'))",
        ),
        (
            "from keras.layers import LSTM, TimeDistributedDense\nTimeDistributedDense(8)",
            "from keras.layers import LSTM, TimeDistributed, Dense\nTimeDistributed(Dense(8))",
        ),
        (
            "from keras.layers import LSTM\nmodel.add(LSTM(3, batch_input_shape=(4, 2, 1), stateful=True))",
            "from keras.layers import LSTM, Input\nmodel.add(Input(batch_shape=(4, 2, 1)))\n"
            "model.add(LSTM(3, stateful=True))",
        ),
        (
            KERAS + "keras.Sequential([keras.layers.Dense(3, batch_input_shape=(4, 2))])",
            KERAS
            + "keras.Sequential([keras.layers.Input(batch_shape=(4, 2)), keras.layers.Dense(3)])",
        ),
    ],
    "recurrent": [
        (
            L + "layers.LSTM(8, input_dim=2, input_length=5)",
            L + "layers.LSTM(8, input_shape=(5, 2))",
        ),
        (
            L + "layers.LSTM(8, input_length=5, input_dim=2)",
            L + "layers.LSTM(8, input_shape=(5, 2))",
        ),
        (L + "layers.SimpleRNN(8, input_dim=n)", L + "layers.SimpleRNN(8, input_shape=(None, n))"),
        (L + "layers.LSTM(8, forget_bias_init='one')", L + "layers.LSTM(8, unit_forget_bias=True)"),
        (
            "import keras\nm.reset_states()",
            "import keras\n[x.reset_state() for x in getattr(m, 'layers', [m]) "
            "if hasattr(x, 'reset_state')]",
        ),
    ],
    "initializers": [
        (
            "from keras.layers import Dense\ndef f(shape, name=None):\n    return 0\n"
            "Dense(3, kernel_initializer=f)",
            "from keras.layers import Dense\ndef f(shape, name=None, dtype=None):\n    return 0\n"
            "Dense(3, kernel_initializer=f)",
        ),
    ],
    "merging": [
        (
            "from keras.layers import Dense, merge\nx = merge([a, b], mode='concat', concat_axis=1)",
            "from keras.layers import Dense, concatenate\nx = concatenate([a, b], axis=1)",
        ),
        (
            "from keras.layers import merge\nx = merge([a, b], mode='sum')\ny = merge([a, b], 'mul')",
            "from keras.layers import add, multiply\nx = add([a, b])\ny = multiply([a, b])",
        ),
        (
            KERAS + "x = keras.layers.merge([a, b], mode='ave', name='m')",
            KERAS + "x = keras.layers.average([a, b], name='m')",
        ),
        ("from keras.layers.merge import Concatenate", "from keras.layers import Concatenate"),
    ],
    "training": [
        (M + "model.fit(x, y, nb_epoch=5, show_accuracy=True)", M + "model.fit(x, y, epochs=5)"),
        (
            M + "model.fit_generator(g, steps_per_epoch=10, epochs=2, workers=4)",
            M + "model.fit(g, steps_per_epoch=10, epochs=2)",
        ),
        (
            M + "model.fit_generator(g, 10, 2, validation_data=v, nb_val_samples=3)",
            M + "model.fit(g, steps_per_epoch=10, epochs=2, validation_data=v, validation_steps=3)",
        ),
        (
            M
            + "batch_size = 32\nmodel.fit_generator(g(), samples_per_epoch=n, nb_epoch=2, nb_worker=1)",
            M + "batch_size = 32\nmodel.fit(g(), steps_per_epoch=-(-n // batch_size), epochs=2)",
        ),
        (
            M
            + "model.fit_generator(d.flow(x, y, batch_size=16), samples_per_epoch=len(x), nb_epoch=2)",
            M
            + "model.fit(d.flow(x, y, batch_size=16), steps_per_epoch=-(-len(x) // 16), epochs=2)",
        ),
        (M + "model.evaluate_generator(g, val_samples=8)", M + "model.evaluate(g, steps=8)"),
        (M + "model.predict_generator(g, 8, max_q_size=1)", M + "model.predict(g, steps=8)"),
        (M + "model.compile('sgd', 'mse', class_mode='binary')", M + "model.compile('sgd', 'mse')"),
        (
            M + "Dense(3, activation='softmax')\nc = model.predict_classes(x)",
            M + "Dense(3, activation='softmax')\nc = model.predict(x).argmax(axis=-1)",
        ),
        (
            M + "Dense(1, activation='sigmoid')\nc = model.predict_classes(x, verbose=0)",
            M
            + "Dense(1, activation='sigmoid')\nc = (model.predict(x, verbose=0) > 0.5).astype(\"int32\")",
        ),
        (
            M + "c = model.predict_classes(x)",
            M
            + 'c = (lambda p: p.argmax(axis=-1) if p.shape[-1] > 1 else (p > 0.5).astype("int32"))'
            "(model.predict(x))",
        ),
        (M + "p = model.predict_proba(x)", M + "p = model.predict(x)"),
        (M + "model.fit(x, y, class_weight='auto')", M + "model.fit(x, y)"),
    ],
    "metrics": [
        (
            M
            + "model.compile('sgd', metrics=['accuracy'])\nplot(h.history['acc'], h.history[\"val_acc\"])",
            M + "model.compile('sgd', metrics=['accuracy'])\n"
            "plot(h.history['accuracy'], h.history[\"val_accuracy\"])",
        ),
        (
            "from keras.callbacks import EarlyStopping\nm = ['accuracy']\nEarlyStopping(monitor='val_acc')",
            "from keras.callbacks import EarlyStopping\nm = ['accuracy']\n"
            "EarlyStopping(monitor='val_accuracy')",
        ),
    ],
    "optimizers": [
        (
            "from keras.optimizers import SGD\nSGD(lr=0.1, momentum=0.9)",
            "from keras.optimizers import SGD\nSGD(learning_rate=0.1, momentum=0.9)",
        ),
        (
            "from keras.optimizers import SGD\nSGD(lr=0.1, decay=1e-6, momentum=0.9, nesterov=True)",
            "from keras.optimizers import SGD, schedules\nSGD(learning_rate=schedules.InverseTimeDecay"
            "(0.1, 1, 1e-6), momentum=0.9, nesterov=True)",
        ),
        (
            KERAS + "keras.optimizers.Adam(decay=0.1)",
            KERAS
            + "keras.optimizers.Adam(learning_rate=keras.optimizers.schedules.InverseTimeDecay"
            "(0.001, 1, 0.1))",
        ),
        (
            "from keras import optimizers\noptimizers.RMSprop(0.01, decay=d / 2)",
            "from keras import optimizers\n"
            "optimizers.RMSprop(optimizers.schedules.InverseTimeDecay(0.01, 1, d / 2))",
        ),
        (
            "from keras.optimizers import SGD\nSGD(lr=0.1, decay=0.0)",
            "from keras.optimizers import SGD\nSGD(learning_rate=0.1)",
        ),
        (
            "from keras.optimizers import RMSprop\nRMSprop(lr=0.1, rho=0.9, epsilon=None, decay=0.0)",
            "from keras.optimizers import RMSprop\nRMSprop(learning_rate=0.1, rho=0.9)",
        ),
        (
            "from keras.optimizers import Nadam\nNadam(lr=0.1, schedule_decay=0.004)",
            "from keras.optimizers import Nadam\nNadam(learning_rate=0.1)",
        ),
        (
            "from keras.optimizers import Adam\nfrom keras.callbacks import ReduceLROnPlateau\n"
            "ReduceLROnPlateau()\nAdam(lr=0.1, decay=0.01)",
            "from keras.optimizers import Adam\nfrom keras.callbacks import ReduceLROnPlateau\n"
            "ReduceLROnPlateau()\nAdam(learning_rate=0.1)",
        ),
        (KERAS + "print(model.optimizer.lr)", KERAS + "print(model.optimizer.learning_rate)"),
    ],
    "defaults": [
        (
            "from keras.layers.core import Dense\nmodel.compile('adadelta', 'mse')",
            "from keras import optimizers\nfrom keras.layers import Dense\n"
            "model.compile(optimizers.Adadelta(1.0), 'mse')",
        ),
        (
            "from keras.optimizers import Adagrad\nfit(nb_epoch=1)\nAdagrad(epsilon=1e-8)",
            "from keras.optimizers import Adagrad\nfit(nb_epoch=1)\n"
            "Adagrad(learning_rate=0.01, epsilon=1e-8)",
        ),
    ],
    "backend": [
        (
            "import keras.backend as K\nK.mean(K.square(a - b), axis=-1)",
            "from keras import ops\nops.mean(ops.square(a - b), axis=-1)",
        ),
        (
            "from keras import backend as K\nK.log(x + K.epsilon())",
            "from keras import backend as K, ops\nops.log(x + K.epsilon())",
        ),
        ("import keras\nkeras.backend.argmax(x)", "import keras\nkeras.ops.argmax(x, axis=-1)"),
        (
            "import keras.backend as K\nK.concatenate([a, b])",
            "from keras import ops\nops.concatenate([a, b], axis=-1)",
        ),
        (
            "import keras.backend as K\nK.concatenate([a, b], 1)",
            "from keras import ops\nops.concatenate([a, b], 1)",
        ),
        (
            "import keras.backend as K\nK.flatten(y) * K.int_shape(x)[1]",
            "from keras import ops\nops.reshape(y, (-1,)) * x.shape[1]",
        ),
        (
            "import keras.backend as K\nK.random_normal(shape=(3,), mean=0., std=1.)",
            "from keras import random\nimport keras.backend as K\nrandom.normal(shape=(3,), mean=0., stddev=1.)",
        ),
        (
            "from keras import backend as K\nK.set_image_dim_ordering('th')",
            "from keras import backend as K\nK.set_image_data_format('channels_first')",
        ),
        (
            "from keras import backend as K\nif K.image_dim_ordering() == 'th':\n    pass",
            "from keras import backend as K\nif K.image_data_format() == 'channels_first':\n    pass",
        ),
        (
            "import keras.backend as K\nK.set_value(o.lr, 0.1)",
            "import keras.backend as K\no.lr.assign(0.1)",
        ),
        (
            "from keras.backend import sqrt, mean\nsqrt(mean(x))",
            "from keras import ops\nimport keras\nops.sqrt(ops.mean(x))",
        ),
        (
            "from keras.layers import Lambda\nfrom keras import backend as K\nLambda(K.abs)",
            "from keras.layers import Lambda\nfrom keras import ops\nLambda(ops.abs)",
        ),
        (
            "import keras.backend as K\nops = 3\nK.abs(x)",
            "from keras import ops as ops_\nops = 3\nops_.abs(x)",
        ),
    ],
    "saving": [
        (
            "from keras.callbacks import ModelCheckpoint\nModelCheckpoint('best.hdf5')\nload('best.hdf5')",
            "from keras.callbacks import ModelCheckpoint\nModelCheckpoint('best.keras')\nload('best.keras')",
        ),
        (
            "from keras.callbacks import ModelCheckpoint\nf = 'w.h5'\n"
            "ModelCheckpoint(f, save_weights_only=True)",
            "from keras.callbacks import ModelCheckpoint\nf = 'w.weights.h5'\n"
            "ModelCheckpoint(f, save_weights_only=True)",
        ),
        (M + 'model.save_weights("a.h5")', M + 'model.save_weights("a.weights.h5")'),
    ],
    "sklearn": [
        (
            "from sklearn.cross_validation import StratifiedKFold\nStratifiedKFold(y, n_folds=3)",
            "from sklearn.model_selection import StratifiedKFold\n"
            "StratifiedKFold(n_splits=3).split(y, y)",
        ),
        (
            "from sklearn.cross_validation import KFold\nKFold(len(x), n_folds=3, shuffle=True)",
            "from sklearn.model_selection import KFold\n"
            "KFold(n_splits=3, shuffle=True).split(range(len(x)))",
        ),
        (
            "import pandas as pd\npd.read_csv('a').as_matrix()",
            "import pandas as pd\npd.read_csv('a').to_numpy()",
        ),
    ],
    "arrays": [
        (NP + "x.astype(np.int), np.float(3), np.bool", NP + "x.astype(int), float(3), np.bool"),
        (NP + "np.Inf, np.NaN, np.product(x)", NP + "np.inf, np.nan, np.prod(x)"),
        (NP + "np.vstack(map(f, x))", NP + "np.vstack(list(map(f, x)))"),
        (NP + "np.hstack(f(a) for a in x)", NP + "np.hstack([f(a) for a in x])"),
        (
            NP + "np.concatenate((f(a) for a in x), axis=0)",
            NP + "np.concatenate([f(a) for a in x], axis=0)",
        ),
        (NP + "np.array(zip(a, b))", NP + "np.array(list(zip(a, b)))"),
        (
            NP + "np.random.random_integers(0, 9, size=3)",
            NP + "np.random.randint(0, 9 + 1, size=3)",
        ),
    ],
}
