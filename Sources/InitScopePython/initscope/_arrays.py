"""Arrays of any framework as plain bytes, and the files that carry them: safetensors and .npz.

The program reads both. Their formats are public and small, so that neither NumPy nor safetensors is needed.
"""

from __future__ import annotations

import array
import json
import math
import struct
import zipfile
from dataclasses import dataclass
from types import MappingProxyType
from typing import IO, Any, Dict, List, Mapping, Sequence, Tuple, Union

from .errors import InvalidFile, UnsupportedModel

Buffer = Union[bytes, bytearray, memoryview]

#: Bytes of one value of each type, by safetensors' names of types.
SIZES: Dict[str, int] = {
    "F64": 8,
    "F32": 4,
    "F16": 2,
    "BF16": 2,
    "F8_E4M3": 1,
    "F8_E5M2": 1,
    "I64": 8,
    "I32": 4,
    "I16": 2,
    "I8": 1,
    "U64": 8,
    "U32": 4,
    "U16": 2,
    "U8": 1,
    "BOOL": 1,
}
#: NumPy's codes for the types that it has.
_NUMPY_CODES: Dict[str, str] = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "|i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "|u1",
    "BOOL": "|b1",
}
#: NumPy's names of types, those of ml_dtypes included.
_NUMPY_NAMES: Dict[str, str] = {
    "float64": "F64",
    "float32": "F32",
    "float16": "F16",
    "bfloat16": "BF16",
    "float8_e4m3fn": "F8_E4M3",
    "float8_e5m2": "F8_E5M2",
    "int64": "I64",
    "int32": "I32",
    "int16": "I16",
    "int8": "I8",
    "uint64": "U64",
    "uint32": "U32",
    "uint16": "U16",
    "uint8": "U8",
    "bool": "BOOL",
}


@dataclass(frozen=True)
class Array:
    """Values of one type in C order, little-endian: a type of `SIZES`, a shape, and the bytes.

    `owner` keeps the memory alive that `data` points to.
    """

    type: str
    shape: Tuple[int, ...]
    data: Buffer
    owner: Any = None

    def __post_init__(self) -> None:
        expected = SIZES[self.type] * math.prod(self.shape)
        if memoryview(self.data).nbytes != expected:
            raise ValueError(f"{self.type} of shape {self.shape} has {expected} bytes, got {memoryview(self.data).nbytes}")


def is_array(value: Any) -> bool:
    """Whether the value is an array or a tensor of some framework."""
    return isinstance(value, Array) or (hasattr(value, "shape") and hasattr(value, "dtype"))


def array_of(value: Any, name: str) -> Array:
    """Returns the values of an array, a tensor, or nested lists of numbers.

    Args:
        value: An array of NumPy, JAX, Keras, TensorFlow or PyTorch, or numbers in lists.
        name: What an error calls it.

    Raises:
        UnsupportedModel: It is no array, or has a type of values that no file can hold.
    """
    if isinstance(value, Array):
        return value
    if _is_torch_tensor(value):
        from ._torch import array_of_tensor

        return array_of_tensor(value, name)
    if isinstance(value, (list, tuple, int, float)):
        return _array_of_numbers(value, name)
    if not is_array(value):
        raise UnsupportedModel(
            f"{name} is of type {_type_name(value)}, which is no array. Give an array, a tensor or numbers"
        )
    # Variables of Keras and TensorFlow hand out a NumPy array; JAX's arrays have tobytes themselves.
    if callable(getattr(value, "numpy", None)):
        value = value.numpy()
    if not hasattr(value, "tobytes"):
        import numpy

        value = numpy.asarray(value)
    kind = str(getattr(value.dtype, "name", value.dtype))
    type_ = _NUMPY_NAMES.get(kind)
    if type_ is None:
        raise UnsupportedModel(f"{name} holds values of type {kind}, which cannot be written. Convert it to float32")
    if getattr(value.dtype, "byteorder", "=") == ">":
        value = value.byteswap()
    return Array(type_, tuple(int(extent) for extent in value.shape), value.tobytes())


def count_nan(values: Array) -> int:
    """How many values are NaN, of the types that files of samples have."""
    if values.type == "F16":
        return sum(1 for (value,) in struct.iter_unpack("<e", values.data) if value != value)
    if values.type not in ("F32", "F64"):
        return 0
    numbers = array.array("f" if values.type == "F32" else "d")
    numbers.frombytes(bytes(values.data))
    # A sum of numbers is NaN only where one is, or where infinities meet.
    return sum(1 for value in numbers if value != value) if math.isnan(sum(numbers)) else 0


def _is_torch_tensor(value: Any) -> bool:
    return hasattr(value, "data_ptr") and hasattr(value, "untyped_storage")


def _type_name(value: Any) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}".replace("builtins.", "")


def _array_of_numbers(value: Any, name: str) -> Array:
    shape: List[int] = []
    flat: List[Any] = [value]
    while flat and isinstance(flat[0], (list, tuple)):
        lengths = {len(item) if isinstance(item, (list, tuple)) else -1 for item in flat}
        if len(lengths) != 1:
            raise UnsupportedModel(f"the lists of {name} differ in length. Give them all the same length")
        shape.append(lengths.pop())
        flat = [number for item in flat for number in item]
    # A bool is an int, too.
    if flat and all(isinstance(number, bool) for number in flat):
        return Array("BOOL", tuple(shape), bytes(flat))
    if not all(isinstance(number, (int, float)) for number in flat):
        raise UnsupportedModel(f"{name} holds something that is no number. Give numbers, an array or a tensor")
    integers = all(isinstance(number, int) for number in flat)
    try:
        values = array.array("q" if integers else "f", flat)
    except OverflowError:
        raise UnsupportedModel(
            f"{name} holds a number that is too large. Give it as an array of a type that holds it"
        ) from None
    return Array("I64" if integers else "F32", tuple(shape), values.tobytes())


