from keras import backend as K
from keras.models import Sequential, model_from_json
from keras.layers import Dense, ActivityRegularization
from keras.regularizers import WeightRegularizer, l1l2
import numpy as np

K.set_image_dim_ordering('tf')
K.set_epsilon(1e-7)
X = np.random.normal(size=(64, 5)).astype(K.floatx())
y = K.eval(K.variable(X.sum(axis=1)))
model = Sequential()
model.add(Dense(6, input_dim=5, W_regularizer=l1l2(l1=1e-5, l2=1e-4), activation='relu'))
model.add(ActivityRegularization(l2=1e-6))
model.add(Dense(1))
model.compile('sgd', 'mse')
model.fit(X, y, nb_epoch=2, verbose=0)
again = model_from_json(model.to_json())
print(again.count_params())
