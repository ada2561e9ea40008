#!/usr/bin/env bash
# Runs libFuzzer on each reader for SECONDS_EACH seconds, with the files in Corpus/READER and with those that earlier runs kept
# in .build-fuzz/corpus. An input that causes a fault is kept in .build-fuzz/faults/READER, and the exit status is 1. Where all
# readers ran without a fault, Reports/fuzz.md says how often each of them ran.
# (lld is used because gold, the default of Swift on Linux, stops here with an internal error.)
set -u
cd "$(dirname "$0")/../.."
seconds=${SECONDS_EACH:-20}
scratch=$PWD/.build-fuzz
all=(npy zip npz idx gzip cifar csv text imdb network bounds baseline specification checkpoint onnx tensors safetensors pickle shards
  scheme keras keras-archive keras-zip hdf5-answer)
readers=("$@")
[ ${#readers[@]} -gt 0 ] || readers=("${all[@]}")

echo "== building with AddressSanitizer and libFuzzer's coverage into .build-fuzz (several minutes the first time)"
swift build -c release --package-path Benchmarks/Fuzz --scratch-path "$scratch" --sanitize=address \
  -Xswiftc -sanitize=fuzzer -Xcc -fsanitize=fuzzer-no-link -Xswiftc -use-ld=lld --product InitScopeFuzz || exit 1

export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1
export SWIFT_BACKTRACE=enable=no
failed=0
for reader in "${readers[@]}"; do
  mkdir -p "$scratch/corpus/$reader" "$scratch/faults/$reader"
  dictionary=Benchmarks/Fuzz/Corpus/$reader.dict
  options=(-max_total_time="$seconds" -timeout=20 -rss_limit_mb=6000 -max_len=16384 -print_final_stats=1
    -artifact_prefix="$scratch/faults/$reader/")
  [ -f "$dictionary" ] && options+=(-dict="$dictionary")
  echo "== $reader: $seconds s"
  if "$scratch/release/InitScopeFuzz" "$reader" "${options[@]}" "$scratch/corpus/$reader" "Benchmarks/Fuzz/Corpus/$reader" \
    > "$scratch/$reader.log" 2>&1; then
    grep -E "stat::number_of_executed_units" "$scratch/$reader.log"
  else
    failed=1
    echo "at fault, see .build-fuzz/$reader.log:"
    grep -E "ERROR|Fatal error|SUMMARY|Test unit written" "$scratch/$reader.log" | head -5
  fi
  rm -rf /dev/shm/initscope-fuzz-*
done
[ "$failed" = 0 ] || exit 1
[ "${readers[*]}" = "${all[*]}" ] || exit 0

number() { grep -oE "stat::$2: +[0-9]+" "$scratch/$1.log" | grep -oE "[0-9]+$"; }
{
  cat <<DOCUMENT
# Fuzzing

\`make fuzz SECONDS=$seconds\`: libFuzzer feeds damaged and random inputs to each reader of files, and to what is built from
them, under AddressSanitizer. A crash, a memory error, an input that takes more than 20 seconds or 6 GB is a fault. There was
none.

| reader | executions | places in the code reached | inputs kept | slowest, seconds | peak memory, MB |
|---|---|---|---|---|---|
DOCUMENT
  for reader in "${all[@]}"; do
    reached=$(grep -oE "cov: [0-9]+" "$scratch/$reader.log" | tail -1 | grep -oE "[0-9]+")
    kept=$(find "$scratch/corpus/$reader" -type f | wc -l)
    echo "| $reader | $(number "$reader" number_of_executed_units) | $reached | $kept |" \
      "$(number "$reader" slowest_unit_time_sec) | $(number "$reader" peak_rss_mb) |"
  done
  cat <<DOCUMENT

Executions and memory are of this run. Places are edges of the control flow, in all of the program. Inputs kept are those of
all runs that reached something new; a run begins with them. Peak memory includes AddressSanitizer's own. $(swift --version \
  2>/dev/null | head -1), $(. /etc/os-release && echo "$PRETTY_NAME"), $(uname -m).

The readers: \`npy\`, \`npz\` (its arrays) and \`zip\` (its archive), \`idx\` and \`gzip\` (MNIST's files), \`cifar\`, \`csv\`, \`text\`,
\`imdb\`; \`network\` and \`bounds\` (YAML, and a small audit and check of what they describe), \`baseline\` (an earlier audit's JSON,
with which a check compares), \`specification\` (initializers, activations, optimizers as on the command line) and \`checkpoint\`
(a saved training with valid checksum and damaged contents); \`onnx\` (a model, its layers and what is said of it), \`tensors\`, \`safetensors\`,
\`pickle\` (PyTorch's archives) and \`shards\` (files of weights), \`scheme\` (declared laws as YAML); \`keras\` (a model's JSON),
\`keras-archive\`, \`keras-zip\` and \`hdf5-answer\` (what the confined process that reads HDF5 sends back).
DOCUMENT
} > Reports/fuzz.md
echo "== wrote Reports/fuzz.md"
