// Copies between strided tensors, and reductions of rows: what operators on tensors of any rank are made of.
#ifndef INITSCOPE_TENSORS_H
#define INITSCOPE_TENSORS_H

#include <stddef.h>

// One axis of a copy: its extent, and how many elements lie between neighbours along it on each side.
typedef struct {
  size_t extent;
  ptrdiff_t source, target;
} initscope_axis;

// target[sum of i_k target_k] = source[sum of i_k source_k] for every index. Elements have 1, 4 or 8 bytes. Where the last
// axis is not contiguous in the source but the last but one is, the two are copied in blocks, as a transposition.
void initscope_copy_strided(const void *source, void *target, const initscope_axis *axes, size_t rank, size_t element);
// The same with +=, in the order of the indices, so that a target's stride of 0 sums.
void initscope_add_strided(const float *source, float *target, const initscope_axis *axes, size_t rank);

// target[i] = f(a[i a_step], b[i b_step]), with steps of 0 for what is repeated. `target` may be `a` or `b` where that one's
// step is 1. The chain is a b, and 0 where a is 0, even if b is infinite or none.
#define INITSCOPE_DECLARE_PAIR(name)                                                                                     \
  void initscope_pair_##name(                                                                                            \
      const float *a, ptrdiff_t a_step, const float *b, ptrdiff_t b_step, float *target, size_t count);

INITSCOPE_DECLARE_PAIR(sum)
INITSCOPE_DECLARE_PAIR(difference)
INITSCOPE_DECLARE_PAIR(product)
INITSCOPE_DECLARE_PAIR(quotient)
INITSCOPE_DECLARE_PAIR(chain)

#undef INITSCOPE_DECLARE_PAIR

// Reductions of `count` contiguous values to one, beginning with `start`, in sixteen partial results of Double; and of a row
// into `count` results side by side: results[i] = combine(results[i], f(x[i])). NaN wins over every maximum and minimum.
#define INITSCOPE_DECLARE_REDUCTION(name)                                                                                \
  double initscope_reduce_##name(const float *x, size_t count, double start);                                            \
  void initscope_reduce_rows_##name(const float *x, size_t count, double *results);

INITSCOPE_DECLARE_REDUCTION(sum)
INITSCOPE_DECLARE_REDUCTION(magnitudes)  // the sum of |x|
INITSCOPE_DECLARE_REDUCTION(squares)     // the sum of x^2
INITSCOPE_DECLARE_REDUCTION(product)
INITSCOPE_DECLARE_REDUCTION(maximum)
INITSCOPE_DECLARE_REDUCTION(minimum)

#undef INITSCOPE_DECLARE_REDUCTION

#endif
