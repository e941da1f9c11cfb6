import numpy as np
from keras.models import Sequential
from keras.layers import Convolution2D, MaxPooling2D, Flatten, Dense, Activation

def flow(x, y, batch_size):
    while True:
        idx = np.random.permutation(len(x))[:batch_size]
        yield x[idx], y[idx]

x = np.random.rand(80, 12, 12, 3).astype(np.float32)
y = (x[..., 0].mean(axis=(1, 2)) > .5).astype(np.int)
model = Sequential()
model.add(Convolution2D(4, 3, 3, border_mode='same', input_shape=x.shape[1:], dim_ordering='tf'))
model.add(Activation('relu'))
model.add(MaxPooling2D(pool_size=(2, 2), strides=(2, 2)))
model.add(Flatten())
model.add(Dense(1, activation='sigmoid'))
model.compile('adam', 'binary_crossentropy', metrics=['accuracy'])
model.fit_generator(flow(x, y, 16), steps_per_epoch=5, epochs=1, validation_data=(x, y), verbose=0, max_q_size=2, workers=1, pickle_safe=False)
print(model.evaluate_generator(flow(x, y, 16), steps=2))
