"""Models of Keras that our own layers cannot express, with what Keras computes for them: keras 3.15.1 on torch 2.15.0
(KERAS_BACKEND=torch), h5py 3.16.0, numpy 2.4.6.

For each model graphs/NAME.keras (its weights moved a little from where their initializers put them, so that biases count), and
graphs/NAME.npz with arrays for its inputs and a cotangent. In graphs/reference.json, by model: whether batch normalization went
by the batch (`training`), second moments of the first output, of every layer's output at its first call, and of every trained
array's gradient of sum(first output * cotangent), by the array's place in model.weights.h5. `points` names layers whose results
are those of another layer's measuring point: activations that belong to the layer before them. Under `drawn`: number of values
and second moment of every array over 20 buildings of the model, which is what its declared initializers draw.

    KERAS_BACKEND=torch python keras_graphs.py [NAME ...]
"""
import io, json, os, sys, zipfile
os.environ["KERAS_BACKEND"] = "torch"
import h5py, keras, numpy as np, torch
from keras import layers as L

torch.set_num_threads(1)
here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "graphs")
M, I = {}, keras.Input


def model(function):
    M[function.__name__] = function
    return function


@model
def autoencoder():
    x = I((16, 16, 1), name="image")
    h = L.Conv2D(8, 3, strides=2, padding="same", activation="relu", name="e1")(x)
    h = L.Conv2D(16, 3, strides=2, padding="same", activation="relu", name="e2")(h)
    h = L.Conv2DTranspose(8, 3, strides=2, padding="same", activation="relu", kernel_initializer="he_normal", name="d1")(h)
    h = L.Conv2DTranspose(4, 4, strides=2, padding="same", activation="relu", name="d2")(h)
    return keras.Model(x, L.Conv2D(1, 3, padding="same", activation="sigmoid", name="out")(h))


@model
def upsampling():
    x = I((8, 8, 3), name="image")
    h = L.ZeroPadding2D(((1, 2), (0, 3)), name="pad")(x)
    h = L.Conv2D(6, 3, name="c1")(h); h = L.LeakyReLU(0.1, name="act")(h)
    h = L.UpSampling2D(2, name="up")(h); h = L.Cropping2D(((1, 1), (2, 0)), name="crop")(h)
    h = L.Conv2D(5, 3, padding="same", activation="elu", name="c2")(h)
    h = L.UpSampling2D((2, 1), interpolation="bilinear", name="up2")(h)
    h = L.AveragePooling2D(2, padding="same", name="ap")(h)
    h = L.MaxPooling2D(2, padding="same", name="mp")(h)
    return keras.Model(x, L.Dense(4, name="out")(L.Flatten(name="flat")(h)))


@model
def squeeze_excite():
    x = I((12, 12, 3), name="image")
    h = L.Conv2D(16, 3, padding="same", use_bias=False, kernel_initializer="he_normal", name="stem")(x)
    h = L.BatchNormalization(name="bn", gamma_initializer=keras.initializers.RandomUniform(0.5, 1.5, seed=1))(h)
    h = L.ReLU(name="relu")(h)
    s = L.GlobalAveragePooling2D(name="gap")(h)
    s = L.Dense(4, activation="relu", name="se1")(s); s = L.Dense(16, activation="sigmoid", name="se2")(s)
    s = L.Reshape((1, 1, 16), name="se_shape")(s)
    h2 = L.Multiply(name="se")([h, s])
    h2 = L.Conv2D(16, 3, padding="same", name="conv")(h2)
    h = L.Add(name="add")([h, h2]); h = L.Activation("swish", name="swish")(h)
    h = L.GlobalMaxPooling2D(name="gmp")(h)
    return keras.Model(x, L.Dense(10, name="out")(h))


@model
def siamese():
    a = I((20,), name="a"); b = I((20,), name="b")
    enc = keras.Sequential([L.Dense(32, activation="relu", kernel_initializer="he_normal", name="h1"), L.Dense(16, name="h2")], name="encoder")
    ea, eb = enc(a), enc(b)
    d = L.Subtract(name="diff")([ea, eb]); m = L.Multiply(name="prod")([ea, eb])
    h = L.Concatenate(name="both")([d, m])
    return keras.Model([a, b], L.Dense(1, activation="sigmoid", name="out")(h))


