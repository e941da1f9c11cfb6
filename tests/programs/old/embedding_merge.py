import numpy as np
from keras.layers import Input, Embedding, Flatten, merge, Dense
from keras.models import Model
from keras.regularizers import l2

n_users, n_items = 20, 30
users = np.random.randint(0, n_users, 200)
items = np.random.randint(0, n_items, 200)
stars = ((users * 3 + items) % 5 + 1).astype('float32')

u = Input(shape=(1,), dtype='int32', name='user')
i = Input(shape=(1,), dtype='int32', name='item')
p = Flatten()(Embedding(n_users, 6, input_length=1, W_regularizer=l2(1e-5))(u))
q = Flatten()(Embedding(n_items, 6, input_length=1, W_regularizer=l2(1e-5))(i))
x = merge([p, q], mode='dot')
x = Dense(1)(x)
model = Model([u, i], x)
model.compile('adamax', loss='mse')
model.fit([users, items], stars, batch_size=50, nb_epoch=2, validation_split=.1, verbose=0)
