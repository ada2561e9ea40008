"""Arrays, and the files that carry them, against the formats' own definitions."""

import ast
import json
import os
import struct
import tempfile
import unittest
import zipfile
from collections import namedtuple

from initscope import InvalidFile, UnsupportedModel
from initscope._arrays import Array, array_of, flat_names, read_safetensors, write_npz, write_safetensors


class FakeArray:
    """What the package asks of an array: shape, dtype and bytes."""

    def __init__(self, name, shape, content):
        self.dtype = namedtuple("dtype", "name")(name)
        self.shape = shape
        self.content = content

    def tobytes(self):
        return self.content


class SafetensorsTests(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.path = os.path.join(self.directory.name, "a.safetensors")

    def write(self, content):
        with open(self.path, "wb") as file:
            file.write(content)

    def test_a_file_has_the_length_the_header_and_the_values(self):
        write_safetensors(
            self.path,
            {
                "a/b": Array("F32", (1,), struct.pack("<f", 1.5)),
                "n": Array("I64", (), struct.pack("<q", 7)),
                "empty": Array("F16", (0, 3), b""),
            },
        )
        with open(self.path, "rb") as file:
            content = file.read()
        length = int.from_bytes(content[:8], "little")
        self.assertEqual(length % 8, 0)
        header = json.loads(content[8 : 8 + length])
        # The eight bytes of n come first, so that both lie at multiples of their size.
        self.assertEqual(header["n"], {"dtype": "I64", "shape": [], "data_offsets": [0, 8]})
        self.assertEqual(header["a/b"], {"dtype": "F32", "shape": [1], "data_offsets": [8, 12]})
        self.assertEqual(header["empty"], {"dtype": "F16", "shape": [0, 3], "data_offsets": [12, 12]})
        # 7, then 1.5 in IEEE 754.
        self.assertEqual(content[8 + length :], bytes.fromhex("07000000000000000000c03f"))

    def test_a_file_is_read_back(self):
        header = b'{"__metadata__":{"x":"y"},"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}} '
        self.write(struct.pack("<Q", len(header)) + header + struct.pack("<2f", 3, 4))
        arrays = read_safetensors(self.path)
        self.assertEqual(list(arrays), ["w"])
        self.assertEqual((arrays["w"].type, arrays["w"].shape), ("F32", (1, 2)))
        self.assertEqual(struct.unpack("<2f", bytes(arrays["w"].data)), (3, 4))

    def test_damaged_files_are_refused_by_name(self):
        def entry(text, data=b"\0" * 8):
            return struct.pack("<Q", len(text)) + text + data

        for content in [
            b"abc",
            struct.pack("<Q", 1 << 60),
            entry(b"no json"),
            entry(b"[1]"),
            entry(b'{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,16]}}'),
            entry(b'{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}'),
            entry(b'{"w":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}'),
            entry(b'{"w":{"dtype":"X9","shape":[2],"data_offsets":[0,8]}}'),
        ]:
            with self.subTest(content=content[:70]):
                self.write(content)
                with self.assertRaisesRegex(InvalidFile, "a.safetensors"):
                    read_safetensors(self.path)


class NumPyFileTests(unittest.TestCase):
    def test_an_archive_holds_headers_and_values(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "a.npz")
            write_npz(path, {"x": Array("F32", (1, 2), struct.pack("<2f", 1, 2)), "labels": array_of([3, 1], "labels")})
            with zipfile.ZipFile(path) as archive:
                self.assertEqual(archive.namelist(), ["x.npy", "labels.npy"])
                self.assertIsNone(archive.testzip())
                x, labels = archive.read("x.npy"), archive.read("labels.npy")
        self.assertEqual(x[:8], b"\x93NUMPY\x01\x00")
        length = int.from_bytes(x[8:10], "little")
        self.assertEqual((10 + length) % 64, 0)
        header = x[10 : 10 + length]
        self.assertEqual(header[-1:], b"\n")
        self.assertEqual(ast.literal_eval(header.decode()), {"descr": "<f4", "fortran_order": False, "shape": (1, 2)})
        self.assertEqual(struct.unpack("<2f", x[10 + length :]), (1, 2))
        self.assertEqual(struct.unpack("<2q", labels[-16:]), (3, 1))

    def test_types_that_numpy_lacks_are_refused_by_name(self):
        with tempfile.TemporaryDirectory() as directory:
            with self.assertRaisesRegex(UnsupportedModel, "ids holds values of type BF16"):
                write_npz(os.path.join(directory, "a.npz"), {"ids": Array("BF16", (1,), b"\0\0")})


class ConversionTests(unittest.TestCase):
    def test_numbers_become_arrays_of_their_shape(self):
        array = array_of([[1, 2, 3], [4, 5, 6]], "x")
        self.assertEqual((array.type, array.shape), ("I64", (2, 3)))
        self.assertEqual(array_of([0.5], "x").type, "F32")
        self.assertEqual(array_of([True, False], "x").type, "BOOL")
        self.assertEqual(array_of(2, "x").shape, ())

    def test_what_is_no_array_is_refused_by_name(self):
        for value in ["text", ["a"], [[1], [2, 3]], [[1], 2], object(), [1 << 70], FakeArray("complex64", (1,), b"\0" * 8)]:
            with self.subTest(value=value), self.assertRaisesRegex(UnsupportedModel, "the input 'x'"):
                array_of(value, "the input 'x'")

    def test_bytes_that_do_not_fit_the_shape_are_refused(self):
        with self.assertRaisesRegex(ValueError, "has 8 bytes, got 4"):
            Array("F32", (2,), b"\0" * 4)

    def test_a_tree_is_named_by_its_paths(self):
        leaf = FakeArray("float32", (1,), b"\0" * 4)
        box = namedtuple("Box", "value")(leaf)
        pair = namedtuple("Pair", "mu nu")(leaf, leaf)
        tree = {"params": {"Dense_0": {"kernel": leaf, "none": None}}, "list": [leaf, {"x": leaf}], "pair": pair, "box": box}
        self.assertEqual(
            list(flat_names(tree)), ["params/Dense_0/kernel", "list/0", "list/1/x", "pair/mu", "pair/nu", "box/value"]
        )

    def test_a_tree_with_something_else_names_the_place(self):
        with self.assertRaisesRegex(UnsupportedModel, "a/b is of type"):
            flat_names({"a": {"b": object()}})


if __name__ == "__main__":
    unittest.main()
