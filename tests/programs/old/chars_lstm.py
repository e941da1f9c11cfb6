# -*- coding: utf-8 -*-
"""Next letter of a text, after lstm_text_generation of 2015."""
import numpy as np
import sys
from keras.models import Sequential
from keras.layers.core import Dense, Activation, Dropout
from keras.layers.recurrent import LSTM
from keras.optimizers import RMSprop

text = 'the quick brown fox jumps over the lazy dog ' * 8
chars = sorted(list(set(text)))
char_indices = dict((c, i) for i, c in enumerate(chars))

maxlen = 10
step = 3
sentences, next_chars = [], []
for i in range(0, len(text) - maxlen, step):
    sentences.append(text[i: i + maxlen])
    next_chars.append(text[i + maxlen])
X = np.zeros((len(sentences), maxlen, len(chars)), dtype=np.bool)
y = np.zeros((len(sentences), len(chars)), dtype=np.bool)
for i, sentence in enumerate(sentences):
    for t, char in enumerate(sentence):
        X[i, t, char_indices[char]] = 1
    y[i, char_indices[next_chars[i]]] = 1

model = Sequential()
model.add(LSTM(16, input_shape=(maxlen, len(chars))))
model.add(Dropout(0.2))
model.add(Dense(len(chars)))
model.add(Activation('softmax'))
model.compile(loss='categorical_crossentropy', optimizer=RMSprop(lr=0.01))
model.fit(X, y, batch_size=32, nb_epoch=1, verbose=0)
preds = model.predict(X[:1], verbose=0)[0]
sys.stdout.write(chars[np.argmax(preds)] + '\n')
