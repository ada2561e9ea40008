#include "rows.h"

#include <math.h>
#include <string.h>

#include "block_sums.h"
#include "clones.h"
#include "lanes.h"
#include "vector_math.h"

enum { TILE = 64 };

// Mean and 1 / deviation of a row; without a mean, 1 / root mean square.
INITSCOPE_INLINE void moments_of(const float *x, size_t count, double weight, double epsilon, int is_centered, float *mean,
                                 float *inverse) {
  double sum = 0, first = 0, second = 0;
  float m = 0;
  if (is_centered) {
    add_deviations(x, count, 0, &sum, &second);
    second = 0;
    m = (float)(sum / (double)count);
  }
  add_deviations(x, count, m, &first, &second);
  // The pivot is the mean but for its rounding.
  const double rest = is_centered ? first / (double)count : 0, var = second / (double)count - rest * rest;
  *mean = m;
  *inverse = (float)(1 / sqrt(weight * (var < 0 ? 0 : var) + epsilon));
}

INITSCOPE_CLONES
void initscope_rows_normalize(const float *x, size_t rows, size_t columns, double weight, double epsilon,
                              const float *gain, const float *shift, float *z, float *mean, float *inverse) {
  for (size_t r = 0; r < rows; r++, x += columns, z += columns) {
    float m, scale;
    moments_of(x, columns, weight, epsilon, mean != NULL, &m, &scale);
    if (mean) mean[r] = m;
    inverse[r] = scale;
    if (gain && shift) for (size_t c = 0; c < columns; c++) z[c] = (x[c] - m) * scale * gain[c] + shift[c];
    else if (gain) for (size_t c = 0; c < columns; c++) z[c] = (x[c] - m) * scale * gain[c];
    else for (size_t c = 0; c < columns; c++) z[c] = (x[c] - m) * scale + (shift ? shift[c] : 0);
  }
}

INITSCOPE_CLONES
void initscope_rows_gradient(const float *g, const float *x, size_t rows, size_t columns, double weight,
                             const float *mean, const float *inverse, const float *gain, const float *mean_gradient,
                             const float *inverse_gradient, float *dx) {
  const double count = (double)columns;
  for (size_t r = 0; r < rows; r++, x += columns, dx += columns) {
    const float m = mean ? mean[r] : 0;
    const double scale = (double)inverse[r];
    double sum = 0, product = 0;
    if (g) add_products(g, x, gain, columns, m, &sum, &product);
    double constant = mean ? sum / count * scale : 0, slope = weight * product / count * scale * scale * scale;
    if (mean_gradient) constant -= (double)mean_gradient[r] / count;
    if (inverse_gradient) slope += (double)inverse_gradient[r] * scale * scale * scale / count;
    const float f = inverse[r], k = (float)constant, s = (float)slope;
    if (!g) for (size_t c = 0; c < columns; c++) dx[c] = -k - s * (x[c] - m);
    else if (gain) for (size_t c = 0; c < columns; c++) dx[c] = f * gain[c] * g[c] - k - s * (x[c] - m);
    else for (size_t c = 0; c < columns; c++) dx[c] = f * g[c] - k - s * (x[c] - m);
    if (g) g += columns;
  }
}

INITSCOPE_CLONES
void initscope_rows_parameter_gradient(const float *g, const float *x, size_t rows, size_t columns, size_t width,
                                       const float *mean, const float *inverse, float *gain_sums, float *shift_sums) {
  for (size_t start = 0; start < width; start += TILE) {
    const size_t n = width - start < TILE ? width - start : TILE;
    double products[TILE] = {0}, sums[TILE] = {0};
    for (size_t row = 0; row < rows; row += 32) {
      // Within 32 rows sums are Float.
      const size_t end = rows - row < 32 ? rows : row + 32;
      float p[TILE] = {0}, s[TILE] = {0};
      for (size_t r = row; r < end; r++) {
        const float *gs = g + r * columns + start, *xs = x + r * columns + start;
        const float m = mean ? mean[r] : 0, f = inverse[r];
        if (n == TILE) for (size_t c = 0; c < TILE; c++) p[c] += gs[c] * ((xs[c] - m) * f), s[c] += gs[c];
        else for (size_t c = 0; c < n; c++) p[c] += gs[c] * ((xs[c] - m) * f), s[c] += gs[c];
      }
      for (size_t c = 0; c < TILE; c++) products[c] += (double)p[c], sums[c] += (double)s[c];
    }
    for (size_t c = 0; c < n; c++) {
      if (gain_sums) gain_sums[start + c] = (float)products[c];
      if (shift_sums) shift_sums[start + c] = (float)sums[c];
    }
  }
}

