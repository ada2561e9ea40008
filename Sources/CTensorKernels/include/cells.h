// Pieces of recurrent cells with any of ONNX's activation functions. A sample's gates are side by side, `units` values each.
#ifndef INITSCOPE_CELLS_H
#define INITSCOPE_CELLS_H

#include <stddef.h>

enum {
  INITSCOPE_CELL_SIGMOID,
  INITSCOPE_CELL_TANH,
  INITSCOPE_CELL_RELU,
  INITSCOPE_CELL_AFFINE,
  INITSCOPE_CELL_LEAKY_RELU,
  INITSCOPE_CELL_THRESHOLDED_RELU,
  INITSCOPE_CELL_SCALED_TANH,
  INITSCOPE_CELL_HARD_SIGMOID,
  INITSCOPE_CELL_ELU,
  INITSCOPE_CELL_SOFTSIGN,
  INITSCOPE_CELL_SOFTPLUS
};

typedef struct {
  int kind;
  float alpha, beta;
} initscope_cell_function;

// x = f(x + bias) for rows that are `stride` apart.
void initscope_cell_apply(const initscope_cell_function *f, const float *bias, float *x, size_t stride, size_t rows,
                          size_t units);
// g *= f', from the values y of f.
void initscope_cell_slope(const initscope_cell_function *f, const float *y, size_t y_stride, float *g, size_t g_stride,
                          size_t rows, size_t units);
// z += weight x, one weight per unit.
void initscope_cell_add_weighted(float *z, size_t z_stride, const float *weight, const float *x, size_t x_stride,
                                 size_t rows, size_t units);
// sums += the sum over rows of x y.
void initscope_cell_add_products(float *sums, const float *x, size_t x_stride, const float *y, size_t y_stride, size_t rows,
                                 size_t units);

// LSTM, gates in ONNX's order i, o, f, g.

// c = f c_before + i g.
void initscope_cell_lstm_state(const float *gates, const float *c_before, float *c, size_t rows, size_t units);
// h = o squashed.
void initscope_cell_lstm_output(const float *gates, const float *squashed, float *h, size_t rows, size_t units);
// d_gates before slopes, from dc: i gets dc g, f dc c_before, g dc i.
void initscope_cell_lstm_gates(const float *gates, const float *c_before, const float *dc, float *d_gates, size_t rows,
                               size_t units);
// dc becomes that of the step before: dc f.
void initscope_cell_lstm_before(const float *gates, float *dc, size_t rows, size_t units);

// GRU, gates in ONNX's order z, r, n.

// h = n + z (h_before - n).
void initscope_cell_gru_output(const float *gates, const float *h_before, float *h, size_t rows, size_t units);
// dz = dh (h_before - n) and dn = dh (1 - z), before slopes; dh_before += dh z.
void initscope_cell_gru_gates(const float *gates, const float *h_before, const float *dh, float *d_gates, float *dh_before,
                              size_t rows, size_t units);
// z = x y, row by row, each with a stride of its own.
void initscope_cell_multiply(float *z, size_t z_stride, const float *x, size_t x_stride, const float *y, size_t y_stride,
                             size_t rows, size_t units);

#endif
