#!/usr/bin/env bash
# Builds the program and its tests under each of the sanitizers that are named, and runs the tests and a list of commands.
# Any report of a sanitizer ends the process that it is about, so that a test or a command fails.
set -u
cd "$(dirname "$0")/.."
failed=0

# Leaks are left out: oneDNN and fontconfig keep caches until the process ends.
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=0:exitcode=86
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1:exitcode=86
export TSAN_OPTIONS="halt_on_error=1:exitcode=86:suppressions=$PWD/Benchmarks/tsan-suppressions.txt"
# Swift's own backtraces would wait for a process that a sanitizer has stopped.
export SWIFT_BACKTRACE=enable=no

commands() {
  local binary=$1 place
  place=$(mktemp -d)
  printf 'input: 8\nlayers:\n  - embedding: {vocabulary: 20, dimension: 4}\n  - self_attention: 2\n  - lstm: {units: 6, return: sequence}\n  - gru: 5\n  - dense: 3\n' > "$place/tokens.yaml"
  printf 'input: [2, 9, 9]\nlayers:\n  - conv2d: {channels: 4, kernel: 3, padding: same, activation: relu}\n  - batch_norm\n  - residual:\n      - conv2d: {channels: 4, kernel: 3, padding: same}\n  - max_pool: 2\n  - flatten\n  - dropout: 0.2\n  - dense: 3\n' > "$place/images.yaml"
  while read -r line; do
    echo "== initscope $line"
    (cd "$place" && eval "timeout 600 $binary $line" > out.txt 2> err.txt)
    status=$?
    case $status in
      0|1) ;;
      *) echo "status $status"; tail -40 "$place/err.txt"; failed=1 ;;
    esac
  done <<'COMMANDS'
audit --depth 5 --width 64 --batch 64 --seeds 3 --threads 2 --output audit
audit tokens.yaml --init he_normal,lsuv,krahenbuhl,torch.default,keras.orthogonal --batch 16 --seeds 2 --threads 2 --output tokens
audit images.yaml --init he_normal,delta_orthogonal,torch.dirac --batch 16 --seeds 2 --threads 2 --json --no-png
audit transformer-block --depth 2 --width 16 --init glorot_uniform,gpt2 --batch 8 --seeds 2 --threads 2 --no-png
audit --activation softplus --init 'normal(std=1e-30),normal(std=1e30)' --depth 10 --width 32 --seeds 2 --no-png
check --depth 4 --width 32 --init he_normal --seeds 3 --init-bounds bounds.yaml
check --bounds bounds.yaml --depth 4 --width 32 --seed 3
train --data iris --epochs 2 --seeds 2 --threads 2 --checkpoint runs --output train
train images.yaml --data synthetic:blobs --epochs 1 --no-png || true
train tokens.yaml --data synthetic:long-range --epochs 1 || true
train --data digits --epochs 1 --steps-per-epoch 20 --optimizer 'adam(lr=0.01)' --seeds 2 --no-png
theory --activation gelu --maps maps.png --phase-diagram phase.png --depth-scale depth.png
theory --activation tanh --moments --json
describe resnet-20
COMMANDS
  rm -rf "$place"
}

for sanitizer in "$@"; do
  # lld: gold, which Swift takes on Linux by default, ends with an internal error on instrumented objects.
  options=(-c release -Xswiftc -use-ld=lld)
  case $sanitizer in
    address)
      scratch=.build-asan
      options+=(--sanitize=address) ;;
    thread)
      scratch=.build-tsan
      options+=(--sanitize=thread) ;;
    undefined)
      # Swift 6.3 refuses --sanitize=undefined on Linux, and Swift itself has no undefined behaviour to look for: C is
      # compiled with the checks, and their runtime is linked by name.
      scratch=.build-ubsan
      runtime=$(ls "$(dirname "$(readlink -f "$(command -v swiftc)")")"/../lib/clang/*/lib/linux/libclang_rt.ubsan_standalone-x86_64.a \
        | tail -1)
      options+=(-Xcc -fsanitize=undefined -Xcc -fno-sanitize-recover=undefined -Xlinker --whole-archive -Xlinker "$runtime"
        -Xlinker --no-whole-archive) ;;
    *) echo "unknown sanitizer $sanitizer: address, undefined or thread" >&2; exit 64 ;;
  esac
  options+=(--scratch-path "$scratch")
  echo "== $sanitizer: building into $scratch (several minutes)"
  swift build "${options[@]}" --build-tests && swift build "${options[@]}" --product initscope || exit 1
  commands "$PWD/$scratch/release/initscope"
  echo "== $sanitizer: tests"
  swift test "${options[@]}" --skip-build || failed=1
done
exit $failed
