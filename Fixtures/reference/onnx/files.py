"""What Python's onnx package reads from models: the oracle of ONNXFilesTests.

    python files.py make DIR           writes encodings.onnx (and its data file) and structures.onnx into DIR
    python files.py read OUT MODEL...  writes what the models hold to OUT, as JSON
    python files.py seeds DIR          writes small models into DIR, for Benchmarks/Fuzz/Corpus/onnx

Made with onnx 1.23.2, protobuf 7.36.2, numpy 2.4.6, ml_dtypes 0.6.0, Python 3.11. The other models beside them are what torch 2.15.0
(external, legacy_train, gpt2, lstm) and keras 3.15.1 (keras_cnn) exported.
"""

import json
import math
import os
import sys

import ml_dtypes
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SKIPPED = ("stack_trace", "class_hierarchy")


def number(x):
    x = float(x)
    return x if math.isfinite(x) else str(x)


def bits(values):
    """float32 bit patterns."""
    with np.errstate(all="ignore"):
        return np.asarray(values).astype(np.float32).view(np.uint32).ravel().tolist()


def tensor(t, folder):
    d = {"name": t.name, "type": t.data_type, "dims": list(t.dims)}
    if t.data_type == TensorProto.STRING:
        d["strings"] = [s.decode() for s in t.string_data]
        return d
    a = numpy_helper.to_array(t, base_dir=folder)
    d["count"] = int(a.size)
    if np.iscomplexobj(a):
        return d
    with np.errstate(all="ignore"):
        f = a.astype(np.float32).astype(np.float64).ravel()
    if a.size <= 64:
        d["bits"] = bits(a)
    else:
        d["mean"], d["secondMoment"] = number(f.mean()), number((f * f).mean())
        d["first"], d["last"] = number(f[0]), number(f[-1])
    if a.dtype.kind in "iu" or a.dtype == bool:
        if a.size <= 64 and (a.size == 0 or int(a.max()) < 2**63):
            d["ints"] = [str(int(v)) for v in a.ravel()]
    return d


def sparse(t, folder):
    return {"values": tensor(t.values, folder), "indices": tensor(t.indices, folder), "dims": list(t.dims)}


def type_of(t):
    kind = t.WhichOneof("value")
    if kind is None:
        return "?"
    v = getattr(t, kind)
    if kind in ("tensor_type", "sparse_tensor_type"):
        shape = "?"
        if v.HasField("shape"):
            dims = []
            for x in v.shape.dim:
                which = x.WhichOneof("value")
                dims.append(
                    "?" if which is None else str(x.dim_value) if which == "dim_value" and x.dim_value >= 0
                    else x.dim_param or "?" if which == "dim_param" else "?"
                )
            shape = ",".join(dims)
        return f"{'sparse' if kind.startswith('sparse') else 'tensor'}({v.elem_type})[{shape}]"
    if kind in ("sequence_type", "optional_type"):
        return f"{kind[:-5]}({type_of(v.elem_type)})"
    return kind[:-5]


def attribute(a, folder):
    kind = onnx.AttributeProto.AttributeType.Name(a.type)
    if a.ref_attr_name:
        return {"reference": a.ref_attr_name}
    value = {
        "FLOAT": lambda: {"floats": [bits(a.f)[0]]},
        "INT": lambda: {"ints": [str(a.i)]},
        "STRING": lambda: {"strings": [a.s.decode("utf-8", "surrogateescape")]} if valid(a.s) else {"bytes": len(a.s)},
        "FLOATS": lambda: {"floats": bits(list(a.floats))},
        "INTS": lambda: {"ints": [str(i) for i in a.ints]},
        "STRINGS": lambda: {"strings": [s.decode() for s in a.strings]},
        "TENSOR": lambda: {"tensors": [tensor(a.t, folder)]},
        "TENSORS": lambda: {"tensors": [tensor(t, folder) for t in a.tensors]},
        "GRAPH": lambda: {"graphs": [graph(a.g, folder)]},
        "GRAPHS": lambda: {"graphs": [graph(g, folder) for g in a.graphs]},
        "SPARSE_TENSOR": lambda: {"sparse": [sparse(a.sparse_tensor, folder)]},
        "SPARSE_TENSORS": lambda: {"sparse": [sparse(s, folder) for s in a.sparse_tensors]},
        "TYPE_PROTO": lambda: {"types": [type_of(a.tp)]},
        "TYPE_PROTOS": lambda: {"types": [type_of(t) for t in a.type_protos]},
    }[kind]()
    return {"kind": kind} | value


