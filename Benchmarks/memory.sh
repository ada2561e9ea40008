#!/bin/bash
# Writes a table of what `initscope audit --memory` names and what it then takes: the least amount that a refusal names, and
# the peak of an audit that may use just that. Usage: memory.sh PROGRAM
set -eu
program=$(realpath "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{input: [512, 64], layers: [self_attention: {heads: 64}, global_average_pool, dense: 2]}' > attention-64-heads.yaml
echo '{input: [400, 64], layers: [lstm: {units: 256, return: sequence}, lstm: {units: 256}, dense: 2]}' > two-lstms.yaml
echo '{input: [400, 64], layers: [gru: {units: 256, return: sequence}, gru: {units: 256}, dense: 2]}' > two-grus.yaml
cat << 'END'
# Memory

`bash Benchmarks/memory.sh .build/release/initscope > Reports/memory.md`: the least amount that `initscope audit --memory` names when it refuses, and
the largest resident size of the same audit under that limit: he_normal, two replicas, `--no-verdict --no-png`; in the last rows all default
initializers, four replicas, with verdict and pictures.

| network | batch | named, MiB | peak, MiB | peak / named |
|---|---|---|---|---|
END
row() {
  local network=$1 batch=$2 file=$1
  [ -f "$1.yaml" ] && file=$1.yaml
  shift 2
  local common=(audit "$file" "$@" --batch "$batch" "${options[@]}")
  local named
  named=$("$program" "${common[@]}" --memory 30M 2>&1 > /dev/null | grep -oE 'about [0-9]+' | grep -oE '[0-9]+')
  local peak
  "$program" "${common[@]}" --memory "${named}M" --json > result.json
  peak=$(python3 -c 'import json; print(json.load(open("result.json"))["environment"]["peakMemoryBytes"] >> 20)')
  echo "| $network${*:+ $*} | $batch | $named | $peak | $(python3 -c "print(f'{$peak / $named:.2f}')") |"
}
options=(--init he_normal --seeds 2 --no-verdict --no-png)
row attention-64-heads 4
row attention-64-heads 32
row two-lstms 4
row two-lstms 64
row two-grus 64
row resnet-20 8
row resnet-20 128
row cifar-cnn 256
row transformer-block 64 --depth 4 --width 256
row imdb-rnn 32
row mlp 256
row mlp 32 --depth 3 --width 64
options=(--seeds 4 --output pictures)
row mlp 256
row resnet-mlp 256
row lenet 64
row transformer-block 32
