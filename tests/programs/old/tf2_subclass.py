import numpy as np
import tensorflow as tf

class MyModel(tf.keras.Model):
    def __init__(self):
        super(MyModel, self).__init__()
        self.dense1 = tf.keras.layers.Dense(8, activation=tf.nn.relu)
        self.dense2 = tf.keras.layers.Dense(1)

    def call(self, inputs):
        x = self.dense1(inputs)
        return self.dense2(x)

x = np.random.rand(100, 3).astype(np.float32)
y = tf.reduce_sum(x, axis=1)
model = MyModel()
model.compile(optimizer=tf.keras.optimizers.Adam(learning_rate=0.01), loss=tf.keras.losses.MeanSquaredError())
model.fit(x, np.array(y), epochs=2, verbose=0)
