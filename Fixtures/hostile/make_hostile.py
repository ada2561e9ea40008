"""Writes the small hostile files beside this script: each lies, breaks off or overflows in one way.

Run it with Python 3.11 and NumPy to make them again; the bytes are the same each time.
"""
import gzip
import io
import pathlib
import struct

import numpy as np

HERE = pathlib.Path(__file__).parent


def write(name, data):
    (HERE / name).write_bytes(data)


def idx(*dimensions, payload=b"", magic=None):
    magic = bytes([0, 0, 8, len(dimensions)]) if magic is None else magic
    return magic + struct.pack(f">{len(dimensions)}I", *dimensions) + payload


def pack(data):
    return gzip.compress(data, 9, mtime=0)


def npy(header, payload=b"", version=1):
    length = struct.pack("<H" if version == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + length + header + payload


pixels = bytes(np.random.default_rng(1).integers(0, 256, 4 * 6 * 5, dtype=np.uint8))
images = pack(idx(4, 6, 5, payload=pixels))

# IDX and gzip.
write("truncated-idx3-ubyte.gz", images[: len(images) - 40])
write("crc-idx3-ubyte.gz", images[:-8] + bytes([images[-8] ^ 1]) + images[-7:])
write("trailing-idx3-ubyte.gz", images + b"appended")
write("two-members-idx3-ubyte.gz", images + pack(b"\0"))
# Each axis is legal, their product overflows 64 bits.
write("overflowing-idx3-ubyte", idx(2**31, 2**31, 2**31, payload=bytes(64)))
# 2^31 images of 2^31 pixels: no overflow, but beyond what 64 bytes hold.
write("lying-idx3-ubyte", idx(2**31, 2**16, 2**15, payload=bytes(64)))
write("lying-idx3-ubyte.gz", pack(idx(2**31, 2**16, 2**15, payload=bytes(64))))
# Declares one image of 28 x 28 and inflates to 4 MiB from 4 kB.
write("bomb-idx3-ubyte.gz", pack(idx(1, 28, 28, payload=bytes(1 << 22))))
write("magic-idx3-ubyte", idx(4, 6, 5, payload=pixels, magic=b"\x89PNG"))
write("float-idx3-ubyte", idx(4, 6, 5, payload=bytes(480), magic=bytes([0, 0, 0x0D, 3])))
write("rank-255-idx3-ubyte", idx(4, 6, 5, payload=pixels, magic=bytes([0, 0, 8, 255])))
write("too-long-idx3-ubyte", idx(4, 6, 5, payload=pixels + b"\0"))
write("no-images-idx3-ubyte", idx(0, 28, 28))

# NumPy.
write("huge-header.npy", b"\x93NUMPY\x02\x00" + b"\xff\xff\xff\xff" + b"{'descr': '<f4',")
stream = io.BytesIO()
np.save(stream, np.array([[1.5, "two"], [None, 4]], dtype=object), allow_pickle=True)
write("objects.npy", stream.getvalue())
stream = io.BytesIO()
np.save(stream, np.zeros(3, dtype=[("x", "<f4"), ("y", "<i4")]))
write("records.npy", stream.getvalue())
write("overflowing.npy", npy(b"{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }\n", bytes(64)))
write("lying.npy", npy(b"{'descr': '<f8', 'fortran_order': False, 'shape': (10000, 1000), }\n", bytes(64)))
write("nested.npy", npy(b"{'descr': " + b"(" * 5000 + b"\n"))
stream = io.BytesIO()
np.save(stream, np.array([[1, 2], [3, np.nan]], dtype=np.float32))
write("nan.npy", stream.getvalue())

# CSV.
write("ragged.csv", b"a,b,c\n1,2,3\n4,5\n")
write("nan.csv", b"height,width\n1,2\n3,nan\n")
write("open-quote.csv", b'a,b\n1,2\n"3,4\n5,6\n')
write("semicolons.csv", b"1,5;2\n".replace(b",", b".") + b"3;4\n")
write("binary.csv", bytes(range(256)) * 4)
