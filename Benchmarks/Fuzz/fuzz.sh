#!/usr/bin/env bash
# Runs libFuzzer on each reader for SECONDS_EACH seconds, with the files in Corpus/READER and with those that earlier runs kept
# in .build-fuzz/corpus. An input that causes a fault is kept in .build-fuzz/faults/READER, and the exit status is 1.
# (lld is used because gold, the default of Swift on Linux, stops here with an internal error.)
set -u
cd "$(dirname "$0")/../.."
seconds=${SECONDS_EACH:-20}
scratch=$PWD/.build-fuzz
readers=("$@")
[ ${#readers[@]} -gt 0 ] || readers=(npy zip npz idx gzip cifar csv text imdb network keras keras-archive keras-zip hdf5-answer bounds baseline specification checkpoint)

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
exit $failed
