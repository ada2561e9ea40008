"""ONNX's own node tests in the form of cases.py, for NodeTests: all single nodes with tensors for inputs and results.

    python3 onnx_node_tests.py > nodes.json && ONNX_NODE_TESTS=$PWD/nodes.json swift test -c release --filter NodeTests

Made with onnx 1.22.0. Cases whose tensors are neither floats, integers nor bools (strings, 4- and 8-bit floats) or that are
no single node are counted on the standard error with the reason.
"""
import collections
import glob
import json
import os
import sys

import numpy as np
import onnx
from onnx import numpy_helper

from cases import numbers

kinds = {onnx.AttributeProto.INT: "i", onnx.AttributeProto.FLOAT: "f", onnx.AttributeProto.STRING: "s",
         onnx.AttributeProto.INTS: "ints", onnx.AttributeProto.FLOATS: "floats", onnx.AttributeProto.STRINGS: "strings",
         onnx.AttributeProto.TENSOR: "t"}


def tensor(array):
    if array is None:
        return None
    if str(array.dtype) == "bfloat16":
        array = array.astype(np.float32)
    if array.dtype.kind not in "fiub":
        raise ValueError("tensors of " + str(array.dtype))
    kind = {"f": "float32", "i": "int64", "u": "int64", "b": "bool"}[array.dtype.kind]
    return {"type": kind, "shape": list(array.shape), "data": numbers(array.astype(np.float64) if kind == "float32" else array)}


def attribute(a):
    kind = kinds.get(a.type)
    if kind is None:
        raise ValueError("an attribute that is a graph")
    value = onnx.helper.get_attribute_value(a)
    if kind == "s":
        value = value.decode()
    if kind == "strings":
        value = [x.decode() for x in value]
    if kind == "t":
        value = tensor(numpy_helper.to_array(value))
    return {kind: list(value) if kind in ("ints", "floats", "strings") else value}


def read(path, value_type):
    data = open(path, "rb").read()
    if not value_type.HasField("tensor_type"):
        raise ValueError("values that are no tensors")
    proto = onnx.TensorProto()
    proto.ParseFromString(data)
    if proto.data_type in (8, 14, 15) or proto.data_type > 16:
        raise ValueError("tensors of " + onnx.TensorProto.DataType.Name(proto.data_type))
    return numpy_helper.to_array(proto)


cases, reasons = [], collections.Counter()
root = os.path.join(os.path.dirname(onnx.__file__), "backend/test/data/node")
for folder in sorted(glob.glob(root + "/test_*")):
    model = onnx.load(folder + "/model.onnx")
    name = os.path.basename(folder)[5:]
    if len(model.graph.node) != 1 or model.graph.initializer:
        continue
    node = model.graph.node[0]
    if node.domain not in ("", "ai.onnx"):
        continue
    try:
        given = {}
        for place, value in enumerate(model.graph.input):
            given[value.name] = read("%s/test_data_set_0/input_%d.pb" % (folder, place), value.type)
        made = {}
        for place, value in enumerate(model.graph.output):
            made[value.name] = read("%s/test_data_set_0/output_%d.pb" % (folder, place), value.type)
        version = next(o.version for o in model.opset_import if o.domain in ("", "ai.onnx"))
        half = any(x.dtype.kind == "f" and x.dtype.itemsize == 2 or str(x.dtype) == "bfloat16" for x in [*given.values(), *made.values()])
        cases.append({
            "op": node.op_type, "name": name, "version": version,
            "attributes": {a.name: attribute(a) for a in node.attribute},
            "inputs": [tensor(given[x]) if x else None for x in node.input],
            "outputs": [tensor(made[x]) if x else None for x in node.output],
            "tolerance": 1e-3 if half else 1e-6,
        })
    except ValueError as error:
        reasons[node.op_type, str(error)] += 1
for (op, reason), count in sorted(reasons.items()):
    print("%s: %d with %s" % (op, count, reason), file=sys.stderr)
json.dump({"cases": cases}, sys.stdout)

