"""What is particular to PyTorch. Imported only once a model or a tensor of it is at hand."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import re
import warnings
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple

import torch

from ._arrays import Array
from .errors import ExportFailed, ExtraMissing, InvalidFile, UnsupportedModel

_TYPES: Dict[torch.dtype, str] = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.float8_e4m3fn: "F8_E4M3",
    torch.float8_e5m2: "F8_E5M2",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}


def array_of_tensor(tensor: torch.Tensor, name: str) -> Array:
    """Returns the values of a tensor, without a copy where it lies in C order in the processor's memory."""
    if torch.nn.parameter.is_lazy(tensor):
        raise UnsupportedModel(f"{name} has no shape yet. Run the model once on an example, so that lazy layers are filled")
    if tensor.is_meta:
        raise UnsupportedModel(f"{name} is on the meta device and holds no values. Put the model on a real device first")
    if tensor.layout != torch.strided or tensor.is_quantized:
        raise UnsupportedModel(f"{name} is sparse or quantized. Convert it to a dense float tensor")
    type_ = _TYPES.get(tensor.dtype)
    if type_ is None:
        raise UnsupportedModel(f"{name} holds values of type {tensor.dtype}, which cannot be written. Convert it to float32")
    tensor = tensor.detach().resolve_conj().resolve_neg().cpu().contiguous()
    size = tensor.numel() * tensor.element_size()
    data = memoryview((ctypes.c_ubyte * size).from_address(tensor.data_ptr())).cast("B") if size else memoryview(b"")
    return Array(type_, tuple(tensor.shape), data, owner=tensor)


def state_arrays(state: Mapping[str, Any]) -> Dict[str, Array]:
    """Returns the tensors of a state dict. Of several names of one tensor (tied weights) the first is kept."""
    arrays: Dict[str, Array] = {}
    seen = set()
    for name, tensor in state.items():
        if not isinstance(tensor, torch.Tensor):
            continue
        array = array_of_tensor(tensor, f"the tensor {name!r}")
        place = (tensor.device, tensor.data_ptr(), tensor.shape, tensor.stride(), tensor.dtype)
        if tensor.numel() and place in seen:
            continue
        seen.add(place)
        arrays[name] = array
    return arrays


def configuration(model: torch.nn.Module) -> Optional[Dict[str, Any]]:
    """The configuration that models of the transformers library carry; None for others."""
    config = getattr(model, "config", None)
    to_dict = getattr(config, "to_diff_dict", None) and getattr(config, "to_dict", None)
    found = to_dict() if callable(to_dict) else None
    if not isinstance(found, dict):
        return None
    # Some models name a token for padding and give its row no special part.
    if not any(getattr(module, "padding_idx", None) is not None for module in model.modules()):
        found.pop("pad_token_id", None)
    return found


@contextlib.contextmanager
def as_exported(model: torch.nn.Module) -> Iterator[None]:
    """Turns dropout and caches off, and restores every module's mode and the random generators behind it.

    In evaluation mode a module draws nothing at random. What else the mode changes is batch normalization, whose node in
    ONNX is the same in both modes: the program takes the batch's own moments there, as in training.
    """
    modes = [(module, module.training) for module in model.modules()]
    # Models of the transformers library return their caches, which cannot be exported. Modules share a configuration.
    configs: Dict[int, Any] = {id(config): config for config in (getattr(module, "config", None) for module, _ in modes)}
    caches = [config for config in configs.values() if getattr(config, "use_cache", None) is True]
    try:
        with torch.random.fork_rng(devices=[]):
            for config in caches:
                config.use_cache = False
            for module, _ in modes:
                module.training = False
            yield
    finally:
        for module, mode in modes:
            module.training = mode
        for config in caches:
            config.use_cache = True


def arguments(example_input: Any) -> Tuple[Tuple[Any, ...], Dict[str, Any]]:
    """An example input as positional and keyword arguments of the model's forward method."""
    if isinstance(example_input, Mapping):
        return (), {str(name): _as_tensors(value) for name, value in example_input.items()}
    if isinstance(example_input, tuple):
        return tuple(_as_tensors(value) for value in example_input), {}
    return (_as_tensors(example_input),), {}


def _as_tensors(value: Any) -> Any:
    """The value with NumPy's arrays as tensors. Their usual float64 becomes torch's usual type, as models have it."""

    def convert(leaf: Any) -> Any:
        if type(leaf).__module__.split(".")[0] != "numpy" or not hasattr(leaf, "__array__"):
            return leaf
        tensor = torch.as_tensor(leaf)
        return tensor.to(torch.get_default_dtype()) if tensor.dtype == torch.float64 else tensor

    return torch.utils._pytree.tree_map(convert, value)


