// A recurrent step multiplies a few dozen rows by the same small matrix, hundreds of times. A general product spends as
// long on preparing such a call as on the sums; here the matrix is laid out once, in panels of 32 columns that are read from
// beginning to end, and eight rows at a time keep their sums in registers.
#include "sequences.h"

#include "clones.h"

#include <string.h>

enum { LANES = 16, PANEL = 32 };

// Sixteen floats at any address; on processors with narrower registers the compiler splits them.
typedef float lanes __attribute__((vector_size(4 * LANES), aligned(4)));

size_t initscope_packed_size(size_t depth, size_t columns) { return (columns + PANEL - 1) / PANEL * PANEL * depth; }

void initscope_pack(const float *b, size_t depth, size_t columns, int transposed, float *packed) {
  for (size_t first = 0; first < columns; first += PANEL) {
    size_t width = columns - first < PANEL ? columns - first : PANEL;
    for (size_t k = 0; k < depth; ++k, packed += PANEL) {
      for (size_t j = 0; j < width; ++j) packed[j] = transposed ? b[(first + j) * depth + k] : b[k * columns + first + j];
      for (size_t j = width; j < PANEL; ++j) packed[j] = 0;
    }
  }
}

// `rows` rows of C, a panel wide. `rows` is a constant at each call, so that the sums stay in registers.
INITSCOPE_INLINE void accumulate(
    const float *a, size_t depth, const float *panel, float *c, size_t stride, const int rows) {
  lanes sum[8][2];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; ++r) {
    sum[r][0] = *(const lanes *)(c + r * stride);
    sum[r][1] = *(const lanes *)(c + r * stride + LANES);
  }
  for (size_t k = 0; k < depth; ++k, panel += PANEL) {
    lanes left = *(const lanes *)panel, right = *(const lanes *)(panel + LANES);
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; ++r) {
      float factor = a[r * depth + k];
      sum[r][0] += factor * left;
      sum[r][1] += factor * right;
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; ++r) {
    *(lanes *)(c + r * stride) = sum[r][0];
    *(lanes *)(c + r * stride + LANES) = sum[r][1];
  }
}

// The same for up to eight rows.
INITSCOPE_INLINE void accumulate_rows(
    const float *a, size_t depth, const float *panel, float *c, size_t stride, size_t rows) {
  if (rows >= 8) return accumulate(a, depth, panel, c, stride, 8);
  if (rows & 4) {
    accumulate(a, depth, panel, c, stride, 4);
    a += 4 * depth;
    c += 4 * stride;
  }
  if (rows & 2) {
    accumulate(a, depth, panel, c, stride, 2);
    a += 2 * depth;
    c += 2 * stride;
  }
  if (rows & 1) accumulate(a, depth, panel, c, stride, 1);
}

INITSCOPE_CLONES void initscope_packed_product(
    const float *a, size_t rows, size_t depth, const float *packed, size_t columns, float *c) {
  float tile[8 * PANEL];
  for (size_t first = 0; first < columns; first += PANEL, packed += PANEL * depth) {
    size_t width = columns - first;
    for (size_t row = 0; row < rows; row += 8) {
      size_t count = rows - row < 8 ? rows - row : 8;
      const float *left = a + row * depth;
      float *target = c + row * columns + first;
      if (width >= PANEL) {
        accumulate_rows(left, depth, packed, target, columns, count);
      } else {
        // The last panel is wider than C: its sums go through a tile of their own.
        memset(tile, 0, sizeof tile);
        for (size_t r = 0; r < count; ++r) memcpy(tile + r * PANEL, target + r * columns, width * sizeof(float));
        accumulate_rows(left, depth, packed, tile, PANEL, count);
        for (size_t r = 0; r < count; ++r) memcpy(target + r * columns, tile + r * PANEL, width * sizeof(float));
      }
    }
  }
}
