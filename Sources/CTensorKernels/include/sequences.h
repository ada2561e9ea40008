// Inner loops of recurrent cells.
#ifndef INITSCOPE_SEQUENCES_H
#define INITSCOPE_SEQUENCES_H

#include <stddef.h>

// Rows.

// out[b][a][:] = x[a][b][:] for x of a_count x b_count rows of `columns` floats: from samples first to steps first, or back.
void initscope_swap_leading_axes(const float *x, size_t a_count, size_t b_count, size_t columns, float *out);

// The matrix product of one time step, C += A B, with weights B that are packed once for all steps.

// Floats that `packed` must have for a matrix B of depth x columns.
size_t initscope_packed_size(size_t depth, size_t columns);
// Packs B, given row-major as depth x columns, or as its transpose.
void initscope_pack(const float *b, size_t depth, size_t columns, int transposed, float *packed);
// C += A B for A of rows x depth and C of rows x columns, contiguous. Sums run over the depth in order, so that a result
// does not depend on the row's place or the number of threads.
void initscope_packed_product(const float *a, size_t rows, size_t depth, const float *packed, size_t columns, float *c);

// Recurrent cells: one time step of `batch` samples of `units` units. A sample's gates are side by side, `units` values
// each. Forward kernels take pre-activations without the bias and leave the gates' values in their place.

// h = f(gates + bias), f = tanh, or max(0, .) where `rectified`.
void initscope_rnn_step(const float *gates, const float *bias, int rectified, float *h, size_t batch, size_t units);
// d_gates = dh f', from the values of h.
void initscope_rnn_step_gradient(
    const float *h, const float *dh, int rectified, float *d_gates, size_t batch, size_t units);

// i, f, o = logistic(.), g = tanh(.), c = f c_before + i g, squashed = tanh c, h = o squashed.
void initscope_lstm_step(float *gates, const float *bias, const float *c_before, float *c, float *squashed, float *h,
                         size_t batch, size_t units);
// d_gates from dh and dc. dc is the gradient from the later step, and is replaced by the one for the step before.
void initscope_lstm_step_gradient(const float *gates, const float *c_before, const float *squashed, const float *dh,
                                  float *dc, float *d_gates, size_t batch, size_t units);

// r, z = logistic(gates + bias + recurrent), n = tanh(gates + bias + r recurrent_n), h = (1 - z) n + z h_before, where
// `recurrent` holds U h_before and its bias for the three gates; its last third goes to `candidate` for the way back.
void initscope_gru_step(float *gates, const float *bias, const float *recurrent, const float *h_before, float *candidate,
                        float *h, size_t batch, size_t units);
// d_gates is with respect to W x + b, d_recurrent to U h_before + its bias; dh_before += z dh.
void initscope_gru_step_gradient(const float *gates, const float *candidate, const float *h_before, const float *dh,
                                 float *d_gates, float *d_recurrent, float *dh_before, size_t batch, size_t units);

#endif
