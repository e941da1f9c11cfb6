import numpy as np
from keras.models import Model
from keras.layers import Input, Conv2D, BatchNormalization, Activation, GlobalAveragePooling2D, Dense
from keras.layers import merge
from keras import layers

def block(x, filters):
    y = Conv2D(filters, (3, 3), padding='same', use_bias=False)(x)
    y = BatchNormalization(axis=3)(y)
    y = Activation('relu')(y)
    y = Conv2D(filters, (3, 3), padding='same')(y)
    return Activation('relu')(layers.add([x, y]))

inp = Input((8, 8, 4))
h = block(inp, 4)
h = block(h, 4)
out = Dense(2, activation='softmax')(GlobalAveragePooling2D()(h))
model = Model(inp, out)
model.compile('sgd', 'sparse_categorical_crossentropy', metrics=['accuracy'])
x = np.random.randn(60, 8, 8, 4); y = (x.mean(axis=(1, 2, 3)) > 0).astype('int')
model.fit(x, y, epochs=1, batch_size=20, verbose=0)
