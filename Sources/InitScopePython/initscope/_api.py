"""The calls: weights, audit, export and fix."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

from . import _models
from ._arrays import Array, array_of, count_nan, named_arrays, read_safetensors, write_npy, write_npz, write_safetensors
from ._models import KERAS, PATH, TORCH, TREE, PathLike
from ._program import run
from .errors import CommandFailed, ExportFailed, InvalidFile, UnsupportedModel
from .results import AuditResult, FixResult, WeightsResult

#: The directory that the program writes into, inside a temporary one.
_OUTPUT = "output"


def weights(
    model: Any,
    *,
    scheme: Optional[PathLike] = None,
    config: Union[PathLike, Mapping[str, Any], None] = None,
    against: Any = None,
    pictures: bool = True,
    options: Sequence[str] = (),
    timeout: Optional[float] = None,
) -> WeightsResult:
    """Looks at a model's weights, or at a file of weights: what each tensor looks like, and what is not as it should be.

    No example input and no export is needed.

    Args:
        model: A ``torch.nn.Module``, a Keras model, a tree of JAX or Flax parameters (nested dicts of arrays), a state
            dict, or the path of a file (safetensors, ``.pt``, ``.npz``) or of a directory of shards.
        scheme: What was meant: the name of a published scheme (``initscope list schemes``), or the path of a YAML file.
            None recognizes the scheme by the tensors' names.
        config: The model's configuration, as the path of a ``config.json`` or as a dict: its initializer range, layers,
            heads and ties. None takes that of a model of the transformers library.
        against: A second model or path. Its tensors are compared with those of the first, by chance.
        pictures: Whether to draw the picture ``"weights"``.
        options: Further options of ``initscope weights``, as on the command line.
        timeout: Seconds after which to give up; None waits as long as it takes.

    Raises:
        UnsupportedModel: `model` is no model, or has no values yet.
        CommandFailed: A file could not be read, or an option is wrong.
        ProgramMissing: The program initscope is not there.

    Example:
        >>> result = initscope.weights(model)  # doctest: +SKIP
        >>> print(result)                      # doctest: +SKIP
    """
    with tempfile.TemporaryDirectory(prefix="initscope-") as directory:
        kind = _models.kind_of(model)
        arguments = ["weights", _weight_file(model, directory, "")]
        if against is not None:
            arguments += ["--against", _weight_file(against, directory, "-against")]
        if scheme is not None:
            name = os.fspath(scheme)
            arguments += ["--scheme", os.path.abspath(name) if os.path.exists(name) else name]
        if config is None and kind == TORCH:
            from ._torch import configuration

            config = configuration(model)
        if isinstance(config, Mapping):
            path = os.path.join(directory, "config.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump(config, file, default=str)
            arguments += ["--config", "config.json"]
        elif config is not None:
            arguments += ["--config", os.path.abspath(os.fspath(config))]
        arguments += ["--strict", "--output", _OUTPUT, *([] if pictures else ["--no-png"]), *options]
        return WeightsResult(**_run(arguments, directory, "weights.json", timeout))


def audit(
    model: Any,
    example_input: Any = None,
    *,
    init: Union[str, Sequence[str], None] = None,
    labels: Any = None,
    seeds: Optional[int] = None,
    seed: int = 0,
    batch_norm: str = "batch",
    backward: Optional[str] = None,
    every_value: bool = False,
    verdict: bool = True,
    remedies: bool = True,
    pictures: bool = True,
    threads: Optional[int] = None,
    options: Sequence[str] = (),
    timeout: Optional[float] = None,
) -> AuditResult:
    """Sends a batch through a model, forward and backward, and shows what happens to the signal in every layer.

    The model is written to a file in a temporary directory, and the program reads that. Dropout is off, and batch
    normalization takes the batch's own moments, as in training. The model itself is not changed.

    Args:
        model: A ``torch.nn.Module``, a Keras model, or the path of a file that the program reads: ``.onnx``, ``.keras``, a
            network in YAML, or a preset's name such as ``"mlp"``.
        example_input: The batch that is sent through. For PyTorch what you would call the model with: a tensor of shape
            (samples, ...), a tuple of positional arguments, or a dict of keyword arguments. For Keras an array of shape
            (samples, ...) in the model's own layout, or a list or dict of them where it has several inputs. For an ONNX file
            a dict of arrays by the names of the graph's inputs.
            Values are taken as they are. None lets the program draw inputs; a PyTorch model needs an example.
        init: Initializers to compare, such as ``["file", "he_normal"]``; ``"file"`` is the weights as they are. None
            audits the weights of a PyTorch model and of an ONNX file as they are, and a Keras model under the initializers
            that its layers declare.
        labels: The class of each sample, as integers of shape (samples,) from 0 on. The backward pass then starts from the
            gradient of the cross entropy.
        seeds: How often inputs, output gradients and drawn weights are drawn anew; None leaves it to the program.
        seed: Seed of all random numbers: the same seed gives the same result.
        batch_norm: ``"batch"`` for the moments of the batch, ``"file"`` for the running ones of the model.
        backward: What the backward pass starts from: ``"gaussian"``, ``"cross_entropy"``, ``"binary_cross_entropy"`` or
            ``"mean_squared_error"``. None is random gradients, or the cross entropy where labels are given.
        every_value: Whether to measure every float value of the graph, too (``result.data["runs"][0]["values"]``).
        verdict: Whether to predict if the model trains.
        remedies: Whether to look for an initialization that would train better.
        pictures: Whether to draw pictures.
        threads: How many threads to run on; None takes one for each core.
        options: Further options of ``initscope audit``, as on the command line: ``["--memory", "4G"]``.
        timeout: Seconds after which to give up; None waits as long as it takes.

    Raises:
        UnsupportedModel: `model` is no model that can be audited, or `example_input` does not suit it.
        ExportFailed: The framework could not write the model. The message says what to try.
        ExtraMissing: The framework's exporter is not installed. The message names the extra.
        CommandFailed: The program could not read the model, or an option is wrong.
        ProgramMissing: The program initscope is not there.

    Example:
        >>> result = initscope.audit(model, torch.randn(64, 3, 32, 32), init=["file", "he_normal"])  # doctest: +SKIP
        >>> result.verdict.trains                                                                    # doctest: +SKIP
        True
    """
    if labels is not None and example_input is None:
        raise UnsupportedModel("labels belong to samples. Give example_input, too")
    with tempfile.TemporaryDirectory(prefix="initscope-") as directory:
        written = _model_file(model, example_input, directory)
        arguments: List[str] = []
        if labels is not None:
            backward = backward or "cross_entropy"
        if init is not None:
            arguments += ["--init", init if isinstance(init, str) else ",".join(init)]
        if seeds is not None:
            arguments += ["--seeds", str(seeds)]
        if backward is not None:
            arguments += ["--backward", backward]
        if threads is not None:
            arguments += ["--threads", str(threads)]
        if batch_norm != "batch":
            arguments += ["--batch-norm", batch_norm]
        arguments += ["--every-value"] * every_value + ["--no-verdict"] * (not verdict)
        arguments += ["--no-remedies"] * (not remedies) + ["--no-png"] * (not pictures)
        arguments += ["--strict", "--output", _OUTPUT, *options]

        def result(as_graph: bool) -> AuditResult:
            given = ["audit", written.name, "--seed", str(seed), *_input_options(written, labels, directory, as_graph)]
            return AuditResult(**_run([*given, *arguments], directory, "audit.json", timeout))

        for name, values in written.inputs.items():
            _check_numbers(name, values)
        if written.samples is not None and not written.inputs:
            _check_numbers("example_input", written.samples)
        as_graph = written.samples is None or batch_norm == "file" or every_value
        try:
            return result(as_graph)
        except CommandFailed as error:
            # Only the program knows whether it takes a Keras model as a graph, whose arrays have names.
            if as_graph or not written.inputs or "run as a graph" not in str(error):
                _blame_example(model, example_input)
                raise
        return result(as_graph=True)


def export(model: Any, example_input: Any, path: PathLike) -> List[str]:
    """Writes a PyTorch model as ONNX in the way that the program reads best: every parameter under its own name.

    The values of parameters go into a file beside it, ``PATH.data``, so that models of any size can be written. `audit`
    does the same by itself; a file saves that time where a model is audited often.

    Args:
        model: A ``torch.nn.Module``. It is not changed.
        example_input: As `audit` takes it.
        path: Where to write, such as ``"model.onnx"``. A file that is there is replaced once both files are written.

    Returns:
        The names of the graph's inputs, in the order of the example's tensors.

    Raises:
        UnsupportedModel: `model` is no PyTorch model, or the example holds no tensor.
        ExportFailed: torch could not write the model. The message says what to try.

    Example:
        >>> initscope.export(model, torch.randn(8, 784), "model.onnx")  # doctest: +SKIP
        ['input']
    """
    if _models.kind_of(model) != TORCH:
        raise UnsupportedModel(
            "export writes PyTorch models. A Keras model has a method of its own: model.save('model.keras')"
        )
    from ._torch import export as write

    target = os.path.abspath(os.fspath(path))
    name = os.path.basename(target)
    # Beside the target, so that both files can be moved there in one step each. The ONNX file names the other one.
    with tempfile.TemporaryDirectory(prefix=".initscope-", dir=os.path.dirname(target)) as directory:
        inputs = write(model, example_input, os.path.join(directory, name))
        for file in sorted(os.listdir(directory), key=len, reverse=True):
            os.replace(os.path.join(directory, file), os.path.join(os.path.dirname(target), file))
    return list(inputs)


def fix(
    model: Any,
    example_input: Any,
    *,
    init: Optional[str] = None,
    options: Sequence[str] = (),
    timeout: Optional[float] = None,
) -> FixResult:
    """Draws a model's weights anew with the program's initializer, and loads them into the model.

    Args:
        model: A ``torch.nn.Module`` or a Keras model. Its parameters are changed in place: all that were drawn, or none
            where an error is raised.
        example_input: As `audit` takes it.
        init: The initializer, such as ``"he_normal"``; None leaves the choice to the program.
        options: Further options of ``initscope fix``, as on the command line.
        timeout: Seconds after which to give up; None waits as long as it takes.

    Raises:
        UnsupportedModel: `model` is no PyTorch or Keras model.
        ExportFailed: The framework could not write the model. The message says what to try.
        CommandFailed: The program could not read the model, or an option is wrong.
        InvalidFile: The drawn weights do not fit the model. Nothing was changed.

    Example:
        >>> initscope.fix(model, x, init="he_normal").tensors  # doctest: +SKIP
        ('0.weight', '2.weight')
    """
    kind = _models.kind_of(model)
    if kind not in (TORCH, KERAS):
        raise UnsupportedModel(
            "fix loads weights into PyTorch and Keras models. For a file, run: initscope fix MODEL --output FILE.safetensors"
        )
    with tempfile.TemporaryDirectory(prefix="initscope-") as directory:
        written = _model_file(model, example_input, directory)
        drawn = "fixed.safetensors" if kind == TORCH else "fixed.weights.h5"
        given = _input_options(written, None, directory, as_graph=True) if kind == KERAS else []
        arguments = ["fix", written.name, *given, *([] if init is None else ["--init", init]), "--output", drawn, *options]
        try:
            completed = run(arguments, directory=directory, timeout=timeout)
        except CommandFailed:
            _blame_example(model, example_input)
            raise
        path = os.path.join(directory, drawn)
        if not os.path.exists(path):
            raise InvalidFile("the program initscope wrote no weights. Nothing was changed")
        names = _models.load_keras(model, path) if kind == KERAS else _load_torch(model, path)
        return FixResult(names, completed.output, _without_files(completed.messages))


def _blame_example(model: Any, example_input: Any) -> None:
    """Complains of an example on which a PyTorch model itself fails: the exporter takes some that the model does not."""
    if _models.kind_of(model) == TORCH:
        from ._torch import check_example

        check_example(model, example_input)


def _load_torch(model: Any, path: str) -> Tuple[str, ...]:
    from ._torch import load

    arrays = read_safetensors(path)
    load(model, arrays)
    return tuple(arrays)


def _run(arguments: Sequence[str], directory: str, document: str, timeout: Optional[float]) -> Dict[str, Any]:
    """Runs the program once, for the table that it prints and the files that it writes."""
    completed = run(arguments, directory=directory, timeout=timeout)
    output = os.path.join(directory, _OUTPUT)
    try:
        with open(os.path.join(output, document), encoding="utf-8") as file:
            data = json.load(file)
    except (OSError, ValueError) as error:
        raise InvalidFile(
            f"the program initscope ended without a document that can be read ({error}). Has it the version of this package?"
        ) from error
    pictures = {}
    for name in sorted(os.listdir(output)):
        if name.endswith(".png"):
            with open(os.path.join(output, name), "rb") as picture:
                pictures[name[: -len(".png")]] = picture.read()
    return {
        "table": completed.output,
        "data": data,
        "pictures": pictures,
        "messages": _without_files(completed.messages),
        "healthy": completed.status == 0,
    }


def _without_files(messages: str) -> str:
    """Messages without the list of files written, which are gone by then."""
    lines = [line.split("; wrote ")[0] for line in messages.splitlines() if not line.startswith("wrote ")]
    return "\n".join(lines).strip()


def _weight_file(model: Any, directory: str, suffix: str) -> str:
    """The path of a file of the model's weights, relative to the directory where it was written there."""
    kind = _models.kind_of(model)
    if kind == PATH:
        return str(os.path.abspath(os.fspath(model)))
    if kind == KERAS and model.weights:
        # Keras's own format says which initializer each layer declares.
        name = f"{_models.file_name(model)}{suffix}.keras"
        try:
            _models.save_keras(model, os.path.join(directory, name))
            return name
        except ExportFailed:
            # Without a configuration the values are judged all the same.
            pass
    name = f"{_models.file_name(model)}{suffix}.safetensors"
    # Tied tensors of PyTorch are written once, so that what is equal in the file is no tie.
    metadata = {"sharing": "one name each"} if kind == TORCH else {}
    write_safetensors(os.path.join(directory, name), _models.tensors_of(model, kind), metadata)
    return name


