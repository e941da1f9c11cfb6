import numpy as np
from keras.layers import Input, Dense, merge
from keras.models import Model

a = np.random.rand(100, 4); b = np.random.rand(100, 2)
main_y = a.sum(axis=1) + b[:, 0]
aux_y = (b[:, 1] > .5).astype('int32')

first = Input(shape=(4,), name='first')
second = Input(shape=(2,), name='second')
h = Dense(8, activation='relu')(first)
x = merge([h, second], mode='concat')
aux = Dense(1, activation='sigmoid', name='aux')(x)
main = Dense(1, name='main')(x)
model = Model(input=[first, second], output=[main, aux])
model.compile(optimizer='rmsprop',
              loss={'main': 'mse', 'aux': 'binary_crossentropy'},
              loss_weights={'main': 1., 'aux': 0.2})
model.fit({'first': a, 'second': b},
          {'main': main_y, 'aux': aux_y},
          nb_epoch=2, batch_size=32, verbose=0)
