#!/usr/bin/env python3
"""Words of Philox4x32-10 from Random123's own headers (Salmon 2011): the oracle of the random streams.

Compiles a few lines against <Random123/philox.h> (Debian package librandom123-dev, made with 1.14.0) and prints, for some
streams and counters, the four words of each counter. The first three are the known answers that Random123 publishes
(kat_vectors: zeros, ones, digits of pi).

    python3 philox.py > philox.json
"""
import json
import random
import subprocess
import sys
import tempfile

PROGRAM = r"""
#include <Random123/philox.h>
#include <stdio.h>
int main(void) {
  unsigned c0, c1, c2, c3, k0, k1;
  while (scanf("%u %u %u %u %u %u", &c0, &c1, &c2, &c3, &k0, &k1) == 6) {
    philox4x32_ctr_t counter = {{c0, c1, c2, c3}};
    philox4x32_key_t key = {{k0, k1}};
    philox4x32_ctr_t words = philox4x32_R(10, counter, key);
    printf("%u %u %u %u\n", words.v[0], words.v[1], words.v[2], words.v[3]);
  }
}
"""

cases = [
    ([0, 0, 0, 0], [0, 0]),
    ([0xFFFFFFFF] * 4, [0xFFFFFFFF] * 2),
    ([0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344], [0xA4093822, 0x299F31D0]),
]
source = random.Random(2011)
words = lambda count: [source.getrandbits(32) for _ in range(count)]
# Whole chunks of 16 counters, one of them the last before the low half of the counter overflows, one the first after it.
for first in (0, 16, 0xFFFFFFF0, 0x100000000, 0x123456789ABCDE0):
    replica, tensor, key = source.randrange(50), source.randrange(6), words(2)
    cases += [([(first + i) & 0xFFFFFFFF, (first + i) >> 32, replica, tensor], key) for i in range(16)]

with tempfile.TemporaryDirectory() as directory:
    with open(f"{directory}/philox.c", "w") as file:
        file.write(PROGRAM)
    subprocess.run(["cc", "-O1", f"{directory}/philox.c", "-o", f"{directory}/philox"], check=True)
    lines = "".join(" ".join(map(str, counter + key)) + "\n" for counter, key in cases)
    output = subprocess.run([f"{directory}/philox"], input=lines, capture_output=True, text=True, check=True).stdout

json.dump({"generator": "philox.py", "versions": {"Random123": "1.14.0"}, "cases": [
    {"counter": counter, "key": key, "words": list(map(int, line.split()))}
    for (counter, key), line in zip(cases, output.splitlines())]}, sys.stdout, separators=(",", ":"))
print()
