from keras.engine.topology import Layer, InputSpec
from keras.layers.noise import GaussianNoise
from keras.layers.normalization import BatchNormalization
from keras.layers.advanced_activations import PReLU
from keras.models import Sequential
from keras.layers import Dense
from keras import initializations
from keras import backend as K
from keras.callbacks import ModelCheckpoint
import numpy as np
import os, tempfile


class Scale(Layer):
    def __init__(self, start=1., **kwargs):
        self.start = start
        super(Scale, self).__init__(**kwargs)

    def build(self, input_shape):
        self.gain = self.add_weight('gain', (input_shape[-1],), initializer='one')
        super(Scale, self).build(input_shape)

    def call(self, x, mask=None):
        return x * self.gain * self.start + K.zeros_like(x)

    def get_output_shape_for(self, input_shape):
        return input_shape


x = np.random.rand(100, 5)
y = (x.sum(axis=1) > 2.5).astype(np.int)
model = Sequential([
    Dense(6, input_dim=5, init='he_normal'),
    BatchNormalization(mode=0, epsilon=1e-5),
    PReLU(),
    GaussianNoise(sigma=0.1),
    Scale(2.),
    Dense(2, activation='softmax'),
])
model.compile(loss='sparse_categorical_crossentropy', optimizer='nadam', metrics=['accuracy'])
os.chdir(tempfile.mkdtemp())
best = ModelCheckpoint('best.hdf5', monitor='val_acc', save_best_only=True)
model.fit(x, y, nb_epoch=1, batch_size=20, validation_split=0.2, callbacks=[best])
model.save_weights('last.h5')
model.load_weights('last.h5')
print(os.listdir('.'))
