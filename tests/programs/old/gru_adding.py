import numpy as np
from keras.models import Sequential
from keras.layers import GRU, Dense, TimeDistributed
from keras.optimizers import Adam

def problem(n, T):
    values = np.random.uniform(0, 1, (n, T, 1))
    marks = np.zeros((n, T, 1))
    for k in xrange(n):
        marks[k, np.random.choice(T, 2, replace=False)] = 1
    return np.concatenate([values, marks], axis=-1), (values * marks).sum(axis=1)

X, y = problem(200, 8)
model = Sequential()
model.add(GRU(output_dim=12, input_shape=(8, 2), init='glorot_uniform', inner_init='orthogonal', inner_activation='hard_sigmoid', return_sequences=False, consume_less='mem'))
model.add(Dense(1))
model.compile(loss='mse', optimizer=Adam(lr=0.005, clipnorm=1.))
model.fit(X, y, nb_epoch=2, batch_size=20, verbose=0)
print "mse", model.evaluate(X, y, verbose=0)
