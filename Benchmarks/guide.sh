#!/bin/sh
# Makes the pictures and the numbers of the article "Choosing an initialization" anew, about 10 minutes on two cores.
#
#   BINARY=.build/release/initscope Benchmarks/guide.sh [SECTION...]     sections are the functions below; default: all
#   BINARY=.build/release/initscope Benchmarks/guide.sh textbook         the four long textbook experiments, 10 minutes more
#
# Each section prints its commands and their tables into Reports/guide/SECTION.txt and copies its picture to the
# documentation. Seeds are 0 to 4
# where nothing else is said. Timings are left out of the texts, so that a second run gives the same.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
case ${BINARY:?BINARY must name the initscope program} in /*) ;; *) BINARY=$root/$BINARY ;; esac
# Beside the article, so that one relative name is right both for DocC and for plain Markdown.
resources=$root/Sources/InitScope/Documentation.docc
work=$root/.build/guide-work
mkdir -p "$work" "$root/Reports/guide"
cd "$work"

# The user's command, with itself printed above its table. Files go below .build; only chosen pictures leave it.
initscope() {
  printf '$ initscope'
  for word in "$@"; do case $word in *[\(\),\ ]*) printf " '%s'" "$word" ;; *) printf ' %s' "$word" ;; esac; done
  printf '\n'
  nice -n 2 "$BINARY" "$@" 2>/dev/null | grep -v ' s on [0-9]* threads'
  printf '\n'
}

# The training that every section shares: 300 steps of plain SGD on Fashion-MNIST, five seeds, a curve point each 50 steps.
train() {
  initscope train "$@" --data fashion-mnist --batch 128 --epochs 6 --steps-per-epoch 50 --seeds ${seeds:-5}
}

picture() { cp "$work/$1" "$resources/$2"; }

why() {
  train --depth 10 --init 'normal(std=0.01),glorot_normal,he_normal' --optimizer 'sgd(lr=0.03)' --output guide/why
  picture guide/why/curves.png guide-why.png
}

signal() {
  initscope audit --init 'zeros,normal(std=0.01),glorot_normal,he_normal,normal(std=1)' --output guide/signal
  picture guide/signal/overview.png guide-signal.png
}

variance() {
  initscope reproduce weight-histograms --output guide/variance
  picture guide/variance/histograms.png guide-variance.png
}

zeros() {
  for rate in 0.01 0.1; do
    train --depth 2 --init 'zeros,constant(value=0.05),normal(std=0.01),glorot_normal,he_normal,normal(std=1)' \
      --optimizer "sgd(lr=$rate)" --output guide/zeros-$rate
  done
  for rate in 0.001 0.01 0.1; do
    train resnet-mlp --depth 20 --init 'he_normal,glorot_normal,zero_last,fixup' \
      --optimizer "sgd(lr=$rate)" --output guide/residual-$rate
  done
  picture guide/zeros-0.1/curves.png guide-zeros.png
  picture guide/residual-0.01/curves.png guide-residual.png
}

sweep() {
  initscope reproduce std-sweep --output guide/sweep
  picture guide/sweep/sweep.png guide-sweep.png
}

relu() {
  for rate in 0.01 0.03 0.1; do
    train --depth 10 --init 'glorot_normal,he_normal,orthogonal(gain=1.4142),lsuv' \
      --optimizer "sgd(lr=$rate)" --output guide/relu-10-$rate
    train --depth 30 --init 'glorot_normal,he_normal,orthogonal(gain=1.4142),lsuv' \
      --optimizer "sgd(lr=$rate)" --output guide/relu-30-$rate
  done
  initscope audit --input fashion-mnist --depth 30 --width 64 --init 'glorot_normal,he_normal,orthogonal(gain=1.4142),lsuv' \
    --output guide/relu
  initscope audit --input fashion-mnist --depth 30 --width 256 --init 'he_normal,orthogonal(gain=1.4142),lsuv' \
    --output guide/wide
  picture guide/relu/growth.png guide-relu.png
}

width() {
  train --depth 30 --width 16 --init 'he_normal,orthogonal(gain=1.4142),lsuv' --optimizer 'sgd(lr=0.01)' \
    --output guide/width-16
  train --depth 30 --width 256 --init 'he_normal,orthogonal(gain=1.4142),lsuv' --optimizer 'sgd(lr=0.01)' \
    --output guide/width-256
}

tanh() {
  for rate in 0.03 0.1 0.3; do
    train --activation tanh --depth 5 --init 'glorot_normal,variance_scaling(scale=2.7778),he_normal,orthogonal,lsuv' \
      --optimizer "sgd(lr=$rate)" --output guide/tanh-5-$rate
  done
  for rate in 0.01 0.03 0.1; do
    train --activation tanh --depth 30 --init 'glorot_normal,variance_scaling(scale=2.7778),he_normal,orthogonal,lsuv' \
      --optimizer "sgd(lr=$rate)" --output guide/tanh-30-$rate
  done
  initscope audit --activation tanh --depth 50 \
    --init 'glorot_normal,variance_scaling(scale=2.7778),orthogonal,orthogonal(gain=1.1),lsuv' --output guide/tanh
  picture guide/tanh/overview.png guide-tanh.png
  picture guide/tanh-30-0.1/curves.png guide-orthogonal.png
}

# Three times the seeds, where five leave the best three of a table undecided.
seeds() {
  seeds=15
  train --depth 30 --init 'he_normal,orthogonal(gain=1.4142),lsuv' --optimizer 'sgd(lr=0.01)' --output guide/relu-seeds
  train --activation tanh --depth 30 --init 'he_normal,orthogonal,lsuv' --optimizer 'sgd(lr=0.03)' --output guide/tanh-seeds
  for rate in 0.003 0.01; do
    train --activation gelu --depth 30 --init 'he_normal,variance_scaling(scale=2.155)' \
      --optimizer "sgd(lr=$rate)" --output guide/gelu-seeds-$rate
  done
  seeds=5
}

sigmoid() {
  for rate in 0.1 0.3 1; do
    train --activation sigmoid --depth 2 --init 'glorot_normal,glorot_normal(gain=4),lecun_normal,he_normal,lsuv' \
      --optimizer "sgd(lr=$rate)" --output guide/sigmoid-2-$rate
    train --activation sigmoid --depth 5 --init 'glorot_normal,glorot_normal(gain=4),lecun_normal,he_normal,lsuv' \
      --optimizer "sgd(lr=$rate)" --output guide/sigmoid-5-$rate
  done
  initscope audit --activation sigmoid --depth 10 --init 'lecun_normal,he_normal,glorot_normal(gain=4),lsuv' \
    --output guide/sigmoid
  initscope theory --activation sigmoid --weight-variance 16
  picture guide/sigmoid-5-0.3/curves.png guide-sigmoid.png
}

smooth() {
  for rate in 0.003 0.01 0.03; do
    train --activation gelu --depth 30 --init 'glorot_normal,he_normal,variance_scaling(scale=2.155),lsuv' \
      --optimizer "sgd(lr=$rate)" --output guide/gelu-30-$rate
  done
  for rate in 0.01 0.03 0.1; do
    train --activation silu --depth 20 --init 'glorot_normal,he_normal,variance_scaling(scale=2.43),lsuv' \
      --optimizer "sgd(lr=$rate)" --output guide/silu-20-$rate
  done
  for rate in 0.03 0.1 0.3; do
    train --activation gelu --depth 5 --init 'glorot_normal,he_normal,variance_scaling(scale=2.155),lsuv' \
      --optimizer "sgd(lr=$rate)" --output guide/gelu-5-$rate
  done
  initscope audit --activation gelu --depth 50 --init 'glorot_normal,he_normal,variance_scaling(scale=2.155),lsuv' \
    --output guide/gelu
  initscope theory --activation gelu
  initscope theory --activation silu
  picture guide/gelu/growth.png guide-gelu.png
}

# The critical points of GELU and SiLU have biases: the same weight variances with and without them.
biases() {
  for rate in 0.003 0.01 0.03; do
    for std in 0 0.41584; do
      train --activation gelu --depth 30 --bias-std $std \
        --init 'he_normal,variance_scaling(scale=1.98306),variance_scaling(scale=2.155)' \
        --optimizer "sgd(lr=$rate)" --output guide/gelu-bias-$rate-$std
    done
    for std in 0 0.74508; do
      train --activation silu --depth 20 --bias-std $std \
        --init 'he_normal,variance_scaling(scale=1.988),variance_scaling(scale=2.43)' \
        --optimizer "sgd(lr=$rate)" --output guide/silu-bias-$rate-$std
    done
  done
}

softplus() {
  initscope audit --activation softplus --depth 20 --init 'lecun_normal,variance_scaling(scale=1.1732),he_normal,lsuv' \
    --output guide/softplus
  for rate in 0.01 0.03 0.1; do
    train --activation softplus --depth 20 --init 'lecun_normal,variance_scaling(scale=1.1732),he_normal,lsuv' \
      --optimizer "sgd(lr=$rate)" --output guide/softplus-$rate
  done
  picture guide/softplus/overview.png guide-softplus.png
}

batchnorm() {
  for rate in 0.01 0.1 1; do
    train --depth 5 --norm batch --init 'normal(std=0.01),glorot_normal,he_normal,normal(std=1)' \
      --optimizer "sgd(lr=$rate)" --output guide/norm-5-$rate
    train --depth 5 --init 'normal(std=0.01),glorot_normal,he_normal,normal(std=1)' \
      --optimizer "sgd(lr=$rate)" --output guide/plain-5-$rate
    train --depth 30 --norm batch --init 'normal(std=0.01),glorot_normal,he_normal,normal(std=1)' \
      --optimizer "sgd(lr=$rate)" --output guide/norm-30-$rate
  done
  initscope audit --norm batch --depth 50 --init 'normal(std=0.01),glorot_normal,he_normal,normal(std=1)' --output guide/norm
  initscope audit --norm batch --depth 50 --width 1024 --seeds 2 --init he_normal --no-png
  picture guide/norm/overview.png guide-batch-norm.png
}

selu() {
  for rate in 0.003 0.01 0.03; do
    train --activation selu --depth 30 --init 'lecun_normal,he_normal,orthogonal,lsuv' \
      --optimizer "sgd(lr=$rate)" --output guide/selu-30-$rate
  done
  initscope audit --activation selu --depth 50 --init 'lecun_normal,he_normal' --output guide/selu
}

# Long; their texts are kept under Reports/reproduce, where `make reproduce` puts the same.
textbook() {
  initscope reproduce self-normalizing --output guide/self-normalizing
  initscope reproduce trainability --output guide/trainability
  initscope reproduce torch-mnist --output guide/torch-mnist
  initscope reproduce remedies --output guide/remedies
  picture guide/self-normalizing/depth.png guide-selu.png
  picture guide/trainability/trainability.png guide-depth.png
}

[ $# -gt 0 ] || set -- why signal variance zeros sweep relu width tanh seeds sigmoid smooth biases softplus batchnorm selu
for section in "$@"; do
  echo "== $section" >&2
  "$section" > "$work/$section.txt"
  # By way of a file of its own, so that a failure leaves the last result as it was.
  [ "$section" = textbook ] || mv "$work/$section.txt" "$root/Reports/guide/$section.txt"
done