def valid(s):
    try:
        s.decode()
        return True
    except UnicodeDecodeError:
        return False


def domain(d):
    return "" if d == "ai.onnx" else d


def node(n, folder):
    meta = {p.key: p.value for p in n.metadata_props}
    d = {
        "name": n.name, "op": n.op_type, "domain": domain(n.domain), "inputs": list(n.input), "outputs": list(n.output),
        "attributes": {a.name: attribute(a, folder) for a in n.attribute},
    }
    if "pkg.torch.onnx.name_scopes" in meta:
        d["nameScopes"] = eval(meta["pkg.torch.onnx.name_scopes"])
    for key, name in [("namespace", "namespace"), ("pkg.torch.onnx.fx_node", "fxNode"), ("pkg.onnxscript.rewriter.rule_name", "rule")]:
        if key in meta:
            d[name] = meta[key]
    return d


def info(v):
    return {"name": v.name, "type": type_of(v.type)}


def graph(g, folder):
    return {
        "name": g.name,
        "nodes": [node(n, folder) for n in g.node],
        "initializers": [tensor(t, folder) for t in g.initializer],
        "sparse": [sparse(t, folder) for t in g.sparse_initializer],
        "inputs": [info(v) for v in g.input],
        "outputs": [info(v) for v in g.output],
        "valueInfo": [info(v) for v in g.value_info],
        "metadata": {p.key: p.value for p in g.metadata_props if not p.key.endswith(SKIPPED)},
    }


def model(path):
    m = onnx.load(path, load_external_data=False)
    folder = os.path.dirname(os.path.abspath(path))
    return {
        "irVersion": m.ir_version, "producerName": m.producer_name, "producerVersion": m.producer_version, "domain": m.domain,
        "modelVersion": m.model_version,
        "opsets": {domain(o.domain): o.version for o in m.opset_import},
        "metadata": {p.key: p.value for p in m.metadata_props if not p.key.endswith(SKIPPED)},
        "graph": graph(m.graph, folder),
        "functions": [
            {
                "name": f.name, "domain": f.domain, "overload": f.overload, "inputs": list(f.input), "outputs": list(f.output),
                "attributeNames": list(f.attribute),
                "attributeDefaults": {a.name: attribute(a, folder) for a in f.attribute_proto},
                "nodes": [node(n, folder) for n in f.node],
                "opsets": {domain(o.domain): o.version for o in f.opset_import},
            }
            for f in m.functions
        ],
    }


# Models with what exporters seldom write.

T = TensorProto
TYPES = {
    T.FLOAT: np.float32, T.UINT8: np.uint8, T.INT8: np.int8, T.UINT16: np.uint16, T.INT16: np.int16, T.INT32: np.int32,
    T.INT64: np.int64, T.BOOL: bool, T.FLOAT16: np.float16, T.DOUBLE: np.float64, T.UINT32: np.uint32, T.UINT64: np.uint64,
    T.COMPLEX64: np.complex64, T.COMPLEX128: np.complex128, T.BFLOAT16: ml_dtypes.bfloat16,
    T.FLOAT8E4M3FN: ml_dtypes.float8_e4m3fn, T.FLOAT8E4M3FNUZ: ml_dtypes.float8_e4m3fnuz, T.FLOAT8E5M2: ml_dtypes.float8_e5m2,
    T.FLOAT8E5M2FNUZ: ml_dtypes.float8_e5m2fnuz, T.UINT4: ml_dtypes.uint4, T.INT4: ml_dtypes.int4,
    T.FLOAT4E2M1: ml_dtypes.float4_e2m1fn, T.FLOAT8E8M0: ml_dtypes.float8_e8m0fnu, T.UINT2: ml_dtypes.uint2,
    T.INT2: ml_dtypes.int2, T.FLOAT6E2M3: ml_dtypes.float6_e2m3fn, T.FLOAT6E3M2: ml_dtypes.float6_e3m2fn,
}


