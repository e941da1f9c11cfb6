from keras.layers import Input, Dense
from keras.models import Model
from keras import regularizers
import numpy as np

encoding_dim = 8

input_img = Input(shape=(32,))
# a "loss" term that wants few activations
encoded = Dense(encoding_dim, activation='relu',
                activity_regularizer=regularizers.activity_l1(10e-5))(input_img)
decoded = Dense(32, activation='sigmoid')(encoded)

autoencoder = Model(input=input_img, output=decoded)
encoder = Model(input=input_img, output=encoded)
autoencoder.compile(optimizer='adadelta', loss='binary_crossentropy')

x_train = (np.random.rand(300, 32) > 0.5).astype('float32')
x_test = (np.random.rand(60, 32) > 0.5).astype('float32')

autoencoder.fit(x_train, x_train,
                nb_epoch=3,
                batch_size=64,
                shuffle=True,
                validation_data=(x_test, x_test), verbose=0)
encoded_imgs = encoder.predict(x_test)
print(encoded_imgs.shape)
