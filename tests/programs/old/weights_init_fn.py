import numpy as np
from keras.models import Sequential
from keras.layers import Dense
from keras import backend as K

def my_init(shape, name=None):
    return K.random_normal(shape, mean=0., std=0.05)

X = np.random.rand(50, 4)
Y = X[:, 0] > X[:, 1]
model = Sequential()
model.add(Dense(8, input_dim=4, init=my_init, activation='relu'))
model.add(Dense(1, activation='sigmoid', init='lecun_uniform'))
model.compile(optimizer='rmsprop', loss='binary_crossentropy', metrics=['binary_accuracy'])
for epoch in range(2):
    for i in range(0, len(X), 10):
        loss = model.train_on_batch(X[i:i + 10], Y[i:i + 10])
print(loss, model.test_on_batch(X, Y))
