"""Pre-activations of the gates, and the first direction's states by step, of the LSTM layers of ../lstm, for GraphAudit's tests.

    python3 lstm_gates.py > ../lstm/gates.json

onnxruntime gives what each LSTM node reads; its equations are written out in float64. Made with onnxruntime 1.32.0,
onnx 1.23.2, numpy 2.4.6.
"""
import gzip
import json
import os

import numpy as np
import onnx
import onnxruntime

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lstm")
with gzip.open(os.path.join(here, "noopt.onnx.gz")) as file:
    model = onnx.load_from_string(file.read())
nodes = [n for n in model.graph.node if n.op_type == "LSTM"]
held = {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer}
made = [name for n in nodes for name in n.input[:4] if name not in held]
known = {o.name for o in model.graph.output}
for name in made:
    if name not in known:
        model.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
given = dict(np.load(os.path.join(here, "inputs.npz")))
names = {i.name for i in session.get_inputs()}
found = dict(zip(made, session.run(made, {k: v for k, v in given.items() if k in names})))


def logistic(x):
    return 1 / (1 + np.exp(-x))


layers = []
for node in nodes:
    x, w, r, b = [(found[n] if n in found else held[n]).astype(np.float64) for n in node.input[:4]]
    steps, batch, _ = x.shape
    directions, units = w.shape[0], r.shape[2]
    squares, count, states = 0.0, 0, np.zeros(steps)
    for d in range(directions):
        h, c = np.zeros((batch, units)), np.zeros((batch, units))
        for place in range(steps):
            t = place if d == 0 else steps - 1 - place
            z = x[t] @ w[d].T + h @ r[d].T + b[d, :4 * units] + b[d, 4 * units:]
            squares, count = squares + (z ** 2).sum(), count + z.size
            i, o, f, g = np.split(z, 4, axis=1)
            c = logistic(f) * c + logistic(i) * np.tanh(g)
            h = logistic(o) * np.tanh(c)
            if d == 0:
                states[place] = (h ** 2).mean()
    layers.append({"secondMoment": squares / count, "states": states.tolist()})
print(json.dumps({"layers": layers}))
