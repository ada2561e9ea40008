#include "tensors.h"

#include <math.h>

#include "clones.h"

// Partial results, which every instruction set has the same.
enum { PARTS = 16 };

#define DEFINE_REDUCTION(name, neutral, combine, f)                                                                      \
  INITSCOPE_CLONES double initscope_reduce_##name(const float *x, size_t count, double start) {                          \
    double part[PARTS];                                                                                                  \
    for (size_t j = 0; j < PARTS; ++j) part[j] = neutral;                                                                \
    size_t i = 0;                                                                                                        \
    for (; i + PARTS <= count; i += PARTS) {                                                                             \
      for (size_t j = 0; j < PARTS; ++j) part[j] = combine(part[j], f((double)x[i + j]));                                \
    }                                                                                                                    \
    for (size_t j = 0; i + j < count; ++j) part[j] = combine(part[j], f((double)x[i + j]));                              \
    double result = start;                                                                                               \
    for (size_t j = 0; j < PARTS; ++j) result = combine(result, part[j]);                                                \
    return result;                                                                                                       \
  }                                                                                                                      \
  INITSCOPE_CLONES void initscope_reduce_rows_##name(const float *restrict x, size_t count, double *restrict results) {  \
    for (size_t i = 0; i < count; ++i) results[i] = combine(results[i], f((double)x[i]));                                \
  }

#define SAME(x) (x)
#define SQUARE(x) ((x) * (x))
#define PLUS(a, b) ((a) + (b))
#define TIMES(a, b) ((a) * (b))
// A comparison with NaN is false: a NaN on the left stays, and one on the right is taken.
#define LARGER(a, b) ((a) >= (b) || (a) != (a) ? (a) : (b))
#define SMALLER(a, b) ((a) <= (b) || (a) != (a) ? (a) : (b))

DEFINE_REDUCTION(sum, 0, PLUS, SAME)
DEFINE_REDUCTION(magnitudes, 0, PLUS, fabs)
DEFINE_REDUCTION(squares, 0, PLUS, SQUARE)
DEFINE_REDUCTION(product, 1, TIMES, SAME)
DEFINE_REDUCTION(maximum, -INFINITY, LARGER, SAME)
DEFINE_REDUCTION(minimum, INFINITY, SMALLER, SAME)
