"""Tell malignant tumours from benign ones by thirty measurements."""

import keras
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

x, y = load_breast_cancer(return_X_y=True)
train_x, test_x, train_y, test_y = train_test_split(x, y, random_state=0)
scaler = StandardScaler().fit(train_x)

model = keras.Sequential()
model.add(keras.Input(shape=(30,)))
model.add(keras.layers.Dense(16, activation="relu"))
model.add(keras.layers.Dense(1, activation="sigmoid"))
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(
    scaler.transform(train_x),
    train_y,
    epochs=30,
    batch_size=16,
    validation_data=(scaler.transform(test_x), test_y),
)
print(model.evaluate(scaler.transform(test_x), test_y))
