"""Models of Keras with what Keras computes for them: keras 3.15.1 on torch 2.15.0 (KERAS_BACKEND=torch), h5py 3.16.0, numpy.

For each model NAME.keras (its weights moved away from zero where an initializer gives zeros, so that every parameter counts)
and in reference.json, for one batch in training mode (batch normalization by the batch, dropout rates 0): the input and the
cotangent, row by row in Keras's layout, the output, and second moments of every layer's output and of every parameter's
gradient of sum(output * cotangent). Also, under `drawn`, the moments of every parameter over 20 buildings of the model: what its
declared initializers draw.

    KERAS_BACKEND=torch python keras_models.py
"""
import json, os, sys, zipfile
os.environ["KERAS_BACKEND"] = "torch"
import keras, numpy as np, torch
from keras import layers, initializers

torch.set_num_threads(1)
here = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(14)


def mlp():
    return keras.Sequential([
        keras.Input((12,)),
        layers.Dense(16, activation="relu", kernel_initializer="he_normal", name="hidden1"),
        layers.BatchNormalization(name="bn"),
        layers.Dense(8, activation="tanh", kernel_initializer=initializers.VarianceScaling(2.5, "fan_out", "uniform"),
                     bias_initializer=initializers.RandomNormal(stddev=0.1), name="hidden2"),
        layers.Dropout(0.0),
        layers.Dense(5, activation="softmax", name="out"),
    ], name="mlp")


def lenet():
    return keras.Sequential([
        keras.Input((10, 9, 2)),
        layers.ZeroPadding2D(((1, 1), (2, 2))),
        layers.Conv2D(4, (3, 2), strides=(1, 2), activation="relu", kernel_initializer="he_uniform"),
        layers.MaxPooling2D(2, strides=1),
        layers.Conv2D(6, 3, padding="same", use_bias=False, kernel_initializer="orthogonal"),
        layers.BatchNormalization(),
        layers.Activation("elu"),
        layers.AveragePooling2D((2, 1)),
        layers.LeakyReLU(0.2, name="leaky"),
        layers.Flatten(),
        layers.LayerNormalization(),
        layers.Dense(7, activation="gelu", kernel_initializer="lecun_normal"),
        layers.Dense(3),
    ], name="lenet")


def mobile():
    x = inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(6, 3, padding="same", name="stem")(x)
    x = layers.ReLU(6.0, name="stem_relu")(x)
    y = layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same", depthwise_initializer="he_normal", name="depth")(x)
    y = layers.Conv2D(6, 1, activation="silu", name="point")(y)
    x = layers.Add(name="sum")([x, y])
    z = layers.SeparableConv2D(4, 3, strides=2, padding="same", activation="tanh", name="sep")(x)
    w = layers.Conv2D(4, 3, strides=2, padding="same", groups=2, dilation_rate=1, name="grouped")(x)
    x = layers.Concatenate(name="both")([z, w])
    a = layers.GlobalAveragePooling2D(name="mean")(x)
    b = layers.GlobalMaxPooling2D(name="max")(x)
    c = layers.Flatten(name="flat")(x)
    x = layers.Concatenate(name="joined")([a, b, c])
    return keras.Model(inputs, layers.Dense(4, activation="sigmoid", name="head")(x), name="mobile")


def text():
    x = inputs = keras.Input((6,), dtype="int32")
    x = layers.Embedding(20, 8, name="table")(x)
    x = layers.Conv1D(8, 3, padding="same", activation="selu", kernel_initializer="lecun_normal", name="conv")(x)
    x = layers.LSTM(5, return_sequences=True, name="lstm")(x)
    x = layers.GRU(4, name="gru", bias_initializer=initializers.RandomUniform(-0.2, 0.2))(x)
    return keras.Model(inputs, layers.Dense(1, name="head")(x), name="text")


