from __future__ import absolute_import
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

data = np.random.randint(0, 255, (120, 8, 8)).astype('uint8')
labels = (data.mean(axis=(1, 2)) > 127).astype('int64')
data = data / 255.

model = keras.Sequential((
    layers.Flatten(input_shape=(8, 8)),
    layers.Dense(16, activation='relu'),
    layers.Dense(2, activation='softmax'),
))
model.compile(optimizer=keras.optimizers.Adam(lr=1e-3, decay=1e-4), loss='sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(data, labels, epochs=2, verbose=0)
