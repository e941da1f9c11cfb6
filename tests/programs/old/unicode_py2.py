# -*- coding: utf-8 -*-
import numpy as np
from keras.models import Sequential
from keras.layers.core import Dense

words = [u'gr\xfc\xdfe', u'hallo', u'abend', u'morgen'] * 10
table = {}
for word in words:
    if not table.has_key(word):
        table[word] = len(table)
x = np.array([[len(w), table[w]] for w in words])
y = np.array([table[w] % 2 for w in words])
try:
    order = range(len(x))
    np.random.shuffle(order)
except (TypeError, ValueError), e:
    print >> None, e
model = Sequential()
model.add(Dense(4, input_dim=2, activation='sigmoid'))
model.add(Dense(1, activation='sigmoid'))
model.compile(loss='mse', optimizer='sgd')
model.fit(x, y, nb_epoch=2L, verbose=0)
for key, value in table.iteritems():
    print value,
