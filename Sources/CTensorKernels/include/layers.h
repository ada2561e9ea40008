// Forward and backward passes of layers that oneDNN does not compute for us: pooling, normalization, dropout.
#ifndef INITSCOPE_LAYERS_H
#define INITSCOPE_LAYERS_H

#include <stddef.h>
#include <stdint.h>

// A pooling over (planes, height, width, lanes). An image has one plane per channel and a single lane. A sequence has one
// plane per sample, its steps as height, width 1, and one lane per feature. Every window must hold at least one value.
typedef struct {
  size_t planes, lanes;
  size_t input[2], output[2], size[2], stride[2], before[2];
} initscope_pool;

// The largest value of each window and its place: row times width plus column. Of equal values the first counts; NaN
// counts as the largest, and of several the last, as PyTorch has it.
void initscope_max_pool(const initscope_pool *pool, const float *x, float *y, int32_t *places);
// dx = for each place, the sum of the gradients of the windows whose largest value is there.
void initscope_max_pool_gradient(const initscope_pool *pool, const float *g, const int32_t *places, float *dx);
// The mean of the values that each window holds, and its gradient.
void initscope_average_pool(const initscope_pool *pool, const float *x, float *y);
void initscope_average_pool_gradient(const initscope_pool *pool, const float *g, float *dx);

// The mean of each row, and its gradient: dx[r][c] = g[r] / columns.
void initscope_row_means(const float *x, size_t rows, size_t columns, float *means);
void initscope_row_means_gradient(const float *g, size_t rows, size_t columns, float *dx);

// Batch normalization's passes over outer x units x inner. Sums are Float within 1,024 values, Double across.

// The mean of each unit, and the mean of (x - mean)^2.
void initscope_unit_moments(const float *x, size_t outer, size_t units, size_t inner, double *mean, double *variance);
// z = (x - mean) factor + shift, with one value of each per unit; a NULL shift is zero.
void initscope_unit_normalize(const float *x, size_t outer, size_t units, size_t inner, const float *mean,
                              const float *factor, const float *shift, float *z);
// Per unit: the sum of g, and the sum of g (x - mean).
void initscope_unit_products(const float *g, const float *x, size_t outer, size_t units, size_t inner, const float *mean,
                             double *sums, double *products);
// dx = factor g - constant - slope (x - mean), with one value of each per unit.
void initscope_unit_gradient(const float *g, const float *x, size_t outer, size_t units, size_t inner, const float *mean,
                             const float *factor, const float *constant, const float *slope, float *dx);

// y = factor x where words >= threshold, else 0.
void initscope_dropout(const float *x, const uint32_t *words, size_t count, uint32_t threshold, float factor, float *y);

// y = (float)x.
void initscope_narrow(const double *x, size_t count, float *y);

#endif
