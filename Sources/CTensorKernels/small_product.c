// Products of small matrices, as attention has thousands of. A general product spends more on preparing such a call than on
// the sums; here one panel of 32 columns of B at a time is laid out on the stack, and eight rows keep their sums in
// registers.
#include "small_product.h"

#include <string.h>

#include "clones.h"

enum { LANES = 16, PANEL = 32, DEPTH = 512 };

// Sixteen floats at any address; on processors with narrower registers the compiler splits them.
typedef float lanes __attribute__((vector_size(4 * LANES), aligned(4)));
typedef float quad __attribute__((vector_size(16), aligned(4)));

// Four rows of four floats become columns of a panel.
INITSCOPE_INLINE void turn(const float *b, size_t ldb, float *panel) {
  const quad p = *(const quad *)b, q = *(const quad *)(b + ldb);
  const quad r = *(const quad *)(b + 2 * ldb), s = *(const quad *)(b + 3 * ldb);
  const quad pq = __builtin_shufflevector(p, q, 0, 4, 1, 5), rs = __builtin_shufflevector(r, s, 0, 4, 1, 5);
  const quad xq = __builtin_shufflevector(p, q, 2, 6, 3, 7), xs = __builtin_shufflevector(r, s, 2, 6, 3, 7);
  *(quad *)panel = __builtin_shufflevector(pq, rs, 0, 1, 4, 5);
  *(quad *)(panel + PANEL) = __builtin_shufflevector(pq, rs, 2, 3, 6, 7);
  *(quad *)(panel + 2 * PANEL) = __builtin_shufflevector(xq, xs, 0, 1, 4, 5);
  *(quad *)(panel + 3 * PANEL) = __builtin_shufflevector(xq, xs, 2, 3, 6, 7);
}

INITSCOPE_INLINE void lay_out(int transposed, const float *b, size_t ldb, size_t depth, size_t width, float *panel) {
  if (width < PANEL) memset(panel, 0, depth * PANEL * sizeof *panel);
  if (!transposed) {
    for (size_t k = 0; k < depth; k++, b += ldb, panel += PANEL) {
      if (width == PANEL) for (size_t j = 0; j < PANEL; j++) panel[j] = b[j];
      else for (size_t j = 0; j < width; j++) panel[j] = b[j];
    }
    return;
  }
  size_t j = 0;
  for (; j + 4 <= width; j += 4) {
    size_t k = 0;
    for (; k + 4 <= depth; k += 4) turn(b + j * ldb + k, ldb, panel + k * PANEL + j);
    for (; k < depth; k++) {
      for (size_t i = 0; i < 4; i++) panel[k * PANEL + j + i] = b[(j + i) * ldb + k];
    }
  }
  for (; j < width; j++) {
    for (size_t k = 0; k < depth; k++) panel[k * PANEL + j] = b[j * ldb + k];
  }
}

// `rows` rows of C, one or two vectors wide. Both are constants at each call, so that the sums stay in registers. They are
// multiplied by alpha last: an alpha near the end of Float's range would make infinities of B, and its products with zeros
// NaN.
INITSCOPE_INLINE void accumulate(const float *a, size_t row, size_t next, size_t depth, const float *panel, float alpha,
                                 int adding, float *c, size_t ldc, const int rows, const int vectors) {
  lanes sum[8][2];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sum[r][v] = (lanes){0};
  }
  for (size_t k = 0; k < depth; k++, panel += PANEL, a += next) {
    const lanes left = *(const lanes *)panel, right = *(const lanes *)(panel + LANES);
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
      const float factor = a[r * row];
      sum[r][0] += factor * left;
      if (vectors > 1) sum[r][1] += factor * right;
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      lanes *target = (lanes *)(c + r * ldc + v * LANES);
      *target = adding ? *target + alpha * sum[r][v] : alpha * sum[r][v];
    }
  }
}

// The same for up to eight rows.
INITSCOPE_INLINE void accumulate_rows(const float *a, size_t row, size_t next, size_t depth, const float *panel, float alpha,
                                      int adding, float *c, size_t ldc, size_t rows, const int vectors) {
  if (rows >= 8) {
    accumulate(a, row, next, depth, panel, alpha, adding, c, ldc, 8, vectors);
    return;
  }
  if (rows & 4) {
    accumulate(a, row, next, depth, panel, alpha, adding, c, ldc, 4, vectors);
    a += 4 * row, c += 4 * ldc;
  }
  if (rows & 2) {
    accumulate(a, row, next, depth, panel, alpha, adding, c, ldc, 2, vectors);
    a += 2 * row, c += 2 * ldc;
  }
  if (rows & 1) accumulate(a, row, next, depth, panel, alpha, adding, c, ldc, 1, vectors);
}

INITSCOPE_CLONES
void initscope_small_product(int transposes_a, int transposes_b, size_t m, size_t n, size_t k, float alpha, const float *a,
                             size_t lda, const float *b, size_t ldb, int adding, float *c, size_t ldc) {
  float panel[DEPTH * PANEL], tile[8 * PANEL];
  const size_t row = transposes_a ? 1 : lda, next = transposes_a ? lda : 1;
  for (size_t start = 0; start < k; start += DEPTH) {
    const size_t depth = k - start < DEPTH ? k - start : DEPTH;
    const int adds = adding || start > 0;
    for (size_t first = 0; first < n; first += PANEL) {
      const size_t width = n - first < PANEL ? n - first : PANEL;
      const int is_narrow = width <= LANES, is_whole = width == PANEL || width == LANES;
      lay_out(transposes_b, transposes_b ? b + first * ldb + start : b + start * ldb + first, ldb, depth, width, panel);
      for (size_t r = 0; r < m; r += 8) {
        const size_t rows = m - r < 8 ? m - r : 8;
        const float *left = a + r * row + start * next;
        float *target = c + r * ldc + first;
        if (is_whole) {
          if (is_narrow) accumulate_rows(left, row, next, depth, panel, alpha, adds, target, ldc, rows, 1);
          else accumulate_rows(left, row, next, depth, panel, alpha, adds, target, ldc, rows, 2);
          continue;
        }
        // The last panel is wider than C: its sums go through a tile of their own.
        memset(tile, 0, sizeof tile);
        if (adds) for (size_t i = 0; i < rows; i++) memcpy(tile + i * PANEL, target + i * ldc, width * sizeof *tile);
        if (is_narrow) accumulate_rows(left, row, next, depth, panel, alpha, 1, tile, PANEL, rows, 1);
        else accumulate_rows(left, row, next, depth, panel, alpha, 1, tile, PANEL, rows, 2);
        for (size_t i = 0; i < rows; i++) memcpy(target + i * ldc, tile + i * PANEL, width * sizeof *tile);
      }
    }
  }
}
