#include "tensors.h"

#include "clones.h"

// Steps of 0 and 1 in loops of their own, which vectorize. `assume_safety`: no iteration reads what another writes.
#define EACH _Pragma("clang loop vectorize(assume_safety)") for (size_t i = 0; i < count; ++i)

#define DEFINE_PAIR(name, f)                                                                                             \
  INITSCOPE_CLONES void initscope_pair_##name(                                                                           \
      const float *a, ptrdiff_t a_step, const float *b, ptrdiff_t b_step, float *target, size_t count) {                 \
    if (a_step == 1 && b_step == 1) {                                                                                    \
      EACH target[i] = f(a[i], b[i]);                                                                                    \
    } else if (a_step == 1 && b_step == 0) {                                                                             \
      float right = *b;                                                                                                  \
      EACH target[i] = f(a[i], right);                                                                                   \
    } else if (a_step == 0 && b_step == 1) {                                                                             \
      float left = *a;                                                                                                   \
      EACH target[i] = f(left, b[i]);                                                                                    \
    } else {                                                                                                             \
      for (size_t i = 0; i < count; ++i) target[i] = f(a[(ptrdiff_t)i * a_step], b[(ptrdiff_t)i * b_step]);              \
    }                                                                                                                    \
  }

#define SUM(x, y) ((x) + (y))
#define DIFFERENCE(x, y) ((x) - (y))
#define PRODUCT(x, y) ((x) * (y))
#define QUOTIENT(x, y) ((x) / (y))
#define CHAIN(x, y) ((x) == 0 ? 0 : (x) * (y))

DEFINE_PAIR(sum, SUM)
DEFINE_PAIR(difference, DIFFERENCE)
DEFINE_PAIR(product, PRODUCT)
DEFINE_PAIR(quotient, QUOTIENT)
DEFINE_PAIR(chain, CHAIN)
