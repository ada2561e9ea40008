// Sixteen floats side by side: one AVX-512 register, two of AVX2, four of SSE2. Vectors cross no call by value (each clone
// would have another calling convention for them), hence the macros.
#ifndef INITSCOPE_LANES_H
#define INITSCOPE_LANES_H

#include <stdint.h>

#include "clones.h"

enum { LANES = 16 };
typedef float lanes __attribute__((vector_size(64), aligned(4), may_alias));
typedef int32_t lanes_mask __attribute__((vector_size(64), aligned(4), may_alias));

#define LOAD(p) (*(const lanes *)(p))
#define SPLAT(x) ((lanes){} + (x))

INITSCOPE_INLINE float sum_lanes(const lanes *v) {
  typedef float half __attribute__((vector_size(32)));
  typedef float quarter __attribute__((vector_size(16)));
  half low = __builtin_shufflevector(*v, *v, 0, 1, 2, 3, 4, 5, 6, 7);
  half high = __builtin_shufflevector(*v, *v, 8, 9, 10, 11, 12, 13, 14, 15);
  half h = low + high;
  quarter q = __builtin_shufflevector(h, h, 0, 1, 2, 3) + __builtin_shufflevector(h, h, 4, 5, 6, 7);
  return (q[0] + q[2]) + (q[1] + q[3]);
}

#endif
