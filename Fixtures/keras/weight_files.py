"""Weights as Keras draws them, and what Keras calls them: keras 3.15.1 on torch 2.15.0 (KERAS_BACKEND=torch), h5py 3.16.0, numpy.

Writes fresh.keras, a model of many layers just after it was built, compressed; wrong.keras, a small model with one kernel of
deviation 1; older.h5, the same in the older format; orthogonal.keras, orthogonal kernels and spectral normalization; and
weights.json: for each variable of fresh.keras, in the model's order, the end of the path that Keras shows, the shape, and the fans
that keras.src.initializers.random_initializers.compute_fans gives for it.

    KERAS_BACKEND=torch python weight_files.py
"""
import json, os, zipfile
os.environ["KERAS_BACKEND"] = "torch"
import keras, numpy as np
from keras import layers
from keras.src.initializers.random_initializers import compute_fans

here = os.path.dirname(os.path.abspath(__file__))


def fresh():
    x = inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(12, 3, padding="same", name="stem")(x)
    x = layers.BatchNormalization(name="norm")(x)
    x = layers.ReLU()(x)
    x = layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same", name="depth")(x)
    x = layers.BatchNormalization(scale=False, name="shifted")(x)
    x = layers.SeparableConv2D(16, 3, padding="same", name="apart")(x)
    x = layers.Conv2DTranspose(8, 3, name="up")(x)
    x = layers.GroupNormalization(4)(x)
    x = layers.Reshape((100, 8))(x)
    x = layers.Conv1D(16, 4, strides=4, kernel_initializer="he_normal", name="steps")(x)
    y = layers.MultiHeadAttention(2, 8, name="attention")(x, x)
    x = layers.LayerNormalization(name="after")(layers.Add()([x, y]))
    block = keras.Sequential([keras.Input((25, 16)), layers.Dense(16, "gelu"), layers.Dense(16)], name="block")
    x = layers.Add()([x, block(x)])
    x = layers.LSTM(12, return_sequences=True)(x)
    x = layers.Bidirectional(layers.GRU(8, return_sequences=True), name="both")(x)
    x = layers.SimpleRNN(10, kernel_initializer="lecun_normal")(x)
    x = layers.PReLU()(x)
    for _ in range(3):
        x = layers.Dense(20, "relu")(x)
    tokens = keras.Input((1,), dtype="int32", name="tokens")
    e = layers.Flatten()(layers.Embedding(40, 8, name="table")(tokens))
    x = layers.Concatenate()([x, e])
    head = layers.Dense(4, kernel_initializer=keras.initializers.RandomNormal(stddev=0.02), name="head")
    return keras.Model([inputs, tokens], head(x))


def orthogonal():
    """Layers whose orthogonal kernels have more than two axes, and kernels that spectral normalization keeps twice."""
    declared = keras.initializers.Orthogonal
    x = inputs = keras.Input((8, 8, 12))
    x = layers.Conv2DTranspose(10, 3, kernel_initializer=declared(), name="up")(x)
    x = layers.Conv2DTranspose(10, 2, strides=2, kernel_initializer=declared(0.5), name="square")(x)
    x = layers.DepthwiseConv2D(3, depth_multiplier=2, depthwise_initializer=declared(), name="depth")(x)
    x = layers.SpectralNormalization(layers.Conv2D(16, 3, strides=3, name="inner"), name="bounded")(x)
    x = layers.Reshape((36, 16))(x)
    x = layers.MultiHeadAttention(2, 8, kernel_initializer=declared(), name="attention")(x, x)
    x = layers.SpectralNormalization(layers.Dense(24, name="last"), name="bounded_dense")(x)
    return keras.Model(inputs, x)


def small():
    return keras.Sequential([
        keras.Input((32,)), layers.Dense(24, "relu"), layers.Dense(24, "relu"), layers.Dense(24, "relu"), layers.Dense(10),
    ])


def compress(name):
    """Keras stores its members; readers know deflate as well, and the fixture stays small."""
    path = os.path.join(here, name)
    with zipfile.ZipFile(path) as archive:
        members = [(n, archive.read(n)) for n in archive.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, 9)


def main():
    keras.utils.set_random_seed(13)
    orthogonal().save(os.path.join(here, "orthogonal.keras"))
    compress("orthogonal.keras")
    keras.utils.set_random_seed(11)
    model = fresh()
    model.save(os.path.join(here, "fresh.keras"))
    compress("fresh.keras")
    variables = [
        {"path": v.path, "shape": list(v.shape), "fans": list(compute_fans(tuple(v.shape)))} for v in model.weights
    ]
    with open(os.path.join(here, "weights.json"), "w") as file:
        json.dump({"keras": keras.__version__, "variables": variables}, file)
    keras.backend.clear_session()
    keras.utils.set_random_seed(12)
    wrong = small()
    rng = np.random.default_rng(5)
    wrong.layers[1].kernel.assign(rng.standard_normal((24, 24)).astype("float32"))
    wrong.save(os.path.join(here, "wrong.keras"))
    compress("wrong.keras")
    wrong.save(os.path.join(here, "older.h5"))


main()
