"""Writes the hostile network files beside this script: each attacks the reader in one way.

Run it with Python 3.11 to make them again; the bytes are the same each time.
"""
import pathlib

HERE = pathlib.Path(__file__).parent


def write(name, data):
    (HERE / name).write_bytes(data if isinstance(data, bytes) else data.encode())


def bomb(head):
    """Nine levels of nine aliases: 9^9 values in half a kilobyte, as a key, which a parser must hash to compare."""
    lines = [head, "a: &a [x, x, x, x, x, x, x, x, x]"]
    for level in range(8):
        name, below = chr(ord("b") + level), chr(ord("a") + level)
        lines.append(f"{name}: &{name} [{', '.join(['*' + below] * 9)}]")
    return "\n".join(lines + ["? *i", ": 1"]) + "\n"


LAYERS = "layers:\n  - dense: 10\n"

write("alias-bomb.yaml", bomb("input: 784"))
# The quote belongs to a plain text of two lines: who takes it for a quotation does not see the anchors behind it.
write("hidden-alias-bomb.yaml", bomb("name: a\n  'b"))
write("escaped-quote.yaml", 'name: "a\\" "\ninput: &x 784\n' + LAYERS)
write("anchor.yaml", "input: &size 784\n" + LAYERS)
write("brackets.yaml", "input: 784\nlayers: " + "[" * 5000 + "\n")
write("braces.yaml", "{a: " * 5000)
write("dashes.yaml", "input: 784\nlayers:\n  " + "- " * 5000 + "\n")
write("question-marks.yaml", "? " * 5000)
write("residual.yaml", "input: 3\nlayers: " + "[residual: " * 18 + "[dense: 3]" + "]" * 18 + "\n")
write("tags.yaml", "".join(f"%TAG !a{i}! b\n" for i in range(300)) + "---\ninput: 784\n" + LAYERS)
write("nul.yaml", b"input: 784\nlayers:\n  - dense: 1\x000\n")
write("escape-sequence.yaml", 'name: "\\e[2J"\ninput: 784\n' + LAYERS)
write("utf-16.yaml", ("input: 784\n" + LAYERS).encode("utf-16"))
write("latin-1.yaml", "name: Grüße\ninput: 784\n".encode("latin-1") + LAYERS.encode())
write("long-value.yaml", "name: " + "a" * 5000 + "\ninput: 784\n" + LAYERS)
write("huge-repeat.yaml", "input: 784\nlayers:\n  - dense: {units: 8, repeat: 99999999999999999999}\n")
write("many-repeats.yaml", "input: 784\nlayers:\n" + "  - dense: {units: 8, repeat: 60000}\n" * 2)
write("overflowing-input.yaml", "input: [16777216, 16777216, 16777216]\n" + LAYERS)
write("long-input.yaml", "input: [" + ", ".join(["1"] * 3000) + "]\n" + LAYERS)
write("second-document.yaml", "input: 784\n" + LAYERS + "---\ninput: 784\n" + LAYERS)
write("duplicate-key.yaml", "input: 784\n" + LAYERS + "input: 7\n")
write("mapping-as-key.yaml", "input: 784\n" + LAYERS + "? {a: 1}\n: 2\n")
write("binary.yaml", bytes(range(128, 256)) * 8)
