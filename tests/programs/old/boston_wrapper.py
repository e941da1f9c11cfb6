import numpy
from keras.models import Sequential
from keras.layers import Dense
from keras.wrappers.scikit_learn import KerasRegressor
from sklearn.cross_validation import cross_val_score, KFold
from sklearn.preprocessing import StandardScaler
from sklearn.pipeline import Pipeline

numpy.random.seed(7)
X = numpy.random.rand(90, 13) * 100
Y = X[:, 0] * 0.3 + X[:, 5] * 0.1 + numpy.random.rand(90)

# define base model
def baseline_model():
    model = Sequential()
    model.add(Dense(13, input_dim=13, init='normal', activation='relu'))
    model.add(Dense(1, init='normal'))
    model.compile(loss='mean_squared_error', optimizer='adam')
    return model

estimators = []
estimators.append(('standardize', StandardScaler()))
estimators.append(('mlp', KerasRegressor(build_fn=baseline_model, nb_epoch=2, batch_size=5, verbose=0)))
pipeline = Pipeline(estimators)
pipeline.fit(X, Y)
print("Standardized: %.2f" % pipeline.predict(X).mean())
