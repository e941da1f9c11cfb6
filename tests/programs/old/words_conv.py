# sentiment of made-up sentences
import numpy as np
from keras.preprocessing import sequence
from keras.preprocessing.text import Tokenizer
from keras.models import Sequential
from keras.layers import Dense, Dropout, Activation, Embedding
from keras.layers import Convolution1D, GlobalMaxPooling1D

texts = ['good good film', 'bad film', 'very good', 'so bad so bad'] * 20
y = np.array([1, 0, 1, 0] * 20)
tokenizer = Tokenizer(nb_words=50)
tokenizer.fit_on_texts(texts)
X = sequence.pad_sequences(tokenizer.texts_to_sequences(texts), maxlen=6)

model = Sequential()
model.add(Embedding(50, 8, input_length=6, dropout=0.2))
model.add(Convolution1D(nb_filter=4, filter_length=3, border_mode='valid',
                        activation='relu', subsample_length=1))
model.add(GlobalMaxPooling1D())
model.add(Dense(1))
model.add(Activation('sigmoid'))
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])
h = model.fit(X, y, batch_size=16, nb_epoch=2, validation_split=0.2)
print(model.predict_classes(X[:4]).ravel(), h.history['val_acc'])
