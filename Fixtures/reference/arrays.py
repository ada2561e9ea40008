"""Writes arrays/*.npy with NumPy itself: every element type, byte order, memory order and header version that is read.

All hold element [i, j, ...] = C-order index * step - offset, so that a test can state the values without a second file.
Made with Python 3.11 and NumPy 2.4.6.
"""
import pathlib

import numpy as np

HERE = pathlib.Path(__file__).parent / "arrays"


def save(name, array, version=None):
    with open(HERE / f"{name}.npy", "wb") as file:
        np.lib.format.write_array(file, array, version=version)


def ramp(shape, dtype, step=1.0, offset=0.0):
    return (np.arange(np.prod(shape)).reshape(shape) * step - offset).astype(dtype)


save("f4", ramp((3, 4), "<f4", 0.5, 2))
save("f8-big-endian", ramp((3, 4), ">f8", 0.5, 2))
save("f4-fortran", np.asfortranarray(ramp((3, 4), "<f4", 0.5, 2)))
save("f8-fortran-3d", np.asfortranarray(ramp((3, 2, 5), "<f8", 0.5, 2)))
save("u1-3d", ramp((3, 2, 5), "|u1"))
save("i4", ramp((3, 4), "<i4", 1, 6))
save("i4-big-endian", ramp((3, 4), ">i4", 1, 6))
save("i8", ramp((3, 4), "<i8", 1, 6))
save("f4-1d", ramp((7,), "<f4", 0.5, 2))
save("f4-version2", ramp((3, 4), "<f4", 0.5, 2), version=(2, 0))
save("f4-version3", ramp((3, 4), "<f4", 0.5, 2), version=(3, 0))
