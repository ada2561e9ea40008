"""Writes the data of the networks in Reports/verdict/presets.csv that no data set at hand fits.

digits-rows.npz      the first 1,000 digits (UCI, see ../datasets/ATTRIBUTION), each row of 8 pixels four times: 32 steps of 8 features
digits-wide.npz      the same, each row followed by itself in reverse: 8 steps of 16 features
digits-channels.npz  the same in each of 16 channels: 16 x 8 x 8
rare.npz             2,000 samples of 30 normal features in two classes, 1% positives, whose mean lies 6 deviations off
tokens-2.npz         2,000 texts of 16 tokens out of 64 in two classes, each with four words of its own that make up 35% of a text

Made with Python 3.11 and NumPy 2.4.6.
"""
import gzip
import pathlib

import numpy

here = pathlib.Path(__file__).parent
table = numpy.loadtxt(gzip.open(here.parent / "datasets" / "digits.csv.gz", "rt"), delimiter=",")
digits, labels = table[:1000, :64].reshape(-1, 8, 8).astype(numpy.float32), table[:1000, 64].astype(numpy.int64)


def save(name, x, y):
    numpy.savez_compressed(here / name, x=x, y=y.astype(numpy.int64))


save("digits-rows.npz", digits.repeat(4, axis=1), labels)
save("digits-wide.npz", numpy.concatenate([digits, digits[:, :, ::-1]], axis=2), labels)
save("digits-channels.npz", digits[:, None].repeat(16, axis=1), labels)

random = numpy.random.default_rng(20261129)
rare = numpy.zeros(2000, numpy.int64)
rare[random.permutation(2000)[:20]] = 1
features = random.standard_normal((2000, 30)) + rare[:, None] * 6 / numpy.sqrt(30)
# To a sixteenth, so that the file is small.
save("rare.npz", (numpy.round(features * 16) / 16).astype(numpy.float32), rare)

classes = random.integers(0, 2, 2000)
words = classes[:, None] * 4 + random.integers(0, 4, (2000, 16))
others = random.integers(0, 64, (2000, 16))
save("tokens-2.npz", numpy.where(random.random((2000, 16)) < 0.35, words, others).astype(numpy.int32), classes)
