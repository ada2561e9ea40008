"""Keras models: their weights by path, and the file that an audit hands over."""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import initscope
import keras
import numpy
import pytest
from initscope import UnsupportedModel


def model():
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(128, activation="relu", kernel_initializer="he_normal"),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(10),
        ],
        name="classifier",
    )


def test_weights_have_the_paths_and_fans_of_keras():
    network = model()
    result = initscope.weights(network, pictures=False)
    found = {tensor.name: tensor for tensor in result.tensors}
    assert set(found) == {variable.path for variable in network.weights if "seed" not in variable.path}
    kernel = next(variable for variable in network.weights if variable.shape == (64, 128))
    assert (found[kernel.path].fan_in, found[kernel.path].fan_out) == (64, 128)
    expected = numpy.asarray(keras.ops.convert_to_numpy(kernel), dtype=float).std()
    assert found[kernel.path].standard_deviation == pytest.approx(expected, rel=1e-3)


def test_an_audit_hands_over_keras_own_file(tmp_path, monkeypatch):
    record = tmp_path / "stand-in"
    record.write_text(
        f'#!/bin/sh\necho "$@" > {tmp_path}/arguments\ncp *.keras samples.npy {tmp_path}\n'
        "mkdir output; echo '{\"runs\": []}' > output/audit.json\n"
    )
    record.chmod(0o700)
    monkeypatch.setenv("INITSCOPE", str(record))
    network, x = model(), numpy.random.default_rng(0).normal(size=(8, 64)).astype("float32")
    initscope.audit(network, x)
    assert (
        "audit classifier.keras --seed 0 --input samples.npy --scaling raw --batch 8" in (tmp_path / "arguments").read_text()
    )
    again = keras.saving.load_model(tmp_path / "classifier.keras")
    for one, other in zip(network.weights, again.weights):
        assert numpy.array_equal(keras.ops.convert_to_numpy(one), keras.ops.convert_to_numpy(other))
    assert numpy.array_equal(numpy.load(tmp_path / "samples.npy"), x)
    images = numpy.arange(2 * 4 * 5 * 3, dtype="float32").reshape(2, 4, 5, 3)
    initscope.audit(keras.Sequential([keras.Input((4, 5, 3)), keras.layers.Conv2D(2, 3), keras.layers.Flatten()]), images)
    channels_first = numpy.load(tmp_path / "samples.npy")
    assert channels_first.shape == (2, 3, 4, 5)
    assert channels_first[1, 2, 3, 4] == images[1, 3, 4, 2]


def test_a_model_that_is_not_built_says_so():
    with pytest.raises(UnsupportedModel, match="model.build"):
        initscope.weights(keras.Sequential([keras.layers.Dense(3)]))
    with pytest.raises(UnsupportedModel, match="model.build"):
        initscope.audit(keras.Sequential([keras.layers.Dense(3)]))