def recurrent():
    return keras.Sequential([
        keras.Input((5, 3)),
        layers.SimpleRNN(6, return_sequences=True, recurrent_initializer="identity", activation="relu"),
        layers.Bidirectional(layers.GRU(2, return_sequences=True), name="both"),
        layers.Bidirectional(layers.LSTM(3, return_sequences=True, kernel_initializer="he_normal"), merge_mode="sum", name="sum"),
        layers.TimeDistributed(layers.Dense(4, activation="softplus")),
        layers.LSTM(3, unit_forget_bias=False, bias_initializer=initializers.Constant(0.3)),
        layers.Dense(2),
    ], name="recurrent")


def transformer():
    x = inputs = keras.Input((5, 8))
    y = layers.LayerNormalization(epsilon=1e-5, name="norm1")(x)
    y = layers.MultiHeadAttention(2, 4, name="attention")(y, y, use_causal_mask=True)
    x = x + y
    y = layers.LayerNormalization(epsilon=1e-5, name="norm2")(x)
    block = keras.Sequential([keras.Input((5, 8)), layers.Dense(16, activation="gelu", name="up"), layers.Dense(8, name="down")],
                             name="block")
    x = layers.Add(name="sum2")([x, block(y)])
    x = layers.GlobalAveragePooling1D(name="mean")(x)
    return keras.Model(inputs, layers.Dense(3, name="head")(x), name="transformer")


def tensor(values):
    return torch.tensor(values)


def moments(values):
    values = np.asarray(values, dtype=np.float64)
    return {"n": int(values.size), "mean": float(values.mean()), "secondMoment": float((values ** 2).mean())}


def extent(values):
    return {**moments(values), "min": float(values.min()), "max": float(values.max())}


def run(build):
    keras.backend.clear_session()
    keras.utils.set_random_seed(7)
    model = build()
    for variable in model.trainable_variables:
        value = variable.numpy()
        if np.ptp(value) == 0:
            variable.assign(value + 0.2 * rng.standard_normal(value.shape))
    batch = 4
    shape = (batch,) + tuple(model.inputs[0].shape[1:])
    x = rng.integers(0, 20, shape).astype(np.float32) if "int" in model.inputs[0].dtype else rng.standard_normal(shape).astype(np.float32)
    model.save(f"{here}/{model.name}.keras")
    # Outputs of every layer call, by the layer's name.
    seen = {}

    def watch(layer, prefix=""):
        original = layer.call

        def call(*arguments, **keywords):
            result = original(*arguments, **keywords)
            if torch.is_tensor(result):
                seen[prefix + layer.name] = result.detach().numpy()
            return result
        layer.call = call
        for inner in getattr(layer, "layers", []):
            watch(inner, prefix + layer.name + ".")
    for layer in model.layers:
        watch(layer)
    y = model(torch.tensor(x), training=True)
    cotangent = rng.standard_normal(y.shape).astype(np.float32)
    model.zero_grad()
    (y * torch.tensor(cotangent)).sum().backward()
    reference = {
        "keras": keras.__version__, "torch": torch.__version__, "parameters": model.count_params(),
        "trainable": int(sum(np.prod(v.shape) for v in model.trainable_variables)),
        "shape": list(shape), "input": x.ravel().tolist(), "cotangent": cotangent.ravel().tolist(),
        "output": y.detach().numpy().ravel().tolist(),
        "layers": {name: moments(value) for name, value in seen.items()},
        "gradients": {v.path: moments(v.value.grad.numpy()) for v in model.trainable_variables},
    }
    drawn = {}
    for _ in range(20):
        keras.backend.clear_session()
        for variable in build().trainable_variables:
            drawn.setdefault(variable.path, []).append(variable.numpy().ravel())
    reference["drawn"] = {path: extent(np.concatenate(values)) for path, values in drawn.items()}
    return model.name, reference


references = dict(run(build) for build in (mlp, lenet, mobile, text, recurrent, transformer))
with open(f"{here}/reference.json", "w") as file:
    json.dump(references, file, separators=(",", ":"))
    file.write("\n")
