import numpy as np
from sklearn.grid_search import GridSearchCV
from sklearn.metrics import accuracy_score
from keras.models import Sequential
from keras.layers import Dense
from keras.wrappers.scikit_learn import KerasClassifier

def create_model(neurons=1):
    model = Sequential()
    model.add(Dense(neurons, input_dim=8, activation='relu'))
    model.add(Dense(2, activation='softmax'))
    model.compile(loss='categorical_crossentropy', optimizer='adam', metrics=['accuracy'])
    return model

np.random.seed(7)
X = np.random.rand(60, 8)
Y = (X[:, 1] > 0.5).astype(int)
clf = KerasClassifier(build_fn=create_model, nb_epoch=2, batch_size=10, verbose=0)
clf.fit(X, Y)
print(accuracy_score(Y, np.ravel(clf.predict(X))))
