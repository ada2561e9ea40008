"""Writes fashion_mnist.json: statistics of Fashion-MNIST's training set by NumPy and Python's gzip.

Run with Python 3.11 and NumPy 2.4.6 where Debian's dataset-fashion-mnist is installed.
"""
import gzip
import json
import pathlib

import numpy as np

DIRECTORY = pathlib.Path("/usr/share/datasets/fashion-mnist")


def idx(name):
    data = gzip.open(DIRECTORY / name).read()
    rank = data[3]
    shape = np.frombuffer(data, ">i4", rank, 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape)


images, labels = idx("train-images-idx3-ubyte.gz"), idx("train-labels-idx1-ubyte.gz")


def statistics(count):
    part = images[:count].astype(np.float64)
    return {
        "count": count,
        "mean": float(part.mean()),
        "deviation": float(part.std()),
        "labelCounts": np.bincount(labels[:count], minlength=10).tolist(),
    }


result = {
    "source": "Debian dataset-fashion-mnist 0.0~git20200523.55506a9-1, training set",
    "numpy": np.__version__,
    "shape": list(map(int, images.shape)),
    "classes": int(labels.max()) + 1,
    "firstLabels": labels[:20].tolist(),
    # Sum of pixel * (position + 1) over one image: a shifted or transposed reading would miss it.
    "weightedSums": {str(i): int(images[i].ravel().astype(np.int64) @ np.arange(1, 785)) for i in (0, 1, 4999, 9999)},
    "first10000": statistics(10_000),
    "all": statistics(60_000),
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(result, indent=2) + "\n")
