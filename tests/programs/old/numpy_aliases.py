import numpy as np
import keras
from keras.models import Sequential
from keras.layers import Dense

rows = np.vstack(map(lambda i: [i & 1, (i >> 1) & 1, (i >> 2) & 1], range(8))).astype(np.float)
labels = np.array([int(r.sum() % 2) for r in rows], dtype=np.int)
mask = np.ones(8, dtype=np.bool)
total = np.product(rows.shape)
model = Sequential()
model.add(Dense(8, input_dim=3, activation='tanh'))
model.add(Dense(1, activation='sigmoid'))
model.compile(loss='binary_crossentropy', optimizer=keras.optimizers.SGD(lr=.5), metrics=['accuracy'])
model.fit(rows[mask], labels[mask], epochs=10, verbose=0, batch_size=1)
print(total, model.predict_classes(rows).T)