def export(model: torch.nn.Module, example_input: Any, path: str) -> Dict[str, Array]:
    """Writes a model as ONNX, every parameter under its own name, its values in a file beside it.

    Returns:
        The tensors of the example under the names that the graph's inputs have.

    Raises:
        ExtraMissing: torch's exporter lacks a package.
        ExportFailed: The exporter could not write the model.
        UnsupportedModel: The model holds no values yet, or the example no tensor.
    """
    try:
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise ExtraMissing(
            "to write a PyTorch model as ONNX, torch needs the packages onnx and onnxscript. "
            "Install them: pip install 'initscope[torch]'"
        ) from error
    positional, keywords = arguments(example_input)
    leaves = [leaf for leaf in torch.utils._pytree.tree_leaves((positional, keywords)) if isinstance(leaf, torch.Tensor)]
    if not leaves:
        raise UnsupportedModel(
            "example_input holds no tensor. Give what you would call the model with: a tensor, a tuple of them, or a dict "
            "of keyword arguments"
        )
    # Complains of what has no values before torch does.
    state_arrays(model.state_dict())
    try:
        with as_exported(model), _quiet():
            program = torch.onnx.export(
                model, positional, path, kwargs=keywords, dynamo=True, optimize=False, external_data=True, verbose=False
            )
    except Exception as error:
        check_example(model, example_input)
        raise ExportFailed(_advice(model, error)) from error
    names = [str(value.name) for value in program.model.graph.inputs] if program is not None else []
    if len(names) != len(leaves):
        raise ExportFailed(
            f"the exported graph has {len(names)} inputs ({', '.join(names)}) and example_input {len(leaves)} tensors, so "
            "that they cannot be told apart. Give example_input as a dict of the keyword arguments that forward takes"
        )
    return {name: array_of_tensor(_as_input(leaf), f"the input {name!r}") for name, leaf in zip(names, leaves)}


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keeps the exporter's warnings and log away; what matters of them is in its error."""
    level = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    # This one does not ask whether logging is on, and pytest shows thousands of its empty lines beside a failure.
    trace = logging.getLogger("torch.__trace")
    handlers = trace.handlers[:]
    trace.handlers.clear()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        trace.handlers[:] = handlers
        logging.disable(level)


def _error_of(model: torch.nn.Module, positional: Tuple[Any, ...], keywords: Dict[str, Any]) -> Optional[Exception]:
    """The error that the model raises on the example without any export; None where it runs. On copies of its tensors."""
    try:
        state = {name: value.detach().clone() for name, value in (*model.named_parameters(), *model.named_buffers())}
        with as_exported(model), _quiet(), torch.no_grad():
            torch.func.functional_call(model, state, positional, keywords)
    except Exception as error:
        return error
    return None


def check_example(model: torch.nn.Module, example_input: Any) -> None:
    """Runs a model on an example, on copies of its tensors.

    Raises:
        UnsupportedModel: The model itself fails.
    """
    own = _error_of(model, *arguments(example_input))
    if own is not None:
        raise UnsupportedModel(
            f"{type(model).__name__} itself fails on example_input ({type(own).__name__}): {own}\nGive example_input as you "
            "would call the model: a tensor, a tuple of positional arguments, or a dict of keyword arguments"
        ) from own


def _as_input(tensor: torch.Tensor) -> torch.Tensor:
    """NumPy's files have no bfloat16 and no float8."""
    return tensor.float() if tensor.dtype in (torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2) else tensor


def _advice(model: torch.nn.Module, error: BaseException) -> str:
    """What the exporter said, in few lines, and what to try."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    # The exporter's own text is long; what happened stands behind this heading.
    text = text.split("## Exception summary", 1)[-1].split("(Refer to the full stack trace", 1)[0].strip()
    text = re.split("While executing|Original traceback|\u2b06", text)[0]
    lines: List[str] = [line.strip() for line in text.splitlines() if line.strip()][:4]
    tries = []
    if configuration(model) is not None:
        tries.append('call model.set_attn_implementation("eager"), or build the model with attn_implementation="eager"')
        if "expert" in text or "grouped_mm" in text:
            tries.append('call model.set_experts_implementation("batched_mm")')
    tries += [
        "take branches that depend on values out of forward (an `if` on a tensor, .item(), loops over a tensor)",
        "call forward with tensors only, as example_input=(a, b) or {'name': a}",
        'write the file yourself with the older exporter, torch.onnx.export(model, args, "model.onnx", dynamo=False, '
        'do_constant_folding=False), and call initscope.audit("model.onnx")',
        "initscope.weights(model) needs no export and works in any case",
    ]
    return (
        f"torch could not write {type(model).__name__} as ONNX ({type(error).__name__}):\n  "
        + "\n  ".join(lines or ["it gave no reason"])
        + "\nWhat to try:\n"
        + "\n".join(f"  - {one}" for one in tries)
    )


def load(model: torch.nn.Module, arrays: Mapping[str, Array]) -> None:
    """Copies values into a model's tensors of the same names: all of them, or none where one does not fit.

    Raises:
        InvalidFile: A name is not in the model, or has another shape there.
    """
    state = model.state_dict(keep_vars=True)
    wrong = [name for name in arrays if name not in state]
    if wrong:
        raise InvalidFile(
            f"the drawn weights name {len(wrong)} tensors that the model has not: {', '.join(wrong[:5])}"
            f"{' ...' if len(wrong) > 5 else ''}. Nothing was changed"
        )
    types = {name: type_ for type_, name in _TYPES.items()}
    values = []
    for name, array in arrays.items():
        target = state[name]
        if tuple(target.shape) != array.shape:
            raise InvalidFile(
                f"{name} has shape {list(array.shape)} among the drawn weights and {list(target.shape)} in the model. "
                "Nothing was changed"
            )
        type_ = types.get(array.type)
        if type_ is None:
            raise InvalidFile(f"{name} has type {array.type}, which torch has not. Nothing was changed")
        data = bytearray(array.data)
        source = torch.frombuffer(data, dtype=type_).reshape(array.shape) if data else torch.empty(array.shape, dtype=type_)
        values.append((target, source))
    with torch.no_grad():
        for target, source in values:
            target.copy_(source)
