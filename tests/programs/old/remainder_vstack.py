import keras.models
import numpy as np
from keras import layers


def bits(number):
    return [int(b) for b in bin(number)[2:].zfill(8)]


def one_hot(number):
    v = np.zeros(7, dtype=np.int)
    v[number % 7] = 1
    return v


def main():
    numbers = np.random.random_integers(0, 255, size=200)
    data = np.vstack(map(bits, numbers))
    labels = np.vstack(one_hot(n) for n in numbers)
    model = keras.models.Sequential((
        layers.Reshape((8, 1), input_shape=(8,)),
        layers.CuDNNLSTM(units=6),
        layers.Dense(units=7, activation='softmax'),
    ))
    model.compile(optimizer=keras.optimizers.Adam(lr=0.01),
                  loss='categorical_crossentropy', metrics=['accuracy'])
    model.fit(data, labels, epochs=2, batch_size=50)
    right = model.predict_classes(data) == numbers % 7
    print(right.mean())


if __name__ == '__main__':
    main()
