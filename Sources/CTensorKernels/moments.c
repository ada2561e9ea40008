#include "moments.h"

#include <math.h>
#include <string.h>

#include "clones.h"
#include "lanes.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#define SELECT(mask, a, b) ((lanes)(((mask) & (lanes_mask)(a)) | (~(mask) & (lanes_mask)(b))))
#define LESSER(a, b) SELECT((a) < (b), a, b)
#define GREATER(a, b) SELECT((a) > (b), a, b)

INITSCOPE_CLONES
void initscope_inverse_norms(const float *x, size_t rows, size_t columns, float scale, float *inverse) {
  for (size_t r = 0; r < rows; r++) {
    const float *row = x + r * columns;
    lanes a = SPLAT(0), b = SPLAT(0), c = SPLAT(0), d = SPLAT(0);
    size_t i = 0;
    for (; i + 4 * LANES <= columns; i += 4 * LANES) {
      lanes v0 = LOAD(row + i) * scale, v1 = LOAD(row + i + LANES) * scale;
      lanes v2 = LOAD(row + i + 2 * LANES) * scale, v3 = LOAD(row + i + 3 * LANES) * scale;
      a += v0 * v0, b += v1 * v1, c += v2 * v2, d += v3 * v3;
    }
    for (; i + LANES <= columns; i += LANES) {
      lanes v = LOAD(row + i) * scale;
      a += v * v;
    }
    lanes total = (a + b) + (c + d);
    float sum = sum_lanes(&total);
    for (; i < columns; i++) sum += (row[i] * scale) * (row[i] * scale);
    inverse[r] = sum == 0 ? 0 : sum < INFINITY ? 1 / sqrtf(sum) : NAN;
  }
}

// The sums of one group of sixteen columns over the block's rows, kept in registers.
typedef struct {
  lanes first, second, third, fourth, unit, low, high;
} group_sums;

INITSCOPE_INLINE void add_row(group_sums *g, const float *row, const float *pivot, float scale, float inverse) {
  lanes x = LOAD(row);
  lanes d = (x - LOAD(pivot)) * scale, square = d * d;
  g->first += d;
  g->second += square;
  g->third += square * d;
  g->fourth += square * square;
  g->unit += x * inverse;
  g->low = LESSER(x, g->low);
  g->high = GREATER(x, g->high);
}

INITSCOPE_INLINE void clear_sums(group_sums *g) {
  g->first = g->second = g->third = g->fourth = g->unit = SPLAT(0);
  g->low = SPLAT(INFINITY);
  g->high = SPLAT(-INFINITY);
}

INITSCOPE_INLINE void add_rows(group_sums *g, const float *x, size_t rows, size_t stride, const float *pivot, float scale,
                               const float *inverse) {
  clear_sums(g);
  for (size_t r = 0; r < rows; r++) add_row(g, x + r * stride, pivot, scale, inverse ? inverse[r] : 0);
}

// Adds lanes [from, to) of the group to the columns that they stand for.
INITSCOPE_INLINE void flush_sums(const group_sums *g, int from, int to, float unit_scale, double *sums, size_t columns) {
  for (int i = from; i < to; i++) sums[i] += (double)g->first[i];
  for (int i = from; i < to; i++) sums[columns + i] += (double)g->second[i];
  for (int i = from; i < to; i++) sums[2 * columns + i] += (double)g->third[i];
  for (int i = from; i < to; i++) sums[3 * columns + i] += (double)g->fourth[i];
  for (int i = from; i < to; i++) sums[4 * columns + i] += (double)g->unit[i] * unit_scale;
}

