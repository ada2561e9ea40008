#include "cells.h"

#include "vector_math.h"

// No iteration reads what another writes.
#define FOR_EACH_UNIT                                                                                                    \
  _Pragma("clang loop vectorize(assume_safety) vectorize_width(16)") for (size_t u = 0; u < units; ++u)

INITSCOPE_INLINE float logistic(float x) {
  float e = exponential(-fabsf(x)).exp;
  return (x < 0 ? e : 1) / (1 + e);
}

INITSCOPE_INLINE float hyperbolic_tangent(float x) {
  float e = exponential(-2 * fabsf(x)).exp;
  float far = copysignf((1 - e) / (1 + e), x);
  return fabsf(x) < 0.625f ? tanh_near_zero(x) : far;
}

INITSCOPE_CLONES
void initscope_cell_apply(const initscope_cell_function *f, const float *bias, float *x, size_t stride, size_t rows,
                          size_t units) {
  const float a = f->alpha, b = f->beta;
  for (size_t r = 0; r < rows; r++, x += stride) {
    switch (f->kind) {
      case INITSCOPE_CELL_SIGMOID: FOR_EACH_UNIT { x[u] = logistic(x[u] + bias[u]); } break;
      case INITSCOPE_CELL_TANH: FOR_EACH_UNIT { x[u] = hyperbolic_tangent(x[u] + bias[u]); } break;
      case INITSCOPE_CELL_RELU: FOR_EACH_UNIT { float v = x[u] + bias[u]; x[u] = v <= 0 ? 0 : v; } break;
      case INITSCOPE_CELL_AFFINE: FOR_EACH_UNIT { x[u] = a * (x[u] + bias[u]) + b; } break;
      case INITSCOPE_CELL_LEAKY_RELU: FOR_EACH_UNIT { float v = x[u] + bias[u]; x[u] = v < 0 ? a * v : v; } break;
      case INITSCOPE_CELL_THRESHOLDED_RELU:
        FOR_EACH_UNIT { float v = x[u] + bias[u]; x[u] = v <= a ? 0 : v; }
        break;
      case INITSCOPE_CELL_SCALED_TANH: FOR_EACH_UNIT { x[u] = a * hyperbolic_tangent(b * (x[u] + bias[u])); } break;
      case INITSCOPE_CELL_HARD_SIGMOID: FOR_EACH_UNIT { x[u] = clamp(a * (x[u] + bias[u]) + b, 0, 1); } break;
      case INITSCOPE_CELL_ELU:
        FOR_EACH_UNIT {
          float v = x[u] + bias[u], e = a * exponential(v < 0 ? v : 0).expm1;
          x[u] = v < 0 ? e : v;
        }
        break;
      case INITSCOPE_CELL_SOFTSIGN: FOR_EACH_UNIT { float v = x[u] + bias[u]; x[u] = v / (1 + fabsf(v)); } break;
      default:
        FOR_EACH_UNIT {
          float v = x[u] + bias[u];
          x[u] = (v > 0 ? v : 0) + log1p_of_fraction(exponential(-fabsf(v)).exp);
        }
    }
  }
}

INITSCOPE_CLONES
void initscope_cell_slope(const initscope_cell_function *f, const float *y, size_t y_stride, float *g, size_t g_stride,
                          size_t rows, size_t units) {
  const float a = f->alpha, b = f->beta;
  for (size_t r = 0; r < rows; r++, y += y_stride, g += g_stride) {
    switch (f->kind) {
      case INITSCOPE_CELL_SIGMOID: FOR_EACH_UNIT { g[u] *= y[u] * (1 - y[u]); } break;
      case INITSCOPE_CELL_TANH: FOR_EACH_UNIT { g[u] *= 1 - y[u] * y[u]; } break;
      case INITSCOPE_CELL_RELU:
      case INITSCOPE_CELL_THRESHOLDED_RELU: FOR_EACH_UNIT { g[u] = y[u] == 0 ? 0 : g[u]; } break;
      case INITSCOPE_CELL_AFFINE: FOR_EACH_UNIT { g[u] *= a; } break;
      case INITSCOPE_CELL_LEAKY_RELU: FOR_EACH_UNIT { g[u] *= y[u] * a < 0 || (a > 0 && y[u] < 0) ? a : 1; } break;
      case INITSCOPE_CELL_SCALED_TANH: FOR_EACH_UNIT { float t = y[u] / a; g[u] *= a * b * (1 - t * t); } break;
      case INITSCOPE_CELL_HARD_SIGMOID: FOR_EACH_UNIT { g[u] *= y[u] > 0 && y[u] < 1 ? a : 0; } break;
      case INITSCOPE_CELL_ELU: FOR_EACH_UNIT { g[u] *= y[u] < 0 ? y[u] + a : 1; } break;
      case INITSCOPE_CELL_SOFTSIGN: FOR_EACH_UNIT { float d = 1 - fabsf(y[u]); g[u] *= d * d; } break;
      default: FOR_EACH_UNIT { g[u] *= -exponential(-y[u]).expm1; }
    }
  }
}

