// Sums over contiguous values, Float within a block and Double across blocks: what normalizations are made of.
#ifndef INITSCOPE_BLOCK_SUMS_H
#define INITSCOPE_BLOCK_SUMS_H

#include "clones.h"
#include "lanes.h"

// Values whose sum is Float before it joins a Double.
enum { BLOCK = 1024 };

// Sums over `count` contiguous values of d = x - mean and of d^2, blockwise.
INITSCOPE_INLINE void add_deviations(const float *x, size_t count, float mean, double *first, double *second) {
  for (size_t start = 0; start < count; start += BLOCK) {
    const size_t n = count - start < BLOCK ? count - start : BLOCK;
    const float *block = x + start;
    lanes s = SPLAT(0), q = SPLAT(0);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
      lanes d = LOAD(block + i) - mean;
      s += d, q += d * d;
    }
    float sum = sum_lanes(&s), square = sum_lanes(&q);
    for (; i < n; i++) {
      const float d = block[i] - mean;
      sum += d, square += d * d;
    }
    *first += sum, *second += square;
  }
}

// Sums over `count` contiguous values of w = weight g (weight 1 where NULL) and of w (x - mean), blockwise.
INITSCOPE_INLINE void add_products(const float *g, const float *x, const float *weight, size_t count, float mean,
                                   double *sums, double *products) {
  for (size_t start = 0; start < count; start += BLOCK) {
    const size_t n = count - start < BLOCK ? count - start : BLOCK;
    const float *gs = g + start, *xs = x + start, *ws = weight ? weight + start : NULL;
    lanes s = SPLAT(0), q = SPLAT(0);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
      lanes w = LOAD(gs + i);
      if (ws) w *= LOAD(ws + i);
      s += w, q += w * (LOAD(xs + i) - mean);
    }
    float sum = sum_lanes(&s), product = sum_lanes(&q);
    for (; i < n; i++) {
      const float w = ws ? gs[i] * ws[i] : gs[i];
      sum += w, product += w * (xs[i] - mean);
    }
    *sums += sum, *products += product;
  }
}

#endif
