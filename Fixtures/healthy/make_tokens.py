"""Writes tokens.npz: 2,000 texts of 16 tokens out of 64 in 4 classes, for the networks here that read tokens.

A token is one of its class's four own words (4 c to 4 c + 3, c = 0 ... 3) with probability 0.35, else any of the 64: a class shows in the
number of its words, wherever they stand. Made with Python 3.11 and NumPy 2.4.6.
"""
import numpy

random = numpy.random.default_rng(20261129)
samples, length, vocabulary, classes, own = 2000, 16, 64, 4, 4
labels = random.integers(0, classes, samples)
words = labels[:, None] * own + random.integers(0, own, (samples, length))
others = random.integers(0, vocabulary, (samples, length))
x = numpy.where(random.random((samples, length)) < 0.35, words, others)
numpy.savez_compressed("tokens.npz", x=x.astype(numpy.int32), y=labels.astype(numpy.int64))
