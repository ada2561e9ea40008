#!/usr/bin/env python3
"""Measures how often `initscope weights` blames right files, and which mistakes it finds; writes Reports/weights.md.

    measure.py BINARY DIR COUNT [large GIB]

COUNT clean files of each family of draws.py, and one file for each mistake, are made in DIR and read by BINARY.
"""
import json
import math
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

import draws


def audit(binary, path, *options):
    run = subprocess.run([binary, "weights", path, "--json", "--no-png", *options], capture_output=True, text=True)
    if run.returncode not in (0, 1):
        raise SystemExit(f"{path}: status {run.returncode}: {run.stderr[-400:]}")
    return json.loads(run.stdout)


def blamed(report):
    return [f for f in report["findings"] if f["severity"] != "note"]


def upper(k, n, tail=0.025):
    """The upper end of Clopper and Pearson's 95% interval, by bisection of the binomial tail."""
    low, high = k / n, 1.0
    for _ in range(60):
        p = (low + high) / 2
        q = sum(math.exp(math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) + i * math.log(p) + (n - i) * math.log1p(-p)) for i in range(k + 1))
        low, high = (p, high) if q > tail else (low, p)
    return high


def clean(binary, directory, count):
    jobs = []
    for place, (name, make) in enumerate(draws.FAMILIES.items()):
        for index in range(count):
            jobs.append((place, name, make, index))

    def one(job):
        place, name, make, index = job
        path = f"{directory}/{name}-{index}.safetensors"
        draws.save(path, make(draws.Draw([11, place, index])))
        try:
            report = audit(binary, path)
        finally:
            os.remove(path)
        return name, [f"{f['rule']}: {f['message']}" for f in blamed(report)], len(report["tensors"])

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(one, jobs))
    rows = {}
    for name, found, tensors in results:
        files, wrong, total, texts = rows.get(name, (0, 0, 0, []))
        rows[name] = (files + 1, wrong + bool(found), total + tensors, texts + found)
    return rows


def wrong(binary, directory, seeds):
    rows = {}
    for seed in seeds:
        for name, tensors, expected, rules in draws.mistakes(seed):
            path = f"{directory}/{name}.safetensors"
            draws.save(path, tensors)
            found = blamed(audit(binary, path))
            os.remove(path)
            tensors = {t for f in found for t in f["tensors"]}
            hit = set(expected) <= tensors and any(f["rule"] in rules for f in found)
            rows.setdefault(name, []).append((hit, sorted({f["rule"] for f in found})))
    return rows


def large(binary, directory, gib):
    """A file of bfloat16 matrices, read once from the page cache."""
    path, n = f"{directory}/large.safetensors", int(gib * (1 << 30)) // (4096 * 4096 * 2)
    header, size = {}, 4096 * 4096 * 2
    for i in range(n):
        header[f"model.layers.{i}.mlp.gate_proj.weight"] = {"dtype": "BF16", "shape": [4096, 4096], "data_offsets": [i * size, (i + 1) * size]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    draw = draws.Draw(1)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for i in range(n):
            file.write(draws.bf16(draw.normal(4096, 4096)).tobytes())
    start = time.time()
    with open(path, "rb", buffering=0) as file:
        buffer = bytearray(1 << 20)
        while file.readinto(buffer):
            pass
    plain = time.time() - start
    run = subprocess.run(["/usr/bin/env", "time", "-f", "%e %M", binary, "weights", path, "--json"], capture_output=True, text=True)
    seconds, kilobytes = run.stderr.split()[-2:]
    os.remove(path)
    return n * size, plain, float(seconds), int(kilobytes) * 1024


def main():
    binary, directory, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    os.makedirs(directory, exist_ok=True)
    rows, found = clean(binary, directory, count), wrong(binary, directory, [0, 1, 2])
    files, flagged = sum(r[0] for r in rows.values()), sum(r[1] for r in rows.values())
    print("# Weight files\n")
    print(f"`make weights-check` wrote this page (numpy {np.__version__}). The draws and mistakes are those of Benchmarks/Weights/draws.py, made with")
    print("numpy from the published initializations and without InitScope.\n")
    print("## Right files that are blamed\n")
    print(f"Of {files:,} right files {flagged} got an error or a warning ({flagged / files:.2%}; the 95% interval ends at {upper(flagged, files):.2%}). "
          "The stated rate is at most 0.10%.\n")
    print("| family | files | tensors | blamed |\n|---|---:|---:|---:|")
    for name, (number, bad, tensors, _) in rows.items():
        print(f"| {name} | {number} | {tensors:,} | {bad} |")
    for name, row in rows.items():
        for text in row[3][:3]:
            print(f"\n- {name}: {text}")
    hits = sum(h for r in found.values() for h, _ in r)
    print(f"\n## Mistakes that are found\n\nWithout a scheme, each drawn three times: {hits} of {sum(map(len, found.values()))} found by rule and by tensor.\n")
    print("| mistake | found | rules |\n|---|---:|---|")
    for name, row in found.items():
        print(f"| {name} | {sum(h for h, _ in row)} of {len(row)} | {', '.join(row[0][1])} |")
    if len(sys.argv) > 4:
        size, plain, seconds, memory = large(binary, directory, float(sys.argv[5]))
        print(f"\n## A large file\n\n{size / 2 ** 30:.1f} GiB of bfloat16 from the page cache: {seconds:.2f} s, {size / seconds / 1e9:.2f} GB/s, which is "
              f"{plain / seconds:.2f} of the rate of reading it by calls of read() alone ({size / plain / 1e9:.2f} GB/s). Peak memory {memory / 2 ** 20:.0f} MiB.")


if __name__ == "__main__":
    main()