def patterns(code, count, rng):
    """Elements of every kind that a type has: all bit patterns of narrow types, extremes and special values of wide ones."""
    dtype = np.dtype(TYPES[code])
    width = {T.UINT4: 4, T.INT4: 4, T.FLOAT4E2M1: 4, T.UINT2: 2, T.INT2: 2, T.FLOAT6E2M3: 6, T.FLOAT6E3M2: 6}.get(code)
    if code == T.BOOL:
        return rng.integers(0, 2, count).astype(bool)
    if dtype.itemsize == 1:
        top = 1 << (width or 8)
        raw = np.arange(max(count, top)) % top if count >= top else rng.integers(0, top, count)
        if code in (T.INT4, T.INT2):
            return (raw - top // 2).astype(dtype)
        if code in (T.UINT4, T.UINT2):
            return raw.astype(dtype)
        return raw.astype(np.uint8).view(dtype)
    raw = rng.integers(0, 256, (count, dtype.itemsize), dtype=np.uint8).view(dtype).ravel()
    if dtype.kind == "c":
        return (rng.normal(size=count) + 1j * rng.normal(size=count)).astype(dtype)
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        raw[:3] = [limits.min, limits.max, 1]
    else:
        # Python's floats make signalling NaNs quiet, so that typed and raw elements would differ.
        raw = np.where(np.isnan(raw), np.dtype(dtype).type(np.nan), raw)
        raw[:6] = np.array([np.inf, -np.inf, np.nan, -0.0, 1e-45, 65504], dtype=np.float64).astype(dtype)
    return raw


def encodings(folder):
    rng = np.random.default_rng(1)
    tensors = []
    for code, dtype in TYPES.items():
        name = T.DataType.Name(code)
        # 13 elements: not a whole number of bytes for types of two, four and six bits.
        for count in (13, 259):
            a = patterns(code, count, rng)
            t = numpy_helper.from_array(a, f"raw.{name}.{count}")
            assert t.data_type == code and t.HasField("raw_data"), name
            tensors.append(t)
            # FLOAT6 in int32_data is left to a test of its own: this version of onnx cannot read it.
            if code in (T.FLOAT6E2M3, T.FLOAT6E3M2):
                continue
            u = TensorProto(name=f"typed.{name}.{count}", data_type=code, dims=[len(a)])
            raw = np.frombuffer(t.raw_data, np.uint8)
            if code in (T.FLOAT, T.COMPLEX64):
                u.float_data.extend(np.frombuffer(t.raw_data, "<f4").tolist())
            elif code in (T.DOUBLE, T.COMPLEX128):
                u.double_data.extend(np.frombuffer(t.raw_data, "<f8").tolist())
            elif code == T.INT64:
                u.int64_data.extend(a.tolist())
            elif code in (T.UINT32, T.UINT64):
                u.uint64_data.extend(a.tolist())
            elif code in (T.FLOAT16, T.BFLOAT16):
                u.int32_data.extend(np.frombuffer(t.raw_data, "<u2").tolist())
            elif np.dtype(dtype).kind in "iub" and np.dtype(dtype).itemsize > 0 and code not in (T.UINT4, T.INT4, T.UINT2, T.INT2):
                u.int32_data.extend(a.astype(np.int64).tolist())
            else:
                u.int32_data.extend(raw.tolist())
            tensors.append(u)
    scalar = numpy_helper.from_array(np.float32(2.5), "scalar")
    empty = numpy_helper.from_array(np.zeros((0, 4), np.float32), "empty")
    matrix = numpy_helper.from_array(rng.normal(size=(3, 4, 5)).astype(np.float32), "matrix")
    strings = helper.make_tensor("strings", T.STRING, [2, 2], ["a", "über", "", "x" * 40])
    tensors += [scalar, empty, matrix, strings]
    # External data: a range in the middle, one without a length, one to the end, in a folder within the folder.
    os.makedirs(os.path.join(folder, "encodings.data"), exist_ok=True)
    blob = rng.normal(size=100).astype(np.float32)
    blob.tofile(os.path.join(folder, "encodings.data", "weights.bin"))
    for name, offset, count, length in [("start", None, 10, True), ("middle", 40, 20, True), ("rest", 120, 70, False)]:
        t = TensorProto(name=f"external.{name}", data_type=T.FLOAT, dims=[count], data_location=T.EXTERNAL)
        entries = {"location": "encodings.data/weights.bin"}
        if offset is not None:
            entries["offset"] = str(offset)
        if length:
            entries["length"] = str(4 * count)
        for key, value in entries.items():
            t.external_data.add(key=key, value=value)
        tensors.append(t)
    g = helper.make_graph([], "encodings", [], [], tensors)
    m = helper.make_model(g, opset_imports=[helper.make_opsetid("", 25)], ir_version=14)
    onnx.save(m, os.path.join(folder, "encodings.onnx"))


def structures(folder):
    f32 = lambda name, shape: helper.make_tensor_value_info(name, T.FLOAT, shape)
    then = helper.make_graph([helper.make_node("Neg", ["x"], ["y"])], "then", [], [f32("y", [2])])
    loop = helper.make_graph(
        [helper.make_node("If", ["c"], ["z"], then_branch=then, else_branch=then)], "body", [f32("x", [2])], [f32("z", None)])
    values = numpy_helper.from_array(np.array([1.5, -2, 3], np.float32), "sparse")
    linear = helper.make_sparse_tensor(values, numpy_helper.from_array(np.array([1, 5, 11], np.int64), "i"), [3, 4])
    rows = helper.make_sparse_tensor(
        numpy_helper.from_array(np.array([1.5, -2], np.float32), "rows"),
        numpy_helper.from_array(np.array([[0, 1], [2, 3]], np.int64), "i"), [3, 4])
    attributes = helper.make_node(
        "Everything", ["a", "", "b"], ["c", ""], name="all", domain="org.example", float=1.5, int=-7, string="text", floats=[1.0, -0.0],
        ints=[-1, 2**63 - 1, 0], strings=["a", "b"], tensor=values, graph=then, empty_text="",
        graphs=[then, loop], types=[helper.make_tensor_type_proto(T.INT64, [1, None, "n"])], sparse=linear)
    attributes.attribute.append(helper.make_attribute("binary", b"\xff\x00\xfe"))
    attributes.attribute.append(onnx.AttributeProto(name="no_ints", type=onnx.AttributeProto.INTS))
    attributes.attribute.append(onnx.AttributeProto(name="zero", type=onnx.AttributeProto.INT))
    attributes.attribute.append(onnx.AttributeProto(name="tensors", type=onnx.AttributeProto.TENSORS, tensors=[values]))
    attributes.metadata_props.add(key="pkg.torch.onnx.name_scopes", value=repr(["", "it's", 'a "b"', "ü\n"]))
    attributes.metadata_props.add(key="pkg.torch.onnx.stack_trace", value="File secret/train.py, line 3, in main")
    attributes.metadata_props.add(key="namespace", value=": Model/a: Linear")
    types = {
        "scalar": helper.make_tensor_type_proto(T.FLOAT, []), "ranked": helper.make_tensor_type_proto(T.DOUBLE, [2, "batch", None, -1, 0]),
        "unranked": helper.make_tensor_type_proto(T.BOOL, None),
        "sequence": helper.make_sequence_type_proto(helper.make_tensor_type_proto(T.FLOAT, ["n"])),
        "optional": helper.make_optional_type_proto(helper.make_sequence_type_proto(helper.make_tensor_type_proto(T.INT64, None))),
        "map": helper.make_map_type_proto(T.STRING, helper.make_tensor_type_proto(T.FLOAT, [])),
        "sparse_type": helper.make_sparse_tensor_type_proto(T.FLOAT, [3, 4]),
        "untyped": onnx.TypeProto(),
    }
    infos = [helper.make_value_info(k, v) for k, v in types.items()]
    g = helper.make_graph(
        [attributes, helper.make_node("Loop", ["", "", "s"], ["r"], body=loop)], "structures", infos, [f32("r", [2])],
        [values], sparse_initializer=[linear, rows], value_info=[f32("c", ["4*batch", 2])])
    g.input.append(f32("sparse", [3]))
    g.metadata_props.add(key="pkg.onnxscript.class_hierarchy", value="hidden")
    g.metadata_props.add(key="kept", value="shown")
    body = [helper.make_node("Constant", [], ["k"]), helper.make_node("Mul", ["x", "k"], ["y"])]
    body[0].attribute.add(name="value_float", ref_attr_name="alpha", type=onnx.AttributeProto.FLOAT)
    function = helper.make_function(
        "org.example", "Scale", ["x"], ["y"], body, [helper.make_opsetid("", 18)], ["beta"], [helper.make_attribute("alpha", 0.5)])
    m = helper.make_model(
        g, functions=[function], producer_name="files.py", producer_version="1", domain="org.example", model_version=3,
        opset_imports=[helper.make_opsetid("ai.onnx", 18), helper.make_opsetid("org.example", 2)], ir_version=10)
    m.metadata_props.add(key="license", value="none")
    onnx.save(m, os.path.join(folder, "structures.onnx"))


def seeds(folder):
    """Models of some kilobytes, of which a fuzzer can change every byte often enough."""
    structures(folder)
    encodings(folder)
    m = onnx.load(os.path.join(folder, "encodings.onnx"), load_external_data=False)
    kept = [t for t in m.graph.initializer if t.name.endswith(".13") and len(t.dims) == 1 and t.dims[0] == 13]
    rest = [t for t in m.graph.initializer if not t.name.endswith((".13", ".259"))]
    for name, tensors in [("tensors", kept), ("places", rest)]:
        for t in tensors:
            if t.data_location == T.EXTERNAL:
                t.external_data[0].value = "weights.bin"
        onnx.save(
            helper.make_model(helper.make_graph([], name, [], [], tensors), opset_imports=[helper.make_opsetid("", 25)], ir_version=14),
            os.path.join(folder, name))
    os.replace(os.path.join(folder, "structures.onnx"), os.path.join(folder, "structures"))
    os.remove(os.path.join(folder, "encodings.onnx"))
    os.remove(os.path.join(folder, "encodings.data", "weights.bin"))
    os.rmdir(os.path.join(folder, "encodings.data"))


if __name__ == "__main__":
    if sys.argv[1] == "seeds":
        seeds(sys.argv[2])
    elif sys.argv[1] == "make":
        encodings(sys.argv[2])
        structures(sys.argv[2])
    else:
        out = {os.path.basename(p)[:-5] if len(set(map(os.path.basename, sys.argv[3:]))) == len(sys.argv[3:]) else p: model(p) for p in sys.argv[3:]}
        with open(sys.argv[2], "w") as f:
            json.dump(out, f, ensure_ascii=False, separators=(",", ":"))
            f.write("\n")
