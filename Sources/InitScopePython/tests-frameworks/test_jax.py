"""Trees of JAX and Flax."""

import flax.linen
import initscope
import jax
import jax.numpy as jnp
import numpy
import pytest
from flax import nnx
from initscope import UnsupportedModel


class Linen(flax.linen.Module):
    @flax.linen.compact
    def __call__(self, x):
        x = flax.linen.relu(flax.linen.Dense(128)(x))
        return flax.linen.Dense(10)(x)


class Nnx(nnx.Module):
    def __init__(self):
        rngs = nnx.Rngs(0)
        self.first = nnx.Linear(64, 128, rngs=rngs)
        self.norm = nnx.BatchNorm(128, rngs=rngs)
        self.dropout = nnx.Dropout(0.5, rngs=rngs)


def check(result, name, kernel):
    tensor = next(tensor for tensor in result.tensors if tensor.name == name)
    assert (tensor.fan_in, tensor.fan_out, tensor.role) == (64, 128, "linear")
    assert tensor.standard_deviation == pytest.approx(numpy.asarray(kernel, dtype=float).std(), rel=1e-3)


def test_parameters_of_linen():
    variables = Linen().init(jax.random.key(0), jnp.ones((1, 64)))
    result = initscope.weights(variables["params"], pictures=False)
    assert len(result.tensors) == 4
    check(result, "Dense_0/kernel", variables["params"]["Dense_0"]["kernel"])


@pytest.mark.parametrize("take", [lambda model: model, lambda model: nnx.state(model, nnx.Param)])
def test_modules_and_states_of_nnx(take):
    model = Nnx()
    result = initscope.weights(take(model), pictures=False)
    names = {tensor.name for tensor in result.tensors}
    assert {"first/kernel", "first/bias", "norm/scale", "norm/bias"} <= names
    assert not any("rngs" in name or "dropout" in name for name in names)
    check(result, "first/kernel", model.first.kernel[...])


def test_bfloat16_keeps_its_type():
    result = initscope.weights({"a": {"kernel": jnp.ones((3, 4), jnp.bfloat16)}}, pictures=False)
    assert result.tensors[0].type == "bfloat16"


def test_parameters_alone_cannot_be_audited():
    with pytest.raises(UnsupportedModel, match="initscope.weights"):
        initscope.audit({"a": jnp.ones((3, 4))}, jnp.ones((2, 3)))