@model
def shared_dense():
    a = I((6, 10), name="a"); b = I((10,), name="b")
    d = L.Dense(12, activation="tanh", name="twin")
    h = L.Average(name="mean")([L.GlobalAveragePooling1D(name="gap")(d(a)), d(b)])
    h = L.Dot(axes=1, name="dot")([h, L.Dense(12, name="other")(b)])
    return keras.Model([a, b], L.Dense(3, name="out")(h))


@model
def vae():
    x = I((30,), name="x")
    h = L.Dense(24, activation="relu", name="h")(x)
    mean = L.Dense(4, name="mean")(h); logvar = L.Dense(4, name="logvar")(h)
    z = mean + keras.ops.exp(0.5 * logvar)
    y = L.Dense(24, activation="relu", name="d1")(z)
    y = L.Dense(30, activation="sigmoid", name="d2")(y)
    return keras.Model(x, [y, mean, logvar])


@model
def seq2seq():
    e = I((7,), dtype="int32", name="source"); d = I((5,), dtype="int32", name="target")
    he, h, c = L.LSTM(16, return_sequences=True, return_state=True, name="encoder")(L.Embedding(50, 8, name="es")(e))
    y = L.LSTM(16, return_sequences=True, name="decoder")(L.Embedding(40, 8, name="ed")(d), initial_state=[h, c])
    a = L.Attention(use_scale=True, name="attend")([y, L.Dense(16, name="keys")(he)])
    y = L.Concatenate(name="joined")([y, a])
    return keras.Model([e, d], L.Dense(40, name="out")(y))


@model
def gru_before():
    x = I((6, 5), name="x")
    h = L.Bidirectional(L.GRU(8, reset_after=False, return_sequences=True), merge_mode="ave", name="bi")(x)
    h = L.GRU(7, go_backwards=True, return_sequences=True, name="back")(h)
    h = L.Bidirectional(L.LSTM(6), name="bl")(h)
    h2 = L.SimpleRNN(5, activation="relu", name="rnn")(L.Reshape((3, 4), name="rs")(h))
    return keras.Model(x, L.Dense(3, name="out")(h2))


@model
def cross_attention():
    q = I((4, 12), name="q"); v = I((6, 10), name="v")
    h = L.MultiHeadAttention(3, 5, value_dim=4, output_shape=9, name="cross")(q, v)
    h = L.LayerNormalization(name="ln", epsilon=1e-6)(h)
    g = L.MultiHeadAttention(2, 4, name="selfa")(h, h, use_causal_mask=True)
    h = L.Add(name="res")([h, g])
    h = L.RMSNormalization(name="rms")(h)
    h = L.AdditiveAttention(name="additive")([h, L.Dense(9, name="kv")(v)])
    h = L.EinsumDense("abc,cde->abde", output_shape=(4, 2, 5), bias_axes="de", activation="gelu", name="ein")(h)
    h = L.Flatten(name="fl")(h)
    return keras.Model([q, v], L.Dense(3, activation="softmax", name="out")(h))


@model
def video():
    x = I((3, 8, 8, 2), name="x")
    cnn = keras.Sequential([I((8, 8, 2)), L.Conv2D(4, 3, activation="relu", name="c"), L.GlobalAveragePooling2D(name="g")], name="cnn")
    h = L.TimeDistributed(cnn, name="td")(x)
    h = L.TimeDistributed(L.Dense(6, activation="relu"), name="tdd")(h)
    h = L.LSTM(5, name="lstm")(h)
    return keras.Model(x, L.Dense(2, name="out")(h))