INITSCOPE_CLONES
void initscope_cell_add_weighted(float *z, size_t z_stride, const float *weight, const float *x, size_t x_stride,
                                 size_t rows, size_t units) {
  for (size_t r = 0; r < rows; r++, z += z_stride, x += x_stride) FOR_EACH_UNIT { z[u] += weight[u] * x[u]; }
}

INITSCOPE_CLONES
void initscope_cell_add_products(float *sums, const float *x, size_t x_stride, const float *y, size_t y_stride, size_t rows,
                                 size_t units) {
  for (size_t r = 0; r < rows; r++, x += x_stride, y += y_stride) FOR_EACH_UNIT { sums[u] += x[u] * y[u]; }
}

INITSCOPE_CLONES
void initscope_cell_lstm_state(const float *gates, const float *c_before, float *c, size_t rows, size_t units) {
  for (size_t r = 0; r < rows; r++, gates += 4 * units, c_before += units, c += units) {
    const float *i = gates, *f = gates + 2 * units, *g = gates + 3 * units;
    FOR_EACH_UNIT { c[u] = f[u] * c_before[u] + i[u] * g[u]; }
  }
}

INITSCOPE_CLONES
void initscope_cell_lstm_output(const float *gates, const float *squashed, float *h, size_t rows, size_t units) {
  for (size_t r = 0; r < rows; r++, gates += 4 * units, squashed += units, h += units) {
    FOR_EACH_UNIT { h[u] = gates[units + u] * squashed[u]; }
  }
}

INITSCOPE_CLONES
void initscope_cell_lstm_gates(const float *gates, const float *c_before, const float *dc, float *d_gates, size_t rows,
                               size_t units) {
  for (size_t r = 0; r < rows; r++, gates += 4 * units, d_gates += 4 * units, c_before += units, dc += units) {
    FOR_EACH_UNIT {
      d_gates[u] = dc[u] * gates[3 * units + u];
      d_gates[2 * units + u] = dc[u] * c_before[u];
      d_gates[3 * units + u] = dc[u] * gates[u];
    }
  }
}

INITSCOPE_CLONES
void initscope_cell_lstm_before(const float *gates, float *dc, size_t rows, size_t units) {
  for (size_t r = 0; r < rows; r++, gates += 4 * units, dc += units) FOR_EACH_UNIT { dc[u] *= gates[2 * units + u]; }
}

INITSCOPE_CLONES
void initscope_cell_gru_output(const float *gates, const float *h_before, float *h, size_t rows, size_t units) {
  for (size_t r = 0; r < rows; r++, gates += 3 * units, h_before += units, h += units) {
    FOR_EACH_UNIT {
      const float n = gates[2 * units + u];
      h[u] = n + gates[u] * (h_before[u] - n);
    }
  }
}

INITSCOPE_CLONES
void initscope_cell_gru_gates(const float *gates, const float *h_before, const float *dh, float *d_gates, float *dh_before,
                              size_t rows, size_t units) {
  for (size_t r = 0; r < rows; r++, gates += 3 * units, d_gates += 3 * units) {
    FOR_EACH_UNIT {
      const float z = gates[u], n = gates[2 * units + u], d = dh[u];
      d_gates[u] = d * (h_before[u] - n);
      d_gates[2 * units + u] = d * (1 - z);
      dh_before[u] += d * z;
    }
    h_before += units, dh += units, dh_before += units;
  }
}

INITSCOPE_CLONES
void initscope_cell_multiply(float *z, size_t z_stride, const float *x, size_t x_stride, const float *y, size_t y_stride,
                             size_t rows, size_t units) {
  for (size_t r = 0; r < rows; r++, z += z_stride, x += x_stride, y += y_stride) FOR_EACH_UNIT { z[u] = x[u] * y[u]; }
}