def write_safetensors(path: str, arrays: Mapping[str, Array], metadata: Mapping[str, str] = MappingProxyType({})) -> None:
    """Writes named arrays: eight bytes with the length of the header, the header in JSON, and the values.

    Values of the largest types come first, so that all begin at multiples of their size, as readers ask for.
    """
    ordered = sorted(arrays.items(), key=lambda item: -SIZES[item[1].type])
    header: Dict[str, Any] = {"__metadata__": dict(metadata)} if metadata else {}
    place = 0
    for name, one in ordered:
        end = place + memoryview(one.data).nbytes
        header[name] = {"dtype": one.type, "shape": list(one.shape), "data_offsets": [place, end]}
        place = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)))
        file.write(text)
        for _, one in ordered:
            file.write(one.data)


def read_safetensors(path: str) -> Dict[str, Array]:
    """Reads named arrays.

    Raises:
        InvalidFile: The file is cut off, or its header does not fit its length.
    """
    with open(path, "rb") as file:
        content = bytearray(file.read())
    if len(content) < 8:
        raise InvalidFile(f"{path} has {len(content)} bytes, which is too short for a safetensors file")
    (length,) = struct.unpack_from("<Q", content)
    start = 8 + length
    if start > len(content):
        raise InvalidFile(f"{path} is cut off: its header has {length} bytes and the file {len(content)}")
    view = memoryview(content)
    try:
        header = json.loads(bytes(view[8:start]))
        arrays: Dict[str, Array] = {}
        for name, entry in header.items():
            if name == "__metadata__":
                continue
            first, last = entry["data_offsets"]
            if not 0 <= first <= last <= len(content) - start:
                raise ValueError(f"{name} lies outside the file")
            arrays[name] = Array(entry["dtype"], tuple(entry["shape"]), view[start + first : start + last])
        return arrays
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidFile(f"{path} is no safetensors file: {error}") from error


def write_npz(path: str, arrays: Mapping[str, Array]) -> None:
    """Writes named arrays as numpy.savez does: a zip archive of .npy files.

    Raises:
        UnsupportedModel: NumPy has no such type of values (bfloat16, float8).
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, one in arrays.items():
            code = _numpy_code(one, name)
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                _write_npy(file, code, one)


def write_npy(path: str, array: Array, name: str) -> None:
    """Writes an array as numpy.save does.

    Raises:
        UnsupportedModel: NumPy has no such type of values (bfloat16, float8).
    """
    code = _numpy_code(array, name)
    with open(path, "wb") as file:
        _write_npy(file, code, array)


def transposed(array: Array, axes: Tuple[int, ...]) -> Array:
    """The array with its axes in another order, by NumPy."""
    import numpy

    values = numpy.frombuffer(array.data, dtype=_numpy_code(array, "example_input")).reshape(array.shape).transpose(axes)
    return Array(array.type, tuple(values.shape), values.tobytes())


def _numpy_code(array: Array, name: str) -> str:
    code = _NUMPY_CODES.get(array.type)
    if code is None:
        raise UnsupportedModel(f"{name} holds values of type {array.type}, which NumPy has not. Convert it to float32")
    return code


def _write_npy(file: IO[bytes], code: str, one: Array) -> None:
    header = repr({"descr": code, "fortran_order": False, "shape": one.shape}).encode()
    # Ten bytes come before the header, whose end is a line feed at a multiple of 64.
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header)
    file.write(one.data)


def named_arrays(values: Mapping[str, Any], what: str) -> Dict[str, Array]:
    """Returns the arrays of a mapping; errors name them as part of `what`."""
    return {str(name): array_of(value, f"{what} {name!r}") for name, value in values.items()}


def flat_names(tree: Any) -> Dict[str, Any]:
    """Returns the arrays of nested mappings and sequences, by the path that leads to each, its parts separated by `/`.

    A flat mapping keeps its names as they are. Boxes with a `value` (Flax) are opened; None is left out.

    Raises:
        UnsupportedModel: Something in the tree is neither an array nor a mapping nor a sequence.
    """
    arrays: Dict[str, Any] = {}

    def visit(node: Any, path: str) -> None:
        if node is None:
            return
        # Flax's boxes and Keras's variables say what they hold, and would pass for arrays.
        if callable(getattr(type(node), "get_value", None)):
            visit(node.get_value(), path)
        elif is_array(node) and not hasattr(type(node), "value"):
            arrays[path or "value"] = node
        elif isinstance(node, Mapping):
            for key, child in node.items():
                visit(child, f"{path}/{key}" if path else str(key))
        elif isinstance(node, tuple) and hasattr(node, "_fields"):
            for key in node._fields:
                visit(getattr(node, key), f"{path}/{key}" if path else str(key))
        elif isinstance(node, Sequence) and not isinstance(node, (str, bytes)):
            for index, child in enumerate(node):
                visit(child, f"{path}/{index}" if path else str(index))
        elif hasattr(node, "value"):
            visit(node.value, path)
        elif is_array(node):
            arrays[path or "value"] = node
        else:
            raise UnsupportedModel(
                f"{path or 'the tree'} is of type {_type_name(node)}, which is no array. Give a tree of parameters: "
                "mappings and lists whose leaves are arrays"
            )

    visit(tree, "")
    return arrays
