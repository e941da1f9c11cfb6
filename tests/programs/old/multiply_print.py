import numpy as np
from math import sqrt
from keras.models import Sequential
from keras.layers import Dense

N = 300


def pairs(low, high, n):
    rows, answers = [], []
    for i in xrange(n):
        a, b = np.random.randint(low, high), np.random.randint(low, high)
        rows.append([a, b])
        answers.append(a * b)
    return np.array(rows), np.array(answers)


X, y = pairs(0, 100, N)
cut = N * 3 / 4

model = Sequential()
model.add(Dense(8, input_dim=2, activation='relu'))
model.add(Dense(1, activation='relu'))
model.compile(optimizer='adam', loss='mean_squared_error', metrics=['accuracy'])
model.fit(X[:cut], y[:cut], epochs=2, batch_size=50, verbose=0)

errors = []
for row, true in zip(X[cut:], y[cut:]):
    guess = model.predict(row.reshape(1, 2), verbose=0)[0][0]
    errors.append((guess - true) ** 2)
    if len(errors) > 3: break
    print 'row:', row, 'guess:', guess, \
          'error: %.2f' % (guess - true)
print '\n rmse: ', sqrt(np.mean(errors))
