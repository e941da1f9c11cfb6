from keras.layers import Input, Dense, Lambda, merge
from keras.models import Model
from keras.regularizers import l2, activity_l1
from keras import backend as K
import keras.layers as kl
import numpy as np


def distance(pair):
    a, b = pair
    return K.abs(a - b) + K.epsilon()


left, right = Input(shape=(4,)), Input(shape=(4,))
shared = Dense(6, activation='relu', W_regularizer=l2(l=0.01), activity_regularizer=activity_l1(1e-5))
a, b = shared(left), shared(right)
both = merge([a, b], mode='concat', concat_axis=-1)
added = merge([a, b], mode='sum')
near = merge([a, b], mode='cos', dot_axes=1)
far = Lambda(distance, output_shape=(6,))([a, b])
out = Dense(1, activation='sigmoid')(kl.merge([both, added, near, far], mode='concat'))
model = Model(input=[left, right], output=out)
model.compile('adam', 'binary_crossentropy', metrics=['accuracy'])
X1, X2 = np.random.rand(60, 4), np.random.rand(60, 4)
model.fit([X1, X2], (X1[:, 0] > X2[:, 0]).astype('float32'), nb_epoch=1, verbose=0)
print(model.output_shape)
