"""branches.py: writes ../branches.onnx, in which a known condition picks x * w and a function of the model's own scales it by 3.

onnx 1.23.2.
"""
import os
import numpy as np
from onnx import AttributeProto, TensorProto, helper as h, numpy_helper as nh, save

twice = h.make_function(
    "own", "Scale", ["x"], ["y"],
    [h.make_node("Constant", [], ["f"]), h.make_node("Mul", ["x", "f"], ["y"], "inner")],
    [h.make_opsetid("", 20)], ["factor"])
reference = AttributeProto(name="value_float", ref_attr_name="factor", type=AttributeProto.FLOAT)
twice.node[0].attribute.append(reference)
out = lambda name: h.make_tensor_value_info(name, TensorProto.FLOAT, [2, 3])
then = h.make_graph([h.make_node("Mul", ["x", "w.weight"], ["t"])], "then", [], [out("t")])
other = h.make_graph([h.make_node("NonZero", ["x"], ["n"])], "else", [], [out("n")])
graph = h.make_graph(
    [h.make_node("Not", ["no"], ["yes"]), h.make_node("If", ["yes"], ["picked"], then_branch=then, else_branch=other),
     h.make_node("Scale", ["picked"], ["y"], domain="own", factor=3.0)],
    "branches", [out("x")], [out("y")],
    [nh.from_array(np.array([1, 2, 4], np.float32), "w.weight"), nh.from_array(np.array(False), "no")])
model = h.make_model(graph, functions=[twice], opset_imports=[h.make_opsetid("", 20), h.make_opsetid("own", 1)], ir_version=10)
save(model, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../branches.onnx"))
