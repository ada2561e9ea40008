"""Keras models: their weights by path, and the file that an audit hands over."""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import initscope
import keras
import numpy
import pytest
from initscope import HealthError, UnsupportedModel, _program


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
    # As in Keras's own file, without the model's name before them.
    paths = [variable.path.removeprefix("classifier/") for variable in network.weights]
    assert set(found) == {path for path in paths if "seed" not in path}
    kernel = next(variable for variable in network.weights if variable.shape == (64, 128))
    own = found[kernel.path.removeprefix("classifier/")]
    assert (own.fan_in, own.fan_out) == (64, 128)
    expected = numpy.asarray(keras.ops.convert_to_numpy(kernel), dtype=float).std()
    assert own.standard_deviation == pytest.approx(expected, rel=1e-3)


def test_what_the_layers_declare_is_known():
    keras.utils.set_random_seed(0)
    hidden = keras.layers.Dense(128, kernel_initializer="he_normal")
    network = keras.Sequential([keras.Input((64,)), hidden, keras.layers.Dense(10)])
    assert initscope.weights(network, pictures=False).healthy
    # Drawn by another law than the layer declares, which no name of a tensor says.
    hidden.kernel.assign(keras.initializers.GlorotUniform(seed=1)((64, 128)))
    result = initscope.weights(network, pictures=False)
    assert [finding.severity for finding in result.findings] == ["error"]
    assert result.findings[0].tensors == (hidden.kernel.path.split("/", 1)[1],)


def test_a_matrix_of_zeros_is_not_healthy():
    network, x = model(), numpy.random.default_rng(0).normal(size=(32, 64)).astype("float32")
    network.layers[0].kernel.assign(numpy.zeros((64, 128), dtype="float32"))
    with pytest.raises(HealthError, match="the weights of classifier"):
        initscope.assert_healthy(network, x, init=["file"])


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


def shared():
    """Two inputs and a layer that is called twice: the program takes it as a graph."""
    keras.utils.set_random_seed(0)
    one, two, layer = keras.Input((8,), name="one"), keras.Input((8,), name="two"), keras.layers.Dense(16, activation="tanh")
    return keras.Model([one, two], keras.layers.Dense(3)(keras.layers.Multiply()([layer(one), layer(two)])))


@pytest.mark.parametrize("as_dict", [False, True])
def test_a_model_with_several_inputs_is_audited(as_dict):
    random = numpy.random.default_rng(0)
    one, two = (random.normal(size=(16, 8)).astype("float32") for _ in range(2))
    example = {"two": two, "one": one} if as_dict else [one, two]
    network = shared()
    result = initscope.audit(network, example, pictures=False, remedies=False, init=["keras"])
    names = {parameter["name"] for parameter in result.data["runs"][0]["parameters"]}
    assert len(names) == 4
    with pytest.raises(UnsupportedModel, match="one, two"):
        initscope.audit(network, one)


def test_images_of_a_graph_keep_their_layout():
    network = keras.Sequential(
        [keras.Input((5, 6, 3)), keras.layers.Conv2DTranspose(4, 3), keras.layers.Flatten(), keras.layers.Dense(3)]
    )
    images = numpy.random.default_rng(0).normal(size=(4, 5, 6, 3)).astype("float32")
    result = initscope.audit(network, images, pictures=False, remedies=False, init=["keras"])
    assert len(result.data["runs"]) == 1


def test_fix_loads_what_was_drawn():
    network = shared()
    before = [keras.ops.convert_to_numpy(variable).copy() for variable in network.weights]
    # libhdf5 is the one that h5py brings, whatever the system has.
    assert "h5py.libs" in _program.environment()["INITSCOPE_HDF5"]
    result = initscope.fix(network, None, init="he_normal")
    after = [keras.ops.convert_to_numpy(variable) for variable in network.weights]
    changed = {variable.path for variable, one, other in zip(network.weights, before, after) if (one != other).any()}
    assert set(result.tensors) == changed == {variable.path for variable in network.weights if "kernel" in variable.path}
    # he_normal has the variance 2 / 16; 48 squares lie within five deviations of it but once in a million draws.
    kernel = after[2]
    assert kernel.shape == (16, 3) and abs((kernel**2).mean() / 0.125 - 1) < 5 * (2 / 48) ** 0.5
