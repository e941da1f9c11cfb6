import numpy as np
from keras.layers import Input, Dense
from keras.models import Model


def batches(batch_size=16):
    x = np.zeros((batch_size, 2))
    while 1:
        for i in range(batch_size):
            x[i] = np.random.randint(0, 10, 2)
        yield [x], [x.mean(axis=1)]


inputs = Input(shape=(2,), name='x')
model = Model(input=inputs, output=Dense(1)(inputs))
model.compile(loss=['mse'], optimizer='rmsprop')
model.fit_generator(batches(), samples_per_epoch=160, nb_epoch=2, nb_worker=1,
                    validation_data=batches(), nb_val_samples=32,
                    verbose=2)
x, y = next(batches(4))
print(model.evaluate_generator(batches(), val_samples=16), model.predict(x[0]))
