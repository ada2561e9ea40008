#!/bin/bash
# Writes a table of audits of transformers and of ResNet-20 against PyTorch eager (peers/blocks_torch.py) on the same machine:
# seconds per replica, the ratio, peak memory, and how busy both cores are. Usage: blocks.sh PROGRAM PYTHON
set -eu
program=$(realpath "$1")
python=$2
peer=$(dirname "$(realpath "$0")")/peers/blocks_torch.py
replicas=8
cat << 'END'
| network | InitScope, s | PyTorch, s | times as fast | InitScope, MiB | PyTorch, MiB | cores busy |
|---|---|---|---|---|---|---|
END
# Of three rounds by turns, the best of each program; of PyTorch that with the better number of threads.
row() {
  local name=$1 kind=$2 batch=$3 depth=$4 width=$5
  shift 5
  "$python" - "$program" "$python" "$peer" "$name" "$kind" "$batch" "$depth" "$width" "$replicas" "$@" << 'END'
import json, resource, subprocess, sys
program, python, peer, name, kind, batch, depth, width, replicas = sys.argv[1:10]
command = [program, "audit", *sys.argv[10:], "--batch", batch, "--seeds", replicas, "--init", "he_normal", "--no-verdict",
           "--no-png", "--json", "--quiet"]
ours, theirs, busy = [], [], []
for _ in range(3):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["environment"]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    ours.append((environment["phases"]["audit"] / int(replicas), environment["peakMemoryBytes"] >> 20))
    used = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    busy.append(min(1, used / environment["seconds"] / 2))
    for threads in "1", "2":
        words = subprocess.run([python, peer, kind, threads, batch, depth, width, replicas], check=True, capture_output=True,
                               text=True).stdout.split()
        theirs.append((float(words[0]), int(words[1])))
mine, best = min(ours), min(theirs)
print(f"| {name} | {mine[0]:.3f} | {best[0]:.3f} | {best[0] / mine[0]:.1f} | {mine[1]} | {best[1]} | {max(busy):.0%} |")
END
}
row "transformer, 4 blocks x 256, batch 64" transformer 64 4 256 transformer-block --depth 4 --width 256
row "transformer, 4 blocks x 64, batch 32" transformer 32 4 64 transformer-block --depth 4 --width 64
row "transformer, 20 blocks x 256, batch 64" transformer 64 20 256 transformer-block --depth 20 --width 256
row "resnet-20, batch 128" resnet 128 0 0 resnet-20