INITSCOPE_CLONES
void initscope_add_moments(const float *x, size_t rows, size_t columns, const float *pivot, float scale, float unit_scale,
                           const float *inverse, double *sums, float extremes[2]) {
  lanes low = SPLAT(INFINITY), high = SPLAT(-INFINITY);
  size_t c = 0;
  for (; c + LANES <= columns; c += LANES) {
    group_sums g;
    add_rows(&g, x + c, rows, columns, pivot + c, scale, inverse);
    flush_sums(&g, 0, LANES, unit_scale, sums + c, columns);
    low = LESSER(g.low, low);
    high = GREATER(g.high, high);
  }
  if (c < columns && columns >= LANES) {
    // The last sixteen columns overlap those done; only the new ones are added.
    size_t start = columns - LANES;
    group_sums g;
    add_rows(&g, x + start, rows, columns, pivot + start, scale, inverse);
    flush_sums(&g, (int)(c - start), LANES, unit_scale, sums + start, columns);
    low = LESSER(g.low, low);
    high = GREATER(g.high, high);
  } else if (c < columns) {
    // Fewer than sixteen columns in all: lanes beyond them repeat the first column.
    float padded[LANES], pivots[LANES];
    group_sums g;
    clear_sums(&g);
    for (int i = 0; i < LANES; i++) pivots[i] = pivot[(size_t)i < columns ? i : 0];
    for (size_t r = 0; r < rows; r++) {
      const float *row = x + r * columns;
      for (int i = 0; i < LANES; i++) padded[i] = row[(size_t)i < columns ? i : 0];
      add_row(&g, padded, pivots, scale, inverse ? inverse[r] : 0);
    }
    flush_sums(&g, 0, (int)columns, unit_scale, sums, columns);
    low = g.low;
    high = g.high;
  }
  for (int i = 0; i < LANES; i++) {
    if (low[i] < extremes[0]) extremes[0] = low[i];
    if (high[i] > extremes[1]) extremes[1] = high[i];
  }
}

INITSCOPE_CLONES
void initscope_add_bias(float *x, size_t rows, size_t columns, const float *bias) {
  for (size_t r = 0; r < rows; r++) {
    float *restrict row = x + r * columns;
    for (size_t c = 0; c < columns; c++) row[c] += bias[c];
  }
}

INITSCOPE_CLONES
void initscope_column_sums(const float *x, size_t rows, size_t columns, float *restrict sums) {
  for (size_t c = 0; c < columns; c++) sums[c] = 0;
  for (size_t r = 0; r < rows; r++) {
    const float *restrict row = x + r * columns;
    for (size_t c = 0; c < columns; c++) sums[c] += row[c];
  }
}

INITSCOPE_CLONES
void initscope_multiply_counting(float *restrict g, const float *restrict d, size_t rows, size_t columns,
                                 float threshold, uint32_t *restrict counts) {
  for (size_t r = 0; r < rows; r++) {
    float *restrict row = g + r * columns;
    const float *restrict slope = d + r * columns;
    for (size_t c = 0; c < columns; c++) {
      counts[c] += fabsf(slope[c]) < threshold;
      row[c] *= slope[c];
    }
  }
}

INITSCOPE_CLONES
void initscope_add(float *restrict y, const float *restrict x, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] += x[i];
}

INITSCOPE_CLONES
void initscope_scale(float *y, float factor, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] *= factor;
}

INITSCOPE_CLONES
size_t initscope_count_nonfinite(const float *x, size_t count) {
  size_t found = 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, x + i, sizeof bits);
    found += (bits & 0x7f800000u) == 0x7f800000u;
  }
  return found;
}

INITSCOPE_CLONES
float initscope_largest_magnitude(const float *x, size_t count) {
  // The bit patterns of non-negative floats are ordered as the floats are, which makes the maximum an integer one.
  uint32_t top = 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, x + i, sizeof bits);
    bits &= 0x7fffffffu;
    bits = bits < 0x7f800000u ? bits : 0;
    top = bits > top ? bits : top;
  }
  float result;
  memcpy(&result, &top, sizeof result);
  return result;
}

INITSCOPE_CLONES
float initscope_largest_difference(const float *x, const float *y, size_t count) {
  uint32_t top = 0;
  for (size_t i = 0; i < count; i++) {
    float difference = x[i] - y[i];
    uint32_t bits;
    memcpy(&bits, &difference, sizeof bits);
    bits &= 0x7fffffffu;
    bits = bits < 0x7f800000u ? bits : 0;
    top = bits > top ? bits : top;
  }
  float result;
  memcpy(&result, &top, sizeof result);
  return result;
}