@dataclass(frozen=True)
class _Written:
    """A model as an argument of the program, and the example: by the names of a graph's inputs, and as plain samples where
    the program may take it as a network."""

    name: str
    inputs: Mapping[str, Array] = field(default_factory=dict)
    samples: Optional[Array] = None


def _model_file(model: Any, example_input: Any, directory: str) -> _Written:
    kind = _models.kind_of(model)
    if kind == PATH:
        name = str(os.fspath(model))
        # The name of a preset is no file.
        argument = os.path.abspath(name) if os.path.exists(name) or os.sep in name or "." in name else name
        if example_input is None:
            return _Written(argument)
        if isinstance(example_input, Mapping):
            return _Written(argument, named_arrays(example_input, "the input"))
        if name.endswith(".onnx"):
            raise UnsupportedModel(
                "for an ONNX file, give example_input as a dict: an array for each name of the graph's inputs"
            )
        return _Written(argument, samples=array_of(example_input, "example_input"))
    if kind == TREE:
        raise UnsupportedModel(
            "a tree of parameters says nothing of how they are connected, so that no signal can be sent through it. Call "
            "initscope.weights(parameters), or export the model to ONNX and give the path of that file"
        )
    if kind == KERAS:
        inputs = {} if example_input is None else _models.keras_inputs(model, example_input)
        name = f"{_models.file_name(model)}.keras"
        _models.save_keras(model, os.path.join(directory, name))
        return _Written(name, inputs, _models.keras_samples(model, inputs))
    if example_input is None:
        raise UnsupportedModel(
            "a PyTorch model needs example_input, what you would call it with: a tensor of shape (samples, ...), a tuple of "
            "positional arguments, or a dict of keyword arguments"
        )
    from ._torch import export as write

    name = f"{_models.file_name(model)}.onnx"
    return _Written(name, write(model, example_input, os.path.join(directory, name)))


