#include <math.h>
#include <string.h>

#include "block_sums.h"
#include "clones.h"
#include "lanes.h"
#include "layers.h"

// MARK: Means of rows

INITSCOPE_CLONES
void initscope_row_means(const float *x, size_t rows, size_t columns, float *means) {
  for (size_t r = 0; r < rows; r++) {
    double sum = 0, unused = 0;
    add_deviations(x + r * columns, columns, 0, &sum, &unused);
    means[r] = (float)(sum / (double)columns);
  }
}

INITSCOPE_CLONES
void initscope_row_means_gradient(const float *g, size_t rows, size_t columns, float *dx) {
  for (size_t r = 0; r < rows; r++, dx += columns) {
    const float share = g[r] / (float)columns;
    for (size_t c = 0; c < columns; c++) dx[c] = share;
  }
}

// MARK: Batch normalization

// With one value a position (inner = 1) units are columns: their sums advance together, in Double.

INITSCOPE_CLONES
void initscope_unit_moments(const float *x, size_t outer, size_t units, size_t inner, double *restrict mean,
                            double *restrict variance) {
  const double count = (double)outer * (double)inner;
  memset(mean, 0, units * sizeof *mean);
  memset(variance, 0, units * sizeof *variance);
  if (inner == 1) {
    for (size_t r = 0; r < outer; r++) {
      for (size_t u = 0; u < units; u++) mean[u] += (double)x[r * units + u];
    }
    for (size_t u = 0; u < units; u++) mean[u] /= count;
    for (size_t r = 0; r < outer; r++) {
      for (size_t u = 0; u < units; u++) {
        const double d = (double)x[r * units + u] - mean[u];
        variance[u] += d * d;
      }
    }
    for (size_t u = 0; u < units; u++) variance[u] /= count;
    return;
  }
  for (size_t u = 0; u < units; u++) {
    double sum = 0, unused = 0;
    for (size_t r = 0; r < outer; r++) add_deviations(x + (r * units + u) * inner, inner, 0, &sum, &unused);
    const float pivot = (float)(sum / count);
    double first = 0, second = 0;
    for (size_t r = 0; r < outer; r++) add_deviations(x + (r * units + u) * inner, inner, pivot, &first, &second);
    // The pivot is the mean but for its rounding.
    const double rest = first / count, var = second / count - rest * rest;
    mean[u] = (double)pivot + rest;
    variance[u] = var < 0 ? 0 : var;
  }
}

INITSCOPE_CLONES
void initscope_unit_normalize(const float *x, size_t outer, size_t units, size_t inner, const float *mean,
                              const float *factor, const float *shift, float *z) {
  for (size_t r = 0; r < outer; r++) {
    if (inner == 1) {
      for (size_t u = 0; u < units; u++) z[u] = (x[u] - mean[u]) * factor[u] + (shift ? shift[u] : 0);
      x += units, z += units;
      continue;
    }
    for (size_t u = 0; u < units; u++, x += inner, z += inner) {
      const float m = mean[u], f = factor[u], s = shift ? shift[u] : 0;
      for (size_t i = 0; i < inner; i++) z[i] = (x[i] - m) * f + s;
    }
  }
}

INITSCOPE_CLONES
void initscope_unit_products(const float *g, const float *x, size_t outer, size_t units, size_t inner, const float *mean,
                             double *restrict sums, double *restrict products) {
  memset(sums, 0, units * sizeof *sums);
  memset(products, 0, units * sizeof *products);
  for (size_t r = 0; r < outer; r++) {
    const float *gs = g + r * units * inner, *xs = x + r * units * inner;
    if (inner == 1) {
      for (size_t u = 0; u < units; u++) {
        sums[u] += (double)gs[u];
        products[u] += (double)gs[u] * (double)(xs[u] - mean[u]);
      }
      continue;
    }
    for (size_t u = 0; u < units; u++) {
      add_products(gs + u * inner, xs + u * inner, NULL, inner, mean[u], &sums[u], &products[u]);
    }
  }
}

INITSCOPE_CLONES
void initscope_unit_gradient(const float *g, const float *x, size_t outer, size_t units, size_t inner, const float *mean,
                             const float *factor, const float *constant, const float *slope, float *dx) {
  for (size_t r = 0; r < outer; r++) {
    if (inner == 1) {
      for (size_t u = 0; u < units; u++) dx[u] = factor[u] * g[u] - constant[u] - slope[u] * (x[u] - mean[u]);
      g += units, x += units, dx += units;
      continue;
    }
    for (size_t u = 0; u < units; u++, g += inner, x += inner, dx += inner) {
      const float m = mean[u], f = factor[u], c = constant[u], s = slope[u];
      for (size_t i = 0; i < inner; i++) dx[i] = f * g[i] - c - s * (x[i] - m);
    }
  }
}

// MARK: Elementwise

INITSCOPE_CLONES
void initscope_dropout(const float *x, const uint32_t *words, size_t count, uint32_t threshold, float factor, float *y) {
  for (size_t i = 0; i < count; i++) y[i] = words[i] >= threshold ? x[i] * factor : 0;
}

INITSCOPE_CLONES
void initscope_narrow(const double *x, size_t count, float *y) {
  for (size_t i = 0; i < count; i++) y[i] = (float)x[i];
}
