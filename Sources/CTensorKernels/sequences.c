#include "sequences.h"

#include <string.h>

void initscope_swap_leading_axes(const float *x, size_t a_count, size_t b_count, size_t columns, float *out) {
  for (size_t b = 0; b < b_count; ++b) {
    for (size_t a = 0; a < a_count; ++a, out += columns) {
      memcpy(out, x + (a * b_count + b) * columns, columns * sizeof(float));
    }
  }
}