def _check_numbers(name: str, values: Array) -> None:
    """Complains of an example with NaN, which would make every layer look broken. Infinities mask attention."""
    count = count_nan(values)
    if count:
        raise UnsupportedModel(
            f"the example's {name!r} holds {count} {'value' if count == 1 else 'values'} of NaN, and so would every layer "
            "behind it. Give samples of numbers"
        )


def _check_labels(labels: Array, written: _Written) -> None:
    """Complains of labels that are no whole number for each sample. Some models have the samples on their second axis."""
    arrays = list(written.inputs.values()) if written.samples is None else [written.samples]
    extents = [extent for array in arrays for extent in (*array.shape[:1], *(one for one in array.shape[1:2] if one > 1))]
    count = 1
    for extent in labels.shape:
        count *= extent
    if extents and all(extents) and (count == 0 or all(count % extent for extent in extents)):
        raise UnsupportedModel(
            f"labels holds {count} {'label' if count == 1 else 'labels'}, and example_input {extents[0]} samples. Give the "
            "class of each sample, as integers of shape (samples,)"
        )


def _input_options(written: _Written, labels: Any, directory: str, as_graph: bool) -> List[str]:
    """Writes the example for the program, and returns the options that name it. Values are taken as they are."""
    answers = None if labels is None else array_of(labels, "labels")
    if answers is not None:
        _check_labels(answers, written)
    if written.samples is None or (as_graph and written.inputs):
        arrays = {**written.inputs, **({} if answers is None else {"labels": answers})}
        if not arrays:
            return []
        write_npz(os.path.join(directory, "inputs.npz"), arrays)
        return ["--input", "inputs.npz"]
    if not written.samples.shape:
        raise UnsupportedModel("example_input is a single number. Give samples along the first axis")
    write_npy(os.path.join(directory, "samples.npy"), written.samples, "example_input")
    options = ["--input", "samples.npy", "--scaling", "raw", "--batch", str(written.samples.shape[0])]
    if answers is not None:
        write_npy(os.path.join(directory, "labels.npy"), answers, "labels")
        options += ["--labels", "labels.npy"]
    return options
