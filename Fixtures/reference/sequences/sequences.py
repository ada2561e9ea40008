"""Writes *.npz and sequences.json: small sets in the form of Keras's imdb.npz, and what Keras makes of them.

imdb-N.npz are written as numpy.savez does, their object arrays pickled by protocol N. The expected ids are those of
keras.datasets.imdb.load_data and keras.utils.pad_sequences themselves, put back into the order of the file.
Made with Python 3.11, NumPy 2.4.6 and Keras 3.15.1 (KERAS_BACKEND=torch).
"""
import io
import json
import pathlib
import pickle
import zipfile

import keras
import numpy as np
from keras.src.datasets import imdb

FOLDER = pathlib.Path(__file__).parent

random = np.random.RandomState(7)
# Short and long reviews, one empty, one of a thousand words and more: pickle appends a thousand at a time.
lengths = {"train": [3, 12, 0, 1, 8, 1203, 5], "test": [4, 30, 2]}
sets = {}
for part, counts in lengths.items():
    x = np.empty(len(counts), dtype=object)
    # Ranks of one, two and four bytes.
    x[:] = [[int(rank) for rank in random.choice([1, 2, 5, 9, 200, 300, 9996, 9997, 70000], count)] for count in counts]
    sets[f"x_{part}"] = x
    sets[f"y_{part}"] = random.randint(0, 2, len(counts)).astype(np.int64)


def member(array, protocol):
    file = io.BytesIO()
    if array.dtype != object:
        np.lib.format.write_array(file, array)
        return file.getvalue()
    header = {"descr": "|O", "fortran_order": False, "shape": array.shape}
    np.lib.format.write_array_header_1_0(file, header)
    pickle.dump(array, file, protocol=protocol)
    return file.getvalue()


for protocol in (2, 3, 4, 5):
    method = zipfile.ZIP_STORED if protocol == 3 else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(FOLDER / f"imdb-{protocol}.npz", "w", method) as archive:
        for name, array in sets.items():
            # A fixed date, so that the files do not change from run to run.
            info = zipfile.ZipInfo(f"{name}.npy", (2020, 1, 1, 0, 0, 0))
            info.compress_type = method
            with archive.open(info, "w", force_zip64=True) as file:
                file.write(member(array, protocol))

with open(FOLDER / "numpy.npz", "wb") as file:
    np.savez_compressed(
        file, x_train=np.arange(24, dtype=np.uint8).reshape(2, 3, 4), y_train=np.array([1, 0], np.uint8),
        x_test=np.arange(12, dtype=np.uint8).reshape(1, 3, 4), y_test=np.array([2], np.uint8))
with open(FOLDER / "regression.npz", "wb") as file:
    np.savez(file, x=np.arange(6.0).reshape(3, 2), y=np.arange(6.0, dtype=np.float32).reshape(3, 2) / 4)

# load_data fetches its file first; it is here already.
imdb.get_file = lambda *args, **kwargs: str(FOLDER / "imdb-4.npz")
seed = 113
order = np.random.RandomState(seed)
places = {}
for part in ("train", "test"):
    places[part] = np.arange(len(sets[f"y_{part}"]))
    order.shuffle(places[part])

cases = []
for words, length in ((10_000, 10), (9_999, 10), (12, 6), (2_000_000, 1300)):
    (x_train, y_train), (x_test, y_test) = imdb.load_data(num_words=words, seed=seed)
    case = {"vocabularySize": words, "length": length}
    for part, x, y in (("train", x_train, y_train), ("test", x_test, y_test)):
        padded = keras.utils.pad_sequences(x, maxlen=length)
        back = np.argsort(places[part])
        case[part] = {"ids": padded[back].ravel().tolist(), "labels": np.asarray(y)[back].tolist()}
    cases.append(case)
if any(case["train"]["labels"] != sets["y_train"].tolist() for case in cases):
    raise SystemExit("the order of the file was not restored")
(FOLDER / "sequences.json").write_text(json.dumps({"cases": cases}) + "\n")
