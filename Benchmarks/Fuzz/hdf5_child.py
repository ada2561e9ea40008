"""Damages Keras files of weights and has the process that reads HDF5 read them: COUNT times, from SEED on.

A run is at fault where the process lives longer than it may, uses more memory than it may, or sends something that is no answer.
That it is killed by a signal is no fault: the parser is not ours, and the process is there to die. How often it was is printed.

    python3 Benchmarks/Fuzz/hdf5_child.py .build/release/initscope [COUNT] [SEED]

Python's standard library alone.
"""
import collections, os, pathlib, random, resource, socket, struct, subprocess, sys, time, zipfile

program, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 2000
seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
fixtures = pathlib.Path(__file__).parent.parent.parent / "Fixtures/keras"
files = []
for path in sorted(fixtures.glob("*.keras")):
    with zipfile.ZipFile(path) as archive:
        files.append(archive.read("model.weights.h5"))
names = [f"layers/{layer}/vars/{place}" for layer in ("dense", "dense_1", "conv2d", "batch_normalization", "lstm/cell", "embedding")
         for place in range(3)]
MARK, LARGEST, MEMORY, SECONDS = b"INITSCOPE-HDF5-1\n", 100_000, 1 << 28, 5


def damaged(rng):
    data = bytearray(rng.choice(files))
    for _ in range(rng.choice((1, 1, 2, 4, 16, 64))):
        place = rng.randrange(len(data))
        kind = rng.randrange(6)
        if kind == 0: data[place] ^= 1 << rng.randrange(8)
        elif kind == 1: data[place] = rng.choice((0, 1, 0x7F, 0x80, 0xFF))
        elif kind == 2: data[place:place + 8] = struct.pack("<Q", rng.choice((0, 1, 2**31, 2**32 - 1, 2**63, 2**64 - 1, place)))
        elif kind == 3: data[place:place + 4] = struct.pack("<I", rng.randrange(2**32))
        elif kind == 4:
            other = rng.randrange(len(data)); length = rng.randrange(64)
            data[place:place + length] = data[other:other + length]
        else: del data[place + rng.randrange(1, 64):][:0]; data = data[:max(1, place)] if rng.random() < 0.1 else data
    return bytes(data)


def is_answer(answer, status):
    """Frames that are whole, but for the last where the process was killed."""
    if not answer.startswith(MARK): return status < 0 and MARK.startswith(answer)
    place, arrays = len(MARK), 0
    while place < len(answer):
        frame = answer[place:place + 1]
        if frame == b"X":
            length, = struct.unpack_from("<H", answer, place + 1)
            return len(answer) == place + 3 + length
        if frame == b"E": return len(answer) == place + 5 and struct.unpack_from("<I", answer, place + 1)[0] == arrays
        if frame != b"A": return False
        try:
            length, = struct.unpack_from("<H", answer, place + 1)
            name = answer[place + 3:place + 3 + length].decode()
            rank = answer[place + 3 + length]
            extents = struct.unpack_from(f"<{rank}Q", answer, place + 4 + length)
        except (struct.error, IndexError):
            return status < 0
        values = 1
        for extent in extents: values *= extent
        if name not in names or values > LARGEST: return False
        place += 4 + length + 8 * rank + 4 * values
        arrays += 1
    return status < 0


outcomes = collections.Counter()
for run in range(seed, seed + count):
    data = damaged(random.Random(run))
    ours, its = socket.socketpair()
    process = subprocess.Popen([program, "__read-hdf5"], stdin=its, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env={"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"})
    its.close()
    ours.settimeout(10 * SECONDS)
    request = struct.pack("<QQQII", len(data), MEMORY, LARGEST, SECONDS, len(names))
    request += b"".join(struct.pack("<H", len(name)) + name.encode() for name in names) + data
    answer, start, hangs = b"", time.monotonic(), False
    try:
        ours.sendall(request)
        while part := ours.recv(1 << 20): answer += part
    except (BrokenPipeError, ConnectionResetError): pass
    except TimeoutError: hangs = True
    if hangs: process.kill()
    status = process.wait()
    ours.close()
    if hangs or not is_answer(answer, status):
        path = f"hdf5-fault-{run}.h5"
        pathlib.Path(path).write_bytes(data)
        sys.exit(f"run {run}: {'no end' if hangs else 'no answer'}, status {status}, kept in {path}")
    outcomes[f"killed by signal {-status}" if status < 0 else "refused" if answer[len(MARK):len(MARK) + 1] == b"X" else "read"
             if status == 0 else f"ended with {status}"] += 1
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
print(f"{count} damaged files: " + ", ".join(f"{number} {what}" for what, number in outcomes.most_common()) + f"; at most {peak} MiB")
if peak > (MEMORY >> 20) + 512: sys.exit("a process used more memory than it may")
