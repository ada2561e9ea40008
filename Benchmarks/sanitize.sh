#!/usr/bin/env bash
# Builds the program and its tests under each of the sanitizers that are named, and runs sanitize-commands.txt and the tests.
# Any report of a sanitizer ends the process that it is about, so that a test or a command fails. When all of them have passed,
# in one run or in several, Reports/sanitize.md says what ran.
set -u
cd "$(dirname "$0")/.."
failed=0
all=(address thread)

# Leaks are left out: oneDNN and fontconfig keep caches until the process ends. Exit status 86 is no command's own.
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=0:exitcode=86
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1:exitcode=86
export TSAN_OPTIONS=halt_on_error=1:exitcode=86
# Tests that bound the time of something allow more of it.
export INITSCOPE_SANITIZER=1
# Swift's own backtraces would wait for a process that a sanitizer has stopped.
export SWIFT_BACKTRACE=enable=no

# The networks and data that the commands name.
inputs() {
  printf 'input: [200]\nlayers:\n  - embedding: {vocabulary: 32, dimension: 4}\n  - self_attention: 2\n  - lstm: {units: 6, return: sequence}\n  - gru: 5\n  - dense: 2\n' > tokens.yaml
  printf 'input: [1, 8, 8]\nlayers:\n  - conv2d: {channels: 4, kernel: 3, padding: same, activation: relu}\n  - batch_norm\n  - residual:\n      - conv2d: {channels: 4, kernel: 3, padding: same}\n  - max_pool: 2\n  - flatten\n  - dropout: 0.2\n  - dense: 10\n' > images.yaml
  printf 'input: [12, 3]\nlayers:\n  - conv1d: {channels: 6, kernel: 3, padding: same, groups: 3, activation: gelu}\n  - layer_norm\n  - average_pool: 2\n  - simple_rnn: {units: 5, return: sequence, cell: relu}\n  - last_step\n  - dense: 1\n' > series.yaml
  { echo id,a,b,label; for i in {0..59}; do echo "$i,$((i % 7)).5,$((i * i % 11)),$((i % 2))"; done; } > table.csv
  # Files that lie, which must be refused: an array without its values, and brackets without an end.
  printf '\x93NUMPY\x01\x00\x3f\x00{"descr": "<f4", "fortran_order": False, "shape": (1000, 256)}\n' > short.npy
  printf 'layers: %s' "$(printf '[%.0s' {1..5000})" > deep.yaml
}

# Each line of the list is the exit status that must come, and the command's arguments.
commands() {
  local binary=$1 place want line status
  place=$(mktemp -d)
  (cd "$place" && inputs)
  passed=0
  while read -r want line; do
    echo "== initscope $line"
    (cd "$place" && eval "timeout 1200 $binary $line" > out.txt 2> err.txt < /dev/null)
    status=$?
    if [ "$status" = "$want" ]; then
      passed=$((passed + 1))
    else
      echo "status $status, not $want"
      tail -60 "$place/err.txt"
      failed=1
    fi
  done < Benchmarks/sanitize-commands.txt
  rm -rf "$place"
}

for sanitizer in "$@"; do
  # lld: gold, which Swift takes on Linux by default, ends with an internal error on instrumented objects.
  options=(-c release -Xswiftc -use-ld=lld)
  case $sanitizer in
    address)
      # AddressSanitizer for Swift and C; UndefinedBehaviorSanitizer, whose runtime AddressSanitizer's contains, for C alone:
      # Swift 6.3 refuses --sanitize=undefined on Linux, and its arithmetic traps on overflow anyway.
      scratch=.build-asan
      options+=(--sanitize=address -Xcc -fsanitize=undefined -Xcc -fno-sanitize-recover=undefined) ;;
    thread)
      scratch=.build-tsan
      mkdir -p "$scratch"
      "$(dirname "$(readlink -f "$(command -v swiftc)")")/clang" -O2 -fsanitize=thread -c Benchmarks/tsan-mutex.c \
        -o "$scratch/tsan-mutex.o" || exit 1
      options+=(--sanitize=thread -Xlinker "$PWD/$scratch/tsan-mutex.o") ;;
    *) echo "unknown sanitizer $sanitizer: address (with undefined behaviour) or thread" >&2; exit 64 ;;
  esac
  options+=(--scratch-path "$scratch")
  echo "== $sanitizer: building into $scratch (several minutes)"
  rm -f "$scratch/passed"
  swift build "${options[@]}" --build-tests && swift build "${options[@]}" --product initscope || exit 1
  commands "$PWD/$scratch/release/initscope"
  echo "== $sanitizer: tests"
  start=$(date +%s)
  swift test "${options[@]}" --skip-build > "$scratch/tests.log" 2>&1 || { failed=1; grep -E "✘|ERROR:|WARNING:|runtime error|SUMMARY" "$scratch/tests.log" | head -60; }
  tests=$(grep -oE "Test run with [0-9]+ tests" "$scratch/tests.log" | grep -oE "[0-9]+" | tail -1)
  echo "${tests:-no} tests, $passed of $(wc -l < Benchmarks/sanitize-commands.txt) commands"
  [ "$failed" = 0 ] && [ -n "$tests" ] && echo "$passed $tests $(($(date +%s) - start))" > "$scratch/passed"
done
[ "$failed" = 0 ] || exit 1
for scratch in .build-asan .build-tsan; do [ -f "$scratch/passed" ] || exit 0; done

read -r address_commands address_tests address_seconds < .build-asan/passed
read -r thread_commands thread_tests thread_seconds < .build-tsan/passed
{
  cat <<DOCUMENT
# Sanitizers

\`make sanitize\`: the program and all its tests, built in release mode under the sanitizers of Swift's toolchain. A report of
a sanitizer ends its process, so that a command or a test fails. All passed.

| sanitizer | of | commands | tests | the tests' seconds |
|---|---|---|---|---|
| AddressSanitizer | Swift and C | $address_commands | $address_tests | $address_seconds |
| UndefinedBehaviorSanitizer | C, in the same build | $address_commands | $address_tests | $address_seconds |
| ThreadSanitizer | Swift and C | $thread_commands | $thread_tests | $thread_seconds |

$(swift --version 2>/dev/null | head -1), $(. /etc/os-release && echo "$PRETTY_NAME"), $(uname -m). Libraries:
$(dpkg-query -W -f='${Package} ${Version}\n' libgsl27 libdnnl2 'libopenblas0*' libpng16-16 libcairo2 2>/dev/null | sort -u | paste -sd, | sed 's/,/, /g').
Leaks are not looked for: oneDNN and fontconfig keep caches until the process ends. Nothing is suppressed.
[tsan-mutex.c](../Benchmarks/tsan-mutex.c) shows ThreadSanitizer the waiting for a lock of Swift's library, which it cannot
see otherwise.

The commands, each with the exit status that it must have:

\`\`\`
DOCUMENT
  cat Benchmarks/sanitize-commands.txt
  echo '```'
} > Reports/sanitize.md
echo "== wrote Reports/sanitize.md"