@model
def conv1d():
    x = I((24, 3), name="x")
    h = L.Conv1D(8, 5, padding="causal", dilation_rate=2, activation="relu", name="c1")(x)
    h = L.Conv1D(8, 3, strides=2, padding="same", groups=2, name="c2")(h)
    h = L.PReLU(shared_axes=[1], alpha_initializer=keras.initializers.Constant(0.25), name="prelu")(h)
    h = L.SeparableConv1D(6, 3, depth_multiplier=2, name="sep")(h)
    h = L.UnitNormalization(name="unit")(h)
    h = L.Conv1DTranspose(4, 4, strides=3, name="ct")(h)
    h = L.GroupNormalization(2, name="gn")(h)
    h = L.Permute((2, 1), name="perm")(h)
    h = L.Dense(5, activation="selu", name="d")(h)
    h = L.GlobalMaxPooling1D(name="gmp")(h)
    return keras.Model(x, L.Dense(2, name="out")(h))


@model
def volume():
    x = I((6, 6, 6, 2), name="x")
    h = L.Conv3D(4, 3, padding="same", activation="relu", name="c1")(x)
    h = L.MaxPooling3D(2, name="mp")(h)
    h = L.Conv3DTranspose(3, 2, strides=2, name="up")(h)
    h = L.GlobalAveragePooling3D(name="gap")(h)
    return keras.Model(x, L.Dense(2, name="out")(h))


@model
def merges():
    x = I((5, 8), name="x"); y = I((8,), name="y")
    h = L.Maximum(name="mx")([x, L.Dense(8, name="d0")(x)]); h = L.Minimum(name="mn")([h, L.Dense(8, name="d1")(x)])
    h = L.Multiply(name="mul")([h, y])
    h = L.Concatenate(axis=1, name="cat")([h, L.RepeatVector(2, name="rv")(y)])
    h = keras.ops.mean(h * 2.0 - 1.0, axis=1)
    return keras.Model([x, y], L.Dense(2, name="out")(h))


@model
def nested_twice():
    x = I((10,), name="x")
    inner_in = I((10,)); z = L.Dense(10, activation="relu", name="f")(inner_in)
    block = keras.Model(inner_in, L.Add(name="skip")([inner_in, L.Dense(10, name="g")(z)]), name="block")
    h = block(block(x)); h = L.Dropout(0.3, name="drop")(h)
    return keras.Model(x, L.Dense(3, name="out")(h))


@model
def odd_transpose():
    x = I((5, 5, 3), name="x")
    h = L.Conv2DTranspose(4, 3, strides=2, padding="valid", name="a")(x)
    h = L.Conv2DTranspose(4, (2, 5), strides=(3, 1), padding="same", name="b")(h)
    h = L.DepthwiseConv2D(3, depth_multiplier=2, padding="same", activation="tanh", name="dw")(h)
    h = L.SeparableConv2D(5, 3, strides=2, name="sep")(h)
    h = L.LayerNormalization(name="ln")(h)
    return keras.Model(x, L.Conv2D(2, 1, name="out")(h))


@model
def indexed():
    x = I((7, 12), name="sequence")
    h = L.Dense(12, activation="relu", name="a")(x)
    first, some, end, near = h[:, 0], h[:, 1:6:2], h[..., -5:], h[:, -1, None]
    parts = [L.Dense(4, name="first")(first), L.Flatten(name="f1")(L.Dense(4, name="some")(some)),
             L.Flatten(name="f2")(L.Dense(4, name="end")(end)), L.Flatten(name="f3")(L.Dense(4, name="near")(near))]
    return keras.Model(x, L.Dense(3, name="out")(L.Concatenate(name="cat")(parts)))


@model
def grouped():
    x = I((6, 12), name="sequence")
    h = L.GroupQueryAttention(5, 4, 2, name="attention")(x, x, use_causal_mask=True)
    return keras.Model(x, L.Dense(3, name="out")(L.Flatten(name="flat")(L.Add(name="add")([x, h]))))


@model
def functions():
    x = I((9,), name="x")
    h = x
    for name in ("exponential", "log_sigmoid", "tanh_shrink", "hard_shrink", "soft_shrink", "squareplus", "sparse_plus",
                 "sparse_sigmoid"):
        h = L.Dense(9, activation=name, name="d_" + name)(h)
    h = L.ReLU(max_value=2.0, negative_slope=0.1, threshold=0.5, name="bounded")(L.Dense(9, name="a")(h))
    h = keras.ops.leaky_relu(L.Dense(9, name="b")(h), 0.3)
    return keras.Model(x, L.Dense(3, name="out")(keras.ops.squareplus(L.Dense(9, name="c")(h), 2)))

