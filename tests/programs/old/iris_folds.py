import numpy as np
from keras.models import Sequential
from keras.layers import Dense
from keras.constraints import maxnorm
from keras.wrappers.scikit_learn import KerasRegressor
from sklearn.cross_validation import StratifiedKFold, KFold
from sklearn.datasets import load_iris
from sklearn.preprocessing import LabelEncoder, Imputer

iris = load_iris()
X = iris.data.astype(np.float)
X = Imputer(missing_values='NaN', strategy='mean', axis=0).fit_transform(X)
y = LabelEncoder().fit_transform(iris.target)

scores = []
for train, test in StratifiedKFold(y, n_folds=3, shuffle=True, random_state=7):
    model = Sequential()
    model.add(Dense(8, input_dim=4, init='normal', activation='relu', W_constraint=maxnorm(3)))
    model.add(Dense(3, init='normal', activation='softmax'))
    model.compile(loss='sparse_categorical_crossentropy', optimizer='adam', metrics=['accuracy'])
    model.fit(X[train], y[train], nb_epoch=1, batch_size=10, verbose=0)
    scores.append(model.evaluate(X[test], y[test], verbose=0)[1])
print(np.mean(scores))


def baseline():
    model = Sequential()
    model.add(Dense(1, input_dim=4, init='normal'))
    model.compile(loss='mean_squared_error', optimizer='adam')
    return model


estimator = KerasRegressor(build_fn=baseline, nb_epoch=1, batch_size=10, verbose=0)
estimator.fit(X, y.astype('float32'))
print([len(test) for _, test in KFold(len(X), n_folds=5)])
