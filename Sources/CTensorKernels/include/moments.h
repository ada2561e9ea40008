// Sums of powers of each unit over a block of rows, while the block is in cache; and other elementwise passes.
#ifndef INITSCOPE_MOMENTS_H
#define INITSCOPE_MOMENTS_H

#include <stddef.h>
#include <stdint.h>

// For each of `rows` contiguous rows of `columns` floats, writes 1 / |scale * x|: 0 for a zero row, NaN for a norm that is
// not finite.
void initscope_inverse_norms(const float *x, size_t rows, size_t columns, float scale, float *inverse);

// Adds one block of `rows` contiguous rows to the sums of each column, with d = (x - pivot[column]) * scale:
//   sums[0 * columns + c] += sum d         sums[1 * columns + c] += sum d^2
//   sums[2 * columns + c] += sum d^3       sums[3 * columns + c] += sum d^4
//   sums[4 * columns + c] += sum x * unit_scale * inverse[row]   (only where `inverse` is not NULL)
// and lowers extremes[0] to the least x, raises extremes[1] to the greatest (NaNs are ignored here: the sums show them).
// Within a block the sums are Float (at most 64 rows), across blocks Double.
void initscope_add_moments(const float *x, size_t rows, size_t columns, const float *pivot, float scale, float unit_scale,
                           const float *inverse, double *sums, float extremes[2]);

// Adds the sums of d, d^2, d^3, d^4 over `count` contiguous values, d = (x - pivot) * scale, and widens the extremes.
void initscope_add_plane_moments(const float *x, size_t count, float pivot, float scale, double sums[4],
                                 float extremes[2]);

// Over `columns` columns of `rows` rows that lie `stride` floats apart, adds
//   results[0] += sum over c of (sum over r of x[r][c] * unit_scale * inverse[r])^2
//   results[1] += sum over c of the variance over r (divisor rows) of x[r][c] * scale
// Rows are samples; with inverse norms the first is the squared norm of the sum of unit vectors.
void initscope_sample_geometry(const float *x, size_t rows, size_t stride, size_t columns, const float *inverse,
                               float unit_scale, float scale, double results[2]);

// x[row][c] += bias[c].
void initscope_add_bias(float *x, size_t rows, size_t columns, const float *bias);

// sums[c] = the sum of column c of a row-major rows x columns matrix.
void initscope_column_sums(const float *x, size_t rows, size_t columns, float *sums);

// g[row][c] *= d[row][c], and counts[c] += number of rows with |d| < threshold.
void initscope_multiply_counting(float *g, const float *d, size_t rows, size_t columns, float threshold,
                                 uint32_t *counts);

// y += x and y *= factor over `count` elements.
void initscope_add(float *y, const float *x, size_t count);
void initscope_scale(float *y, float factor, size_t count);

// Number of elements that are NaN or infinite, the largest finite |x| and the largest finite |x - y|.
size_t initscope_count_nonfinite(const float *x, size_t count);
float initscope_largest_magnitude(const float *x, size_t count);
float initscope_largest_difference(const float *x, const float *y, size_t count);

// Counts x into `bins` equal bins over [low, low + bins / inverse_width); values outside go to the first or last bin.
void initscope_histogram(const float *x, size_t count, float low, float inverse_width, size_t bins, uint64_t *counts);

// Sets flush-to-zero and denormals-are-zero on the calling thread and returns the control word to restore.
uint32_t initscope_flush_denormals(void);
void initscope_restore_floating_point(uint32_t control);

#endif
