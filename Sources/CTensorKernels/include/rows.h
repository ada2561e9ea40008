// Passes over rows, or over an axis in the middle of a tensor: normalization by a row's own moments, softmax.
#ifndef INITSCOPE_ROWS_H
#define INITSCOPE_ROWS_H

#include <stddef.h>

// Normalization of rows by their mean and deviation, or by their root mean square where `mean` is NULL.

// z = gain (x - mean) inverse + shift with inverse = 1 / sqrt(weight mean square + epsilon). A NULL gain is one, a NULL shift
// zero.
void initscope_rows_normalize(const float *x, size_t rows, size_t columns, double weight, double epsilon,
                              const float *gain, const float *shift, float *z, float *mean, float *inverse);
// dx from the gradient of z, and from those of `mean` and `inverse` where they are not NULL.
void initscope_rows_gradient(const float *g, const float *x, size_t rows, size_t columns, double weight,
                             const float *mean, const float *inverse, const float *gain, const float *mean_gradient,
                             const float *inverse_gradient, float *dx);
// For `width` columns from the pointers on, of rows that are `columns` apart: the sums over rows of g (x - mean) inverse and
// of g. Either target may be NULL.
void initscope_rows_parameter_gradient(const float *g, const float *x, size_t rows, size_t columns, size_t width,
                                       const float *mean, const float *inverse, float *gain_sums, float *shift_sums);

// Normalization of groups of channels: row r is group r modulo `groups`, with `channels` channels of `inner` values each.
// Gain and shift have one value per channel of all groups.
void initscope_groups_normalize(const float *x, size_t first_row, size_t rows, size_t groups, size_t channels, size_t inner,
                                double weight, double epsilon, const float *gain, const float *shift, float *z,
                                float *mean, float *inverse);
// dx, where it is not NULL, and for each channel of each row the sums of g and of g (x - mean) inverse. A NULL g is zero.
void initscope_groups_gradient(const float *g, const float *x, size_t first_row, size_t rows, size_t groups,
                               size_t channels, size_t inner, double weight, const float *mean, const float *inverse,
                               const float *gain, float *dx, float *sums, float *products);

// The sum of each of `channels` channels over outer x channels x inner.
void initscope_channel_sums(const float *x, size_t outer, size_t channels, size_t inner, float *sums);
// x[o][c][i] += values[c].
void initscope_add_to_channels(float *x, size_t outer, size_t channels, size_t inner, const float *values);

// Softmax along the middle axis of outer x count x inner. `y` may be `x`. Rows whose largest value is not finite give NaN,
// as PyTorch has it.
void initscope_softmax_axis(const float *x, size_t outer, size_t count, size_t inner, float *y);
// dx = y (g - sum g y).
void initscope_softmax_axis_gradient(const float *y, const float *g, size_t outer, size_t count, size_t inner, float *dx);
// y = x - log sum exp x.
void initscope_log_softmax_axis(const float *x, size_t outer, size_t count, size_t inner, float *y);
// dx = g - exp(y) sum g.
void initscope_log_softmax_axis_gradient(const float *y, const float *g, size_t outer, size_t count, size_t inner,
                                         float *dx);

// Attention weights of rows, and where `tops` is not NULL the largest score of each and 1 / sum exp(score - it). A row that
// is -infinity everywhere has weights of 0 and -infinity as its largest.
void initscope_attention_softmax(float *x, size_t rows, size_t columns, float *tops, float *factors);
// The same weights again: x = exp(x - tops[r]) factors[r], 0 for a row whose largest score is -infinity.
void initscope_attention_weights(float *x, size_t rows, size_t columns, const float *tops, const float *factors);
// dx = weights (dx - sum weights dx), row by row.
void initscope_attention_gradient(const float *weights, float *dx, size_t rows, size_t columns);
// x = cap tanh(x / cap), and its slope where not NULL.
void initscope_softcap(float *x, size_t count, float cap, float *slope);

#endif
