import numpy as np
from keras.models import Sequential
from keras.layers import Conv2D, UpSampling2D, MaxPooling2D, ZeroPadding2D, AtrousConvolution2D, Deconvolution2D, SeparableConv2D
x = np.random.rand(30, 8, 8, 1)
m = Sequential()
m.add(ZeroPadding2D((1, 1), input_shape=(8, 8, 1)))
m.add(Conv2D(4, (3, 3), activation='relu'))
m.add(MaxPooling2D((2, 2), padding='same'))
m.add(UpSampling2D((2, 2)))
m.add(Conv2D(1, (3, 3), activation='sigmoid', padding='same'))
m.compile(optimizer='adadelta', loss='binary_crossentropy')
m.fit(x, x, epochs=1, batch_size=10, shuffle=True, verbose=0)