void initscope_histogram(const float *x, size_t count, float low, float inverse_width, size_t bins, uint64_t *counts) {
  float last = (float)(bins - 1);
  for (size_t i = 0; i < count; i++) {
    float position = (x[i] - low) * inverse_width;
    // A NaN compares false with everything and is not counted.
    if (position >= 0 && position <= last) counts[(size_t)position]++;
    else if (position > last) counts[bins - 1]++;
    else if (position < 0) counts[0]++;
  }
}

uint32_t initscope_flush_denormals(void) {
#if defined(__x86_64__)
  uint32_t control = _mm_getcsr();
  _mm_setcsr(control | 0x8040u);  // FTZ is bit 15, DAZ bit 6
  return control;
#else
  return 0;
#endif
}

void initscope_restore_floating_point(uint32_t control) {
#if defined(__x86_64__)
  _mm_setcsr(control);
#else
  (void)control;
#endif
}

INITSCOPE_CLONES
void initscope_add_plane_moments(const float *x, size_t count, float pivot, float scale, double sums[4],
                                 float extremes[2]) {
  lanes low = SPLAT(INFINITY), high = SPLAT(-INFINITY);
  size_t i = 0;
  while (i + LANES <= count) {
    // Float sums of at most 64 values per lane.
    size_t end = count - i > 64 * LANES ? i + 64 * LANES : count;
    lanes first = SPLAT(0), second = SPLAT(0), third = SPLAT(0), fourth = SPLAT(0);
    for (; i + LANES <= end; i += LANES) {
      lanes v = LOAD(x + i), d = (v - pivot) * scale, square = d * d;
      first += d, second += square, third += square * d, fourth += square * square;
      low = LESSER(v, low);
      high = GREATER(v, high);
    }
    for (int k = 0; k < LANES; k++) {
      sums[0] += (double)first[k], sums[1] += (double)second[k];
      sums[2] += (double)third[k], sums[3] += (double)fourth[k];
    }
  }
  for (; i < count; i++) {
    double d = ((double)x[i] - pivot) * scale;
    sums[0] += d, sums[1] += d * d, sums[2] += d * d * d, sums[3] += d * d * d * d;
    if (x[i] < extremes[0]) extremes[0] = x[i];
    if (x[i] > extremes[1]) extremes[1] = x[i];
  }
  for (int k = 0; k < LANES; k++) {
    if (low[k] < extremes[0]) extremes[0] = low[k];
    if (high[k] > extremes[1]) extremes[1] = high[k];
  }
}

INITSCOPE_CLONES
void initscope_sample_geometry(const float *x, size_t rows, size_t stride, size_t columns, const float *inverse,
                               float unit_scale, float scale, double results[2]) {
  double directions = 0, within = 0;
  float count = (float)rows;
  size_t c = 0;
  for (; c + LANES <= columns; c += LANES) {
    lanes unit = SPLAT(0), first = SPLAT(0), second = SPLAT(0), pivot = LOAD(x + c);
    for (size_t r = 0; r < rows; r++) {
      lanes v = LOAD(x + r * stride + c), d = (v - pivot) * scale;
      unit += (v * unit_scale) * inverse[r];
      first += d, second += d * d;
    }
    lanes mean = first / count, variance = second / count - mean * mean;
    lanes square = unit * unit;
    directions += (double)sum_lanes(&square);
    within += (double)sum_lanes(&variance);
  }
  for (; c < columns; c++) {
    double unit = 0, first = 0, second = 0;
    for (size_t r = 0; r < rows; r++) {
      double v = x[r * stride + c], d = (v - x[c]) * scale;
      unit += v * unit_scale * inverse[r];
      first += d, second += d * d;
    }
    directions += unit * unit;
    within += second / count - first / count * (first / count);
  }
  results[0] += directions;
  results[1] += within;
}