// MARK: Groups of channels

INITSCOPE_CLONES
void initscope_groups_normalize(const float *x, size_t first_row, size_t rows, size_t groups, size_t channels, size_t inner,
                                double weight, double epsilon, const float *gain, const float *shift, float *z,
                                float *mean, float *inverse) {
  for (size_t r = first_row; r < first_row + rows; r++) {
    const float *row = x + r * channels * inner;
    float *target = z + r * channels * inner;
    moments_of(row, channels * inner, weight, epsilon, 1, &mean[r], &inverse[r]);
    for (size_t c = 0; c < channels; c++, row += inner, target += inner) {
      const size_t channel = (r % groups) * channels + c;
      const float m = mean[r], f = inverse[r] * gain[channel], s = shift[channel];
      for (size_t i = 0; i < inner; i++) target[i] = (row[i] - m) * f + s;
    }
  }
}

INITSCOPE_CLONES
void initscope_groups_gradient(const float *g, const float *x, size_t first_row, size_t rows, size_t groups,
                               size_t channels, size_t inner, double weight, const float *mean, const float *inverse,
                               const float *gain, float *dx, float *sums, float *products) {
  const double count = (double)channels * (double)inner;
  for (size_t r = first_row; r < first_row + rows; r++) {
    const size_t start = r * channels * inner;
    const double scale = (double)inverse[r];
    double total = 0, total_product = 0;
    for (size_t c = 0; c < channels; c++) {
      double sum = 0, product = 0;
      add_products(g + start + c * inner, x + start + c * inner, NULL, inner, mean[r], &sum, &product);
      const double factor = (double)gain[(r % groups) * channels + c];
      total += factor * sum;
      total_product += factor * product;
      sums[r * channels + c] = (float)sum;
      products[r * channels + c] = (float)(product * scale);
    }
    if (!dx) continue;
    const float constant = (float)(total / count * scale), m = mean[r];
    const float slope = (float)(weight * total_product / count * scale * scale * scale);
    for (size_t c = 0; c < channels; c++) {
      const float f = inverse[r] * gain[(r % groups) * channels + c];
      const float *gs = g + start + c * inner, *xs = x + start + c * inner;
      float *target = dx + start + c * inner;
      for (size_t i = 0; i < inner; i++) target[i] = f * gs[i] - constant - slope * (xs[i] - m);
    }
  }
}

INITSCOPE_CLONES
void initscope_channel_sums(const float *x, size_t outer, size_t channels, size_t inner, float *sums) {
  for (size_t c = 0; c < channels; c++) {
    double sum = 0;
    for (size_t o = 0; o < outer; o++) {
      const float *values = x + (o * channels + c) * inner;
      for (size_t start = 0; start < inner; start += BLOCK) {
        const size_t n = inner - start < BLOCK ? inner - start : BLOCK;
        lanes s = SPLAT(0);
        size_t i = 0;
        for (; i + LANES <= n; i += LANES) s += LOAD(values + start + i);
        float part = sum_lanes(&s);
        for (; i < n; i++) part += values[start + i];
        sum += (double)part;
      }
    }
    sums[c] = (float)sum;
  }
}

INITSCOPE_CLONES
void initscope_add_to_channels(float *x, size_t outer, size_t channels, size_t inner, const float *values) {
  for (size_t o = 0; o < outer; o++) {
    for (size_t c = 0; c < channels; c++, x += inner) {
      const float value = values[c];
      for (size_t i = 0; i < inner; i++) x[i] += value;
    }
  }
}

// MARK: Softmax

INITSCOPE_INLINE float largest_of(const float *x, size_t count) {
  float part[LANES];
  for (size_t j = 0; j < LANES; j++) part[j] = -INFINITY;
  size_t c = 0;
  for (; c + LANES <= count; c += LANES) {
    for (size_t j = 0; j < LANES; j++) part[j] = x[c + j] > part[j] ? x[c + j] : part[j];
  }
  for (; c < count; c++) part[0] = x[c] > part[0] ? x[c] : part[0];
  float result = part[0];
  for (size_t j = 1; j < LANES; j++) result = part[j] > result ? part[j] : result;
  return result;
}

