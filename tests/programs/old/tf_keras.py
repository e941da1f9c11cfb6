import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from tensorflow.keras.callbacks import EarlyStopping, ModelCheckpoint
import tensorflow.keras.backend as K
import numpy as np

tf.random.set_seed(0)


def loss(y_true, y_pred):
    y_true = tf.cast(y_true, tf.float32)
    return tf.reduce_mean(tf.square(y_true - y_pred), axis=-1) + K.mean(K.abs(y_pred)) * 0.001


x = np.random.rand(200, 3).astype('float32')
y = x.sum(axis=1)
model = tf.keras.Sequential([
    tf.keras.layers.Dense(8, activation=tf.nn.relu, input_shape=[3]),
    layers.LeakyReLU(alpha=0.1),
    layers.Dense(1),
])
model.compile(optimizer=tf.keras.optimizers.SGD(lr=0.05, decay=1e-4), loss=loss, metrics=['mae'])
history = model.fit(x, y, epochs=2, validation_split=0.2, verbose=0, workers=2, callbacks=[
    EarlyStopping(monitor='val_loss', patience=2),
])
print(history.history['mae'], keras.__version__)
