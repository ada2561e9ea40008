"""Peer baseline: 784-64-32-10, SGD 0.01, batch 32, in Keras; seconds per epoch and accuracies."""
import os; os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import gzip, json, sys, time, numpy as np, tensorflow as tf
D = sys.argv[1] if len(sys.argv) > 1 else "/usr/share/datasets/fashion-mnist"; E = int(sys.argv[2]) if len(sys.argv) > 2 else 2; K = sys.argv[3] if len(sys.argv) > 3 else "he_normal"
def idx(f):
    b = gzip.open(f"{D}/{f}").read(); n = b[3]; return np.frombuffer(b, np.uint8, offset=4+4*n).reshape(np.frombuffer(b, ">i4", n, 4))
X, Y = idx("train-images-idx3-ubyte.gz")/255., idx("train-labels-idx1-ubyte.gz"); V, v, X, Y = X[:5000], Y[:5000], X[5000:], Y[5000:]
k = tf.keras; m = k.Sequential([k.Input((28, 28)), k.layers.Flatten(), k.layers.Dense(64, "relu", kernel_initializer=K), k.layers.Dense(32, "relu", kernel_initializer=K), k.layers.Dense(10, "softmax")])
m.compile(loss="sparse_categorical_crossentropy", optimizer="SGD", metrics=["accuracy"])
for e in range(E):
    t = time.perf_counter(); h = m.fit(X, Y, epochs=1, batch_size=32, verbose=0, validation_data=(V, v)).history; dt = time.perf_counter()-t
    print(json.dumps({"peer": "keras", "epoch": e, "seconds": round(dt, 3), **{q: round(h[q][0], 4) for q in h}}))
