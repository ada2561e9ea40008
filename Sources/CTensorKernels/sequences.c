#include "sequences.h"

#include "vector_math.h"

void initscope_swap_leading_axes(const float *x, size_t a_count, size_t b_count, size_t columns, float *out) {
  for (size_t b = 0; b < b_count; ++b) {
    for (size_t a = 0; a < a_count; ++a, out += columns) {
      memcpy(out, x + (a * b_count + b) * columns, columns * sizeof(float));
    }
  }
}

// Comparisons with NaN are false, and no cast is out of range.
static inline size_t row_of(float id, size_t rows) {
  if (!(id > 0)) return 0;
  return id < (float)rows ? (size_t)id < rows ? (size_t)id : rows - 1 : rows - 1;
}

void initscope_gather_rows(const float *table, size_t rows, size_t columns, const float *ids, size_t count, float *out) {
  for (size_t i = 0; i < count; ++i) {
    memcpy(out + i * columns, table + row_of(ids[i], rows) * columns, columns * sizeof(float));
  }
}

INITSCOPE_CLONES void initscope_scatter_add_rows(
    const float *x, const float *ids, size_t count, float *table, size_t rows, size_t columns) {
  for (size_t i = 0; i < count; ++i) {
    const float *restrict source = x + i * columns;
    float *restrict target = table + row_of(ids[i], rows) * columns;
    for (size_t c = 0; c < columns; ++c) target[c] += source[c];
  }
}

// Reductions run in sixteen partial results, which every instruction set has the same.
enum { PARTS = 16 };
#define FOR_EACH_PART(start) for (size_t j = 0, n = columns - (start) < PARTS ? columns - (start) : PARTS; j < n; ++j)

INITSCOPE_INLINE float largest(const float *x, size_t columns) {
  float part[PARTS];
  for (size_t j = 0; j < PARTS; ++j) part[j] = -INFINITY;
  size_t c = 0;
  for (; c + PARTS <= columns; c += PARTS) {
    for (size_t j = 0; j < PARTS; ++j) part[j] = x[c + j] > part[j] ? x[c + j] : part[j];
  }
  FOR_EACH_PART(c) part[j] = x[c + j] > part[j] ? x[c + j] : part[j];
  float result = part[0];
  for (size_t j = 1; j < PARTS; ++j) result = part[j] > result ? part[j] : result;
  return result;
}

INITSCOPE_INLINE float inner_product(const float *x, const float *y, size_t columns) {
  float part[PARTS] = {0};
  size_t c = 0;
  for (; c + PARTS <= columns; c += PARTS) {
    for (size_t j = 0; j < PARTS; ++j) part[j] += x[c + j] * y[c + j];
  }
  FOR_EACH_PART(c) part[j] += x[c + j] * y[c + j];
  float result = 0;
  for (size_t j = 0; j < PARTS; ++j) result += part[j];
  return result;
}

INITSCOPE_INLINE float sum(const float *x, size_t columns) {
  float part[PARTS] = {0};
  size_t c = 0;
  for (; c + PARTS <= columns; c += PARTS) {
    for (size_t j = 0; j < PARTS; ++j) part[j] += x[c + j];
  }
  FOR_EACH_PART(c) part[j] += x[c + j];
  float result = 0;
  for (size_t j = 0; j < PARTS; ++j) result += part[j];
  return result;
}

INITSCOPE_CLONES void initscope_softmax(const float *x, size_t rows, size_t columns, int causal, float *y) {
  size_t width = columns;
  for (size_t r = 0; r < rows; ++r, x += width, y += width) {
    columns = causal ? r + 1 : width;
    float top = largest(x, columns);
#pragma clang loop vectorize(assume_safety) vectorize_width(16)
    for (size_t c = 0; c < columns; ++c) y[c] = exponential(x[c] - top).exp;
    float factor = 1 / sum(y, columns);
    for (size_t c = 0; c < columns; ++c) y[c] *= factor;
    for (size_t c = columns; c < width; ++c) y[c] = 0;
  }
}

INITSCOPE_CLONES void initscope_softmax_gradient(
    const float *y, const float *dy, size_t rows, size_t columns, float *dx) {
  for (size_t r = 0; r < rows; ++r, y += columns, dy += columns, dx += columns) {
    float mean = inner_product(y, dy, columns);
#pragma clang loop vectorize(assume_safety)
    for (size_t c = 0; c < columns; ++c) dx[c] = y[c] * (dy[c] - mean);
  }
}