INITSCOPE_INLINE double sum_of(const float *x, size_t count) {
  double first = 0, second = 0;
  add_deviations(x, count, 0, &first, &second);
  return first;
}

INITSCOPE_INLINE double product_of(const float *x, const float *y, size_t count) {
  double total = 0;
  for (size_t start = 0; start < count; start += BLOCK) {
    const size_t n = count - start < BLOCK ? count - start : BLOCK;
    lanes s = SPLAT(0);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) s += LOAD(x + start + i) * LOAD(y + start + i);
    float part = sum_lanes(&s);
    for (; i < n; i++) part += x[start + i] * y[start + i];
    total += (double)part;
  }
  return total;
}

#define FOR_EACH(i, count) \
  _Pragma("clang loop vectorize(assume_safety) vectorize_width(16)") for (size_t i = 0; i < (count); i++)

// Runs `body` for tiles of the inner axis: `at` is a tile's first element and `n` its width.
#define FOR_EACH_TILE                                                              \
  for (size_t o = 0; o < outer; o++)                                               \
    for (size_t first = 0; first < inner; first += TILE)                           \
      for (size_t at = o * count * inner + first, n = inner - first < TILE ? inner - first : TILE, once = 1; once; once = 0)

INITSCOPE_CLONES
void initscope_softmax_axis(const float *x, size_t outer, size_t count, size_t inner, float *y) {
  if (inner == 1) {
    for (size_t r = 0; r < outer; r++, x += count, y += count) {
      const float top = largest_of(x, count);
      FOR_EACH(c, count) { y[c] = exponential(x[c] - top).exp; }
      const float factor = (float)(1 / sum_of(y, count));
      for (size_t c = 0; c < count; c++) y[c] *= factor;
    }
    return;
  }
  FOR_EACH_TILE {
    float top[TILE];
    double sum[TILE] = {0};
    for (size_t i = 0; i < TILE; i++) top[i] = -INFINITY;
    for (size_t c = 0; c < count; c++) {
      const float *row = x + at + c * inner;
      for (size_t i = 0; i < n; i++) top[i] = row[i] > top[i] ? row[i] : top[i];
    }
    for (size_t c = 0; c < count; c++) {
      const float *row = x + at + c * inner;
      float *target = y + at + c * inner;
      FOR_EACH(i, n) { target[i] = exponential(row[i] - top[i]).exp; }
      for (size_t i = 0; i < n; i++) sum[i] += (double)target[i];
    }
    for (size_t i = 0; i < n; i++) top[i] = (float)(1 / sum[i]);
    for (size_t c = 0; c < count; c++) {
      float *target = y + at + c * inner;
      for (size_t i = 0; i < n; i++) target[i] *= top[i];
    }
  }
}

INITSCOPE_CLONES
void initscope_softmax_axis_gradient(const float *y, const float *g, size_t outer, size_t count, size_t inner, float *dx) {
  if (inner == 1) {
    for (size_t r = 0; r < outer; r++, y += count, g += count, dx += count) {
      const float mean = (float)product_of(y, g, count);
      for (size_t c = 0; c < count; c++) dx[c] = y[c] * (g[c] - mean);
    }
    return;
  }
  FOR_EACH_TILE {
    double sum[TILE] = {0};
    float mean[TILE];
    for (size_t c = 0; c < count; c++) {
      const size_t row = at + c * inner;
      for (size_t i = 0; i < n; i++) sum[i] += (double)y[row + i] * (double)g[row + i];
    }
    for (size_t i = 0; i < n; i++) mean[i] = (float)sum[i];
    for (size_t c = 0; c < count; c++) {
      const size_t row = at + c * inner;
      for (size_t i = 0; i < n; i++) dx[row + i] = y[row + i] * (g[row + i] - mean[i]);
    }
  }
}

