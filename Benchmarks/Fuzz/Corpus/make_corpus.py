"""Writes the seeds that are not copies of files under Fixtures. Python's standard library alone.

Readers that take two files get one input: two bytes that say where the second begins, then both (FuzzReader.halves).
"""
import gzip, io, json, struct, zipfile, zlib, pathlib

here = pathlib.Path(__file__).parent
fixtures = here.parent.parent.parent / "Fixtures"


def write(path, data):
    (here / path).parent.mkdir(exist_ok=True)
    (here / path).write_bytes(data if isinstance(data, bytes) else data.encode())


def halves(first, second):
    return struct.pack("<H", len(first)) + first + second


def npy(type, shape, data):
    header = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (type, shape)
    header += " " * (63 - (len(header) + 10) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data


classes = npy("<i8", "(4,)", struct.pack("<4q", 0, 1, 1, 0))
write("npz/features", halves(npy("<f4", "(4, 2)", struct.pack("<8f", *range(8))), classes))
write("npz/images", halves(npy("|u1", "(4, 2, 2)", bytes(range(16))), classes))
write("npz/quantities", halves(npy("<f8", "(2, 1)", struct.pack("<2d", 1, 2)), npy("<f8", "(2,)", struct.pack("<2d", 3, 4))))

images = struct.pack(">4I", 0x803, 3, 2, 2) + bytes(range(12))
write("idx/images", halves(images, struct.pack(">2I", 0x801, 3) + bytes([0, 1, 2])))
write("gzip/images.gz", gzip.compress(images, mtime=0))
write("gzip/stored.gz", gzip.compress(images, 0, mtime=0))

write("cifar/record", bytes([3]) + bytes(100))
write("cifar/even", bytes([2]) + bytes(40))

write("csv/iris", "a,b,label\n1,2.5,0\n-1e3,4,1\n.5,+6,2\n")
write("csv/quoted", '"a","b","response"\r\n"1","2","3.5"\r\n"4",5,6\r\n')
write("csv/text-labels", "a,class\n1,cat\n2,dog\n")
write("text/table", 'text,label\n"A good, long film.",1\nbad!,0\n"two ""quotes""",1\n')
write("text/names", "label,text\npos,gut\nneg,schlecht\n")

with zipfile.ZipFile(fixtures / "reference/sequences/imdb-4.npz") as archive:
    write("imdb/protocol-4", halves(archive.read("x_train.npy"), archive.read("y_train.npy")))
with zipfile.ZipFile(fixtures / "reference/sequences/imdb-2.npz") as archive:
    write("imdb/protocol-2", halves(archive.read("x_train.npy"), archive.read("y_train.npy")))

write("network/dense.yaml", "name: n\ninput: 3\nlayers:\n  - dense: {units: 4, activation: relu, repeat: 2}\n  - residual:\n      - dense: {units: 4, weights: zeros}\n  - dense: 2\n")
write("network/image.yaml", "input: [2, 5, 5]\nlayers:\n  - conv2d: {channels: 4, kernel: [3, 2], stride: 1, padding: same, groups: 2}\n  - batch_norm\n  - max_pool: 2\n  - flatten\n  - dropout: 0.1\n  - dense: 2\n")
write("network/tokens.yaml", "input: 4\nlayers:\n  - embedding: {vocabulary: 5, dimension: 4}\n  - self_attention: {heads: 2, causal: true}\n  - lstm: {units: 3, return: sequence}\n  - gru: 2\n  - dense: 2\n  - softmax\n")
write("network/joined.yaml", "input: 3\nlayers:\n  - dense: {units: 3, name: a}\n  - dense: {units: 3, name: b}\n  - add: {inputs: [a, b], gain: true}\n  - concatenate: {inputs: [a, add_1]}\n  - layer_norm: {epsilon: 1e-3, activation: \"elu(alpha=2)\"}\n")
for model in ["mlp", "lenet", "mobile", "text", "recurrent", "transformer"]:
    with zipfile.ZipFile(fixtures / f"keras/{model}.keras") as archive:
        configuration = archive.read("config.json")
        small = json.dumps(json.loads(configuration), separators=(",", ":")).encode()
        write(f"keras/{model}.json", small)
        write(f"keras-archive/{model}", halves(small, archive.read("metadata.json")) if len(small) < 65536 else small)
write("keras/keras2.json", '{"class_name":"Sequential","keras_version":"2.15.0","config":{"name":"m","layers":[{"class_name":"Conv2D","config":{"name":"c","batch_input_shape":[null,6,5,2],"filters":4,"kernel_size":[3,3],"strides":2,"padding":"same","activation":"relu","kernel_initializer":"he_normal"}},{"class_name":"ZeroPadding2D","config":{"padding":[[1,1],[0,0]]}},{"class_name":"DepthwiseConv2D","config":{"kernel_size":2}},{"class_name":"Flatten","config":{}},{"class_name":"Dense","config":{"units":3}}]}}')
write("keras/functional2.json", '{"class_name":"Functional","keras_version":"2.9.0","config":{"name":"m","layers":[{"class_name":"InputLayer","name":"in","config":{"batch_input_shape":[null,4]},"inbound_nodes":[]},{"class_name":"Dense","name":"a","config":{"name":"a","units":4},"inbound_nodes":[[["in",0,0,{}]]]},{"class_name":"TFOpLambda","name":"plus","config":{"function":"math.add"},"inbound_nodes":[["a",0,0,{"y":["in",0,0]}]]}],"input_layers":[["in",0,0]],"output_layers":[["plus",0,0]]}}')
zipped = io.BytesIO()
with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("metadata.json", '{"keras_version": "3.15.1"}')
    archive.writestr("config.json", '{"class_name":"Sequential","config":{"layers":[{"class_name":"Dense","config":{"units":2,"batch_shape":[null,3]}}]}}')
write("keras-zip/small", zipped.getvalue())
answer = b"INITSCOPE-HDF5-1\n"
write("hdf5-answer/one", answer + b"A" + struct.pack("<H", 1) + b"w" + bytes([2]) + struct.pack("<2Q2f", 1, 2, 3, 4) + b"E" + struct.pack("<I", 1))
write("hdf5-answer/refusal", answer + b"X" + struct.pack("<H", 3) + b"bad")

write("bounds/ranges.yaml", "version: 1\nnetwork: mlp\noptions: {depth: 2, activation: tanh}\ninit: \"normal(std=0.1)\"\nseeds: 2\nfalseAlarmRate: 0.001\nverdict: on\nbounds:\n  - {of: activations, layers: hidden, secondMoment: [0.5, 2]}\n  - {of: gradients, growthPerLayer: auto}\n  - {of: weights, layers: dense_1, variance: auto, mean: {max: 1}}\nrules:\n  theory-disagreement: warning\n  \"*\": off\n")
write("bounds/fractions.yaml", "version: 1\ninit: [he_normal, lsuv]\nbounds:\n  - {of: activations, deadFraction: [0, 0.9], saturatedFraction: {min: 0.1}}\n  - {of: pre-activation gradients, layers: \"dense_*\", cosineSimilarity: [-1, 1], std: [1e-9, 1e9]}\n")

for index, text in enumerate([
    "he_normal,lsuv(tolerance=0.1,attempts=3),torch.kaiming_uniform(a=2.236,nonlinearity=leaky_relu)",
    "variance_scaling(scale=2,mode=fan_avg,distribution=truncated_normal)", "leaky_relu(slope=0.2)", "elu(0.5)",
    "sgd(lr=0.1,momentum=0.9)", "adam(lr=0.001)", "step(every=10,factor=0.1)", "norm(limit=1)", "l1l2(l1=1e-5,l2=1e-4)",
    "keras.truncated_normal(stddev=0.1)", "torch.trunc_normal(mean=0,std=1,a=-2,b=2)", "uniform(low=-1,high=2)",
    "krahenbuhl", "torch.sparse(sparsity=0.5)", "identity(gain=-1e100)", "synthetic:blobs", "text:x.csv",
]):
    write(f"specification/{index:02}", text)

write("checkpoint/header", bytes([0, 40, 49, 0]))
write("checkpoint/number", bytes([1, 100, 57, 0, 2, 0, 45, 0]))
write("checkpoint/cut", bytes([0, 120, 7, 1]))
