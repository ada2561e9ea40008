"""Tells whose model an object is, without importing any framework, and takes its tensors."""

from __future__ import annotations

import os
import re
import sys
from typing import Any, Dict, Mapping, Tuple, Union

from ._arrays import Array, array_of, flat_names, is_array, named_arrays, transposed
from .errors import ExportFailed, InvalidFile, UnsupportedModel

PathLike = Union[str, "os.PathLike[str]"]

#: The kinds of object that `kind_of` tells apart.
PATH, TORCH, KERAS, TREE = "path", "torch", "keras", "tree"


def kind_of(model: Any) -> str:
    """Returns which kind of model it is.

    Raises:
        UnsupportedModel: It is none.
    """
    if isinstance(model, (str, os.PathLike)):
        return PATH
    if isinstance(model, type):
        raise UnsupportedModel(f"{model.__name__} is a class. Give a model: {model.__name__}(...)")
    homes = [base.__module__ for base in type(model).__mro__]
    # Keras on top of torch makes its models torch modules, too.
    if any(home.split(".")[0] in ("keras", "tf_keras") or home.startswith("tensorflow.python.keras") for home in homes):
        if hasattr(model, "weights"):
            return KERAS
    if any(home.startswith("torch.nn.") for home in homes) and hasattr(model, "state_dict"):
        return TORCH
    if any(home.startswith("flax.nnx") for home in homes):
        return TREE
    if isinstance(model, (Mapping, list, tuple)):
        return TREE
    raise UnsupportedModel(
        f"an object of type {type(model).__module__}.{type(model).__qualname__} is no model that can be examined. Give a "
        "torch.nn.Module, a Keras model, a tree of JAX or Flax parameters (nested dicts of arrays), or the path of a file"
    )


def file_name(model: Any) -> str:
    """A name for the model's file: that of its class, in letters that every file system takes. Reports show it."""
    name = getattr(model, "name", None) if kind_of(model) == KERAS else None
    if not isinstance(name, str):
        name = "parameters" if isinstance(model, (Mapping, list, tuple)) else type(model).__name__
    return re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_") or "model"


def tensors_of(model: Any, kind: str) -> Dict[str, Array]:
    """Returns a model's tensors by name: of PyTorch the state dict, of Keras the paths of variables, of trees the paths to
    leaves.

    Raises:
        UnsupportedModel: It has no tensors, or one that cannot be written.
    """
    if kind == TORCH:
        from ._torch import state_arrays

        arrays = state_arrays(model.state_dict())
        remedy = "Give a model with parameters"
    elif kind == KERAS:
        arrays = _keras_arrays(model)
        remedy = "Build it first: call it once on an example, or call model.build(input_shape)"
    else:
        arrays = _tree_arrays(model)
        remedy = "Give the parameters, such as variables['params'] of model.init(key, x)"
    if not arrays:
        raise UnsupportedModel(f"{type(model).__name__} holds no tensors yet. {remedy}")
    return arrays


def _keras_arrays(model: Any) -> Dict[str, Array]:
    arrays: Dict[str, Array] = {}
    for variable in model.weights:
        name = str(getattr(variable, "path", None) or variable.name)
        name = name[: -len(":0")] if name.endswith(":0") else name
        if "seed_generator_state" in name:
            # The state of a random generator is no weight.
            continue
        unique, count = name, 1
        while unique in arrays:
            count += 1
            unique = f"{name}_{count}"
        arrays[unique] = array_of(variable, f"the variable {name!r}")
    return arrays


def _tree_arrays(tree: Any) -> Dict[str, Array]:
    nnx = sys.modules.get("flax.nnx")
    if nnx is not None and isinstance(tree, nnx.Module):
        tree = nnx.to_pure_dict(nnx.state(tree, nnx.Any(nnx.Param, nnx.BatchStat)))
    if isinstance(tree, Mapping) and tree and all(isinstance(k, str) and _is_tensor(v) for k, v in tree.items()):
        if all(hasattr(value, "data_ptr") for value in tree.values()):
            from ._torch import state_arrays

            return state_arrays(tree)
    return named_arrays(flat_names(tree), "the array")


def _is_tensor(value: Any) -> bool:
    return is_array(value) and not isinstance(value, Mapping)


def save_keras(model: Any, path: str) -> None:
    """Writes a Keras model in Keras's own format.

    Raises:
        UnsupportedModel: It is not built yet.
        ExportFailed: Keras could not write it.
    """
    if not model.weights and not getattr(model, "built", True):
        raise UnsupportedModel(
            f"{type(model).__name__} is not built yet and holds no weights. Build it first: call it once on an example, or "
            "call model.build(input_shape)"
        )
    try:
        model.save(path)
    except Exception as error:
        raise ExportFailed(
            f"Keras could not save {type(model).__name__} ({type(error).__name__}): {error}\nWhat to try:\n"
            "  - give classes of your own a method get_config\n"
            "  - build the model from Keras's layers, as keras.Sequential or keras.Model(inputs, outputs)\n"
            "  - initscope.weights(model) saves no model and works in any case"
        ) from error


def load_keras(model: Any, path: str) -> Tuple[str, ...]:
    """Loads a file of weights into a Keras model, and returns the paths of the variables that it changed.

    Raises:
        InvalidFile: The weights do not fit the model. Nothing was changed.
    """
    old = [variable.numpy().copy() for variable in model.weights]
    before = {name: bytes(array.data) for name, array in _keras_arrays(model).items()}
    try:
        model.load_weights(path)
    except Exception as error:
        for variable, value in zip(model.weights, old):
            variable.assign(value)
        raise InvalidFile(f"the drawn weights do not fit the model: {error}. Nothing was changed") from error
    return tuple(name for name, array in _keras_arrays(model).items() if bytes(array.data) != before[name])


def keras_inputs(model: Any, example_input: Any) -> Dict[str, Array]:
    """The example's arrays by the names of the model's inputs, in the model's own layout.

    Raises:
        UnsupportedModel: The example has other inputs than the model, or is no array.
    """
    names = [str(each.name) for each in getattr(model, "inputs", None) or ()] or ["input"]
    if isinstance(example_input, Mapping):
        unknown = [name for name in names if name not in example_input]
        if unknown or len(example_input) != len(names):
            raise UnsupportedModel(
                f"the model's inputs are {', '.join(names)}, and the example has {', '.join(map(str, example_input))}"
            )
        values = [example_input[name] for name in names]
    elif isinstance(example_input, (tuple, list)) and all(is_array(each) for each in example_input):
        values = list(example_input)
    else:
        values = [example_input]
    if len(values) != len(names):
        raise UnsupportedModel(
            f"the model has {len(names)} inputs ({', '.join(names)}), and the example has {len(values)}. Give a list with an "
            "array for each, or a dict by their names"
        )
    return {name: array_of(value, f"the input {name!r}") for name, value in zip(names, values)}


def keras_samples(model: Any, inputs: Mapping[str, Array]) -> Union[Array, None]:
    """The samples of a model with one input as the program takes them for a network: images with channels first."""
    if len(inputs) != 1:
        return None
    (samples,) = inputs.values()
    if len(samples.shape) == 4 and _has_channels_last(model):
        return transposed(samples, (0, 3, 1, 2))
    return samples


def _has_channels_last(model: Any) -> bool:
    """Whether a layer of the model, or of a model within it, counts channels along the last axis."""
    return any(
        getattr(layer, "data_format", None) == "channels_last" or (hasattr(layer, "layers") and _has_channels_last(layer))
        for layer in getattr(model, "layers", ())
    )
