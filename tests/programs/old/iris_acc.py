import numpy as np
from sklearn import datasets, preprocessing
from sklearn.cross_validation import train_test_split
from keras.models import Sequential
from keras.layers import Dense
from keras.utils import np_utils
from keras.layers.normalization import BatchNormalization

iris = datasets.load_iris()
x, y = iris.data, iris.target
x = preprocessing.scale(x)
y = np_utils.to_categorical(y)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=.3, random_state=0)
model = Sequential([
    Dense(16, input_shape=(4,), kernel_initializer='normal', activation='relu'),
    BatchNormalization(momentum=.9),
    Dense(3, activation='softmax')])
model.compile(optimizer='adam', loss='categorical_crossentropy', metrics=['acc'])
h = model.fit(x_train, y_train, epochs=3, validation_data=(x_test, y_test), verbose=0)
print(h.history.keys(), max(h.history['val_acc']))
classes = model.predict_classes(x_test, verbose=0)
print((classes == y_test.argmax(1)).mean())
