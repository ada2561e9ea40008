"""Writes datasets.json: digits and iris as NumPy reads the files under Fixtures/datasets.

Made with Python 3.11 and NumPy 2.4.6.
"""
import json
import pathlib

import numpy as np

HERE = pathlib.Path(__file__).parent
FILES = HERE.parent / "datasets"


def summary(table):
    x, y = table[:, :-1], table[:, -1].astype(int)
    return {
        "count": len(y),
        "means": x.mean(axis=0).tolist(),
        "deviations": x.std(axis=0).tolist(),
        "mean": x.mean(),
        "deviation": x.std(),
        "labelCounts": np.bincount(y).tolist(),
        "firstLabels": y[:12].tolist(),
        "lastSample": x[-1].tolist(),
    }


result = {
    "digits": summary(np.loadtxt(FILES / "digits.csv.gz", delimiter=",")),
    "iris": summary(np.loadtxt(FILES / "iris.csv", delimiter=",", skiprows=1)),
}
(HERE / "datasets.json").write_text(json.dumps(result) + "\n")
