from __future__ import division
import numpy as np
from keras.models import Sequential
from keras.layers import Dense, Dropout
from keras.callbacks import LearningRateScheduler, EarlyStopping, Callback
from keras import backend as K
import math

class LossHistory(Callback):
    def on_train_begin(self, logs={}):
        self.losses = []
    def on_batch_end(self, batch, logs={}):
        self.losses.append(logs.get('loss'))

def step_decay(epoch):
    return 0.1 * math.pow(0.5, math.floor((1 + epoch) / 10.0))

X = np.random.randn(120, 4)
Y = (X[:, 0] > 0).astype(np.int)
model = Sequential()
model.add(Dense(8, input_shape=(4,), init='he_uniform', activation='tanh'))
model.add(Dropout(p=0.2))
model.add(Dense(1, activation='sigmoid'))
model.compile(loss='binary_crossentropy', optimizer='sgd', metrics=['accuracy'])
history = LossHistory()
r = model.fit(X, Y, validation_split=0.33, nb_epoch=3, batch_size=28,
              callbacks=[LearningRateScheduler(step_decay), history, EarlyStopping(monitor='val_acc', patience=2, mode='max')], verbose=0)
print(r.history['acc'], r.history['val_acc'], K.get_value(model.optimizer.lr))