INITSCOPE_CLONES
void initscope_log_softmax_axis(const float *x, size_t outer, size_t count, size_t inner, float *y) {
  if (inner == 1) {
    for (size_t r = 0; r < outer; r++, x += count, y += count) {
      const float top = largest_of(x, count);
      FOR_EACH(c, count) { y[c] = exponential(x[c] - top).exp; }
      const float rest = (float)log(sum_of(y, count));
      for (size_t c = 0; c < count; c++) y[c] = (x[c] - top) - rest;
    }
    return;
  }
  FOR_EACH_TILE {
    float top[TILE], rest[TILE];
    double sum[TILE] = {0};
    for (size_t i = 0; i < TILE; i++) top[i] = -INFINITY;
    for (size_t c = 0; c < count; c++) {
      const float *row = x + at + c * inner;
      for (size_t i = 0; i < n; i++) top[i] = row[i] > top[i] ? row[i] : top[i];
    }
    for (size_t c = 0; c < count; c++) {
      const float *row = x + at + c * inner;
      float *target = y + at + c * inner;
      FOR_EACH(i, n) { target[i] = exponential(row[i] - top[i]).exp; }
      for (size_t i = 0; i < n; i++) sum[i] += (double)target[i];
    }
    for (size_t i = 0; i < n; i++) rest[i] = (float)log(sum[i]);
    for (size_t c = 0; c < count; c++) {
      const float *row = x + at + c * inner;
      float *target = y + at + c * inner;
      for (size_t i = 0; i < n; i++) target[i] = (row[i] - top[i]) - rest[i];
    }
  }
}

INITSCOPE_CLONES
void initscope_log_softmax_axis_gradient(const float *y, const float *g, size_t outer, size_t count, size_t inner,
                                         float *dx) {
  if (inner == 1) {
    for (size_t r = 0; r < outer; r++, y += count, g += count, dx += count) {
      const float sum = (float)sum_of(g, count);
      FOR_EACH(c, count) { dx[c] = g[c] - exponential(y[c]).exp * sum; }
    }
    return;
  }
  FOR_EACH_TILE {
    double sum[TILE] = {0};
    float total[TILE];
    for (size_t c = 0; c < count; c++) {
      for (size_t i = 0; i < n; i++) sum[i] += (double)g[at + c * inner + i];
    }
    for (size_t i = 0; i < n; i++) total[i] = (float)sum[i];
    for (size_t c = 0; c < count; c++) {
      const float *ys = y + at + c * inner, *gs = g + at + c * inner;
      float *target = dx + at + c * inner;
      FOR_EACH(i, n) { target[i] = gs[i] - exponential(ys[i]).exp * total[i]; }
    }
  }
}

// MARK: Attention

INITSCOPE_CLONES
void initscope_attention_softmax(float *x, size_t rows, size_t columns, float *tops, float *factors) {
  for (size_t r = 0; r < rows; r++, x += columns) {
    const float top = largest_of(x, columns);
    if (top == -INFINITY) {
      // Nothing but masked places; a NaN among them shows itself.
      float sum = 0;
      for (size_t c = 0; c < columns; c++) {
        x[c] = x[c] != x[c] ? x[c] : 0;
        sum += x[c];
      }
      if (tops) tops[r] = sum == 0 ? -INFINITY : sum, factors[r] = 1;
      continue;
    }
    FOR_EACH(c, columns) { x[c] = exponential(x[c] - top).exp; }
    const double sum = sum_of(x, columns);
    const float factor = (float)(1 / sum);
    for (size_t c = 0; c < columns; c++) x[c] *= factor;
    if (tops) tops[r] = top, factors[r] = factor;
  }
}

INITSCOPE_CLONES
void initscope_attention_weights(float *x, size_t rows, size_t columns, const float *tops, const float *factors) {
  for (size_t r = 0; r < rows; r++, x += columns) {
    const float top = tops[r], factor = factors[r];
    if (top == -INFINITY) {
      memset(x, 0, columns * sizeof *x);
      continue;
    }
    FOR_EACH(c, columns) { x[c] = exponential(x[c] - top).exp; }
    for (size_t c = 0; c < columns; c++) x[c] *= factor;
  }
}

INITSCOPE_CLONES
void initscope_attention_gradient(const float *weights, float *dx, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++, dx += columns, weights += columns) {
    const float product = (float)product_of(weights, dx, columns);
    for (size_t c = 0; c < columns; c++) dx[c] = weights[c] * (dx[c] - product);
  }
}

INITSCOPE_CLONES
void initscope_softcap(float *x, size_t count, float cap, float *slope) {
  const float unit = 1 / cap;
  FOR_EACH(i, count) {
    const float v = x[i] * unit, e = exponential(-2 * fabsf(v)).exp;
    const float far = copysignf((1 - e) / (1 + e), v), t = fabsf(v) < 0.625f ? tanh_near_zero(v) : far;
    x[i] = cap * t;
    if (slope) slope[i] = 1 - t * t;
  }
}