# Activations that belong to the measuring point of another layer.
POINTS = {
    "upsampling": {"c1": "act"}, "squeeze_excite": {"bn": "relu", "add": "swish"}, "conv1d": {"c2": "prelu"},
    "cross_attention": {"out": None, "out.softmax": "out"},
    "functions": {"a": "bounded", "b": "leaky_relu", "c": "squareplus"},
}
TRAINING = ["squeeze_excite"]


def places(path, arrays):
    """For each array its place in the file, found by its values."""
    with zipfile.ZipFile(path) as archive, h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file:
        held = {}
        file.visititems(lambda name, item: held.__setitem__(name, item[()]) if isinstance(item, h5py.Dataset) else None)
    found = {}
    for name, array in arrays.items():
        same = [place for place, other in held.items() if other.shape == array.shape and np.array_equal(other, array)]
        assert len(same) == 1, (name, same)
        found[name] = same[0]
    return found


def compress(path):
    with zipfile.ZipFile(path) as archive: members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in members.items(): archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


def moment(tensor): return float((tensor.detach().double() ** 2).mean())


def numbers(variable): return np.asarray(variable.value.detach())


def reference(name):
    rng = np.random.default_rng(3)
    drawn = {}
    for seed in range(20):
        keras.utils.set_random_seed(100 + seed)
        keras.backend.clear_session()
        for index, v in enumerate(M[name]().trainable_variables): drawn.setdefault(index, []).append(numbers(v))
    keras.utils.set_random_seed(7)
    keras.backend.clear_session()
    m = M[name]()
    for v in m.trainable_variables: v.assign(numbers(v) + 0.05 * rng.standard_normal(v.shape).astype("float32"))
    path = f"{here}/{name}.keras"
    m.save(path)
    where = places(path, {v.path: numbers(v) for v in m.trainable_variables})
    compress(path)
    arrays = {}
    for t in m.inputs:
        shape = (4,) + tuple(t.shape[1:])
        whole = "int" in str(t.dtype)
        arrays[t.name] = rng.integers(0, 40, shape).astype("int64") if whole else rng.standard_normal(shape).astype("float32")
    given = [torch.tensor(arrays[t.name]) for t in m.inputs]
    given = given if len(given) > 1 else given[0]
    for v in m.trainable_variables: v.value.requires_grad_(True)
    training = name in TRAINING
    outputs = m(given, training=training)
    first = outputs[0] if isinstance(outputs, (list, tuple)) else outputs
    cotangent = rng.standard_normal(tuple(first.shape)).astype("float32")
    (first * torch.tensor(cotangent)).sum().backward()
    np.savez_compressed(f"{here}/{name}.npz", cotangent=cotangent, **arrays)
    layers, points = {}, POINTS.get(name, {})
    for layer in m.operations:
        if isinstance(layer, (L.InputLayer, keras.Model)): continue
        if not isinstance(layer, keras.Layer) and layer.name not in points.values(): continue
        part = keras.Model(m.inputs, layer._inbound_nodes[0].output_tensors[0])
        layers[layer.name] = moment(part(given, training=training))
    for point, layer in points.items():
        if layer is not None and point != "out.softmax": layers[point] = layers[layer]
    if "out.softmax" in points: layers["out.softmax"] = layers.pop("out")
    return {
        "training": training, "output": moment(first), "layers": layers, "merged": sorted(v for v in points.values() if v),
        "gradients": {
            where[v.path]: 0.0 if v.value.grad is None else moment(v.value.grad) for v in m.trainable_variables},
        "drawn": {
            where[v.path]: {"n": sum(a.size for a in drawn[i]), "secondMoment": float(np.mean([np.mean(a.astype("float64") ** 2) for a in drawn[i]]))}
            for i, v in enumerate(m.trainable_variables)},
    }


if __name__ == "__main__":
    path, known = f"{here}/reference.json", {}
    if sys.argv[1:]: known = json.load(open(path))
    known |= {name: reference(name) for name in sys.argv[1:] or M}
    with open(path, "w") as file: json.dump(known, file, indent=1, sort_keys=True)
