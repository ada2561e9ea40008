#include "sequences.h"

#include "vector_math.h"

// No iteration reads what another writes.
#define FOR_EACH_UNIT                                                                                                    \
  _Pragma("clang loop vectorize(assume_safety) vectorize_width(16)") for (size_t u = 0; u < units; ++u)

// As the activations of these names: e^-|x| neither overflows nor cancels.
INITSCOPE_INLINE float logistic(float x) {
  float e = exponential(-fabsf(x)).exp;
  return (x < 0 ? e : 1) / (1 + e);
}

INITSCOPE_INLINE float hyperbolic_tangent(float x) {
  float e = exponential(-2 * fabsf(x)).exp;
  float far = copysignf((1 - e) / (1 + e), x);
  return fabsf(x) < 0.625f ? tanh_near_zero(x) : far;
}

INITSCOPE_CLONES void initscope_rnn_step(
    const float *gates, const float *bias, int rectified, float *h, size_t batch, size_t units) {
  for (size_t b = 0; b < batch; ++b, gates += units, h += units) {
    if (rectified) {
      FOR_EACH_UNIT {
        float x = gates[u] + bias[u];
        h[u] = x <= 0 ? 0 : x;
      }
    } else {
      FOR_EACH_UNIT { h[u] = hyperbolic_tangent(gates[u] + bias[u]); }
    }
  }
}

INITSCOPE_CLONES void initscope_rnn_step_gradient(
    const float *h, const float *dh, int rectified, float *d_gates, size_t batch, size_t units) {
  units *= batch;
  if (rectified) {
    FOR_EACH_UNIT { d_gates[u] = h[u] > 0 ? dh[u] : h[u] <= 0 ? 0 : h[u]; }
  } else {
    FOR_EACH_UNIT { d_gates[u] = dh[u] * (1 - h[u] * h[u]); }
  }
}

INITSCOPE_CLONES void initscope_lstm_step(
    float *gates, const float *bias, const float *c_before, float *c, float *squashed, float *h, size_t batch,
    size_t units) {
  for (size_t b = 0; b < batch; ++b) {
    float *gi = gates + 4 * b * units, *gf = gi + units, *gg = gf + units, *go = gg + units;
    const float *bi = bias, *bf = bi + units, *bg = bf + units, *bo = bg + units;
    const float *before = c_before + b * units;
    float *cell = c + b * units, *tanh_cell = squashed + b * units, *hidden = h + b * units;
    FOR_EACH_UNIT {
      float i = logistic(gi[u] + bi[u]), f = logistic(gf[u] + bf[u]);
      float g = hyperbolic_tangent(gg[u] + bg[u]), o = logistic(go[u] + bo[u]);
      float value = f * before[u] + i * g;
      float bounded = hyperbolic_tangent(value);
      gi[u] = i;
      gf[u] = f;
      gg[u] = g;
      go[u] = o;
      cell[u] = value;
      tanh_cell[u] = bounded;
      hidden[u] = o * bounded;
    }
  }
}

INITSCOPE_CLONES void initscope_lstm_step_gradient(
    const float *gates, const float *c_before, const float *squashed, const float *dh, float *dc, float *d_gates,
    size_t batch, size_t units) {
  for (size_t b = 0; b < batch; ++b) {
    const float *gi = gates + 4 * b * units, *gf = gi + units, *gg = gf + units, *go = gg + units;
    float *di = d_gates + 4 * b * units, *df = di + units, *dg = df + units, *d_o = dg + units;
    const float *before = c_before + b * units, *tanh_cell = squashed + b * units, *hidden = dh + b * units;
    float *cell = dc + b * units;
    FOR_EACH_UNIT {
      float i = gi[u], f = gf[u], g = gg[u], o = go[u], t = tanh_cell[u];
      float total = cell[u] + hidden[u] * o * (1 - t * t);
      di[u] = total * g * i * (1 - i);
      df[u] = total * before[u] * f * (1 - f);
      dg[u] = total * i * (1 - g * g);
      d_o[u] = hidden[u] * t * o * (1 - o);
      cell[u] = total * f;
    }
  }
}

INITSCOPE_CLONES void initscope_gru_step(
    float *gates, const float *bias, const float *recurrent, const float *h_before, float *candidate, float *h,
    size_t batch, size_t units) {
  for (size_t b = 0; b < batch; ++b) {
    float *gr = gates + 3 * b * units, *gz = gr + units, *gn = gz + units;
    const float *br = bias, *bz = br + units, *bn = bz + units;
    const float *ur = recurrent + 3 * b * units, *uz = ur + units, *un = uz + units;
    const float *before = h_before + b * units;
    float *kept = candidate + b * units, *hidden = h + b * units;
    FOR_EACH_UNIT {
      float r = logistic(gr[u] + br[u] + ur[u]), z = logistic(gz[u] + bz[u] + uz[u]);
      float n = hyperbolic_tangent(gn[u] + bn[u] + r * un[u]);
      gr[u] = r;
      gz[u] = z;
      gn[u] = n;
      kept[u] = un[u];
      hidden[u] = n + z * (before[u] - n);
    }
  }
}

INITSCOPE_CLONES void initscope_gru_step_gradient(
    const float *gates, const float *candidate, const float *h_before, const float *dh, float *d_gates,
    float *d_recurrent, float *dh_before, size_t batch, size_t units) {
  for (size_t b = 0; b < batch; ++b) {
    const float *gr = gates + 3 * b * units, *gz = gr + units, *gn = gz + units;
    float *dr = d_gates + 3 * b * units, *dz = dr + units, *dn = dz + units;
    float *ur = d_recurrent + 3 * b * units, *uz = ur + units, *un = uz + units;
    const float *kept = candidate + b * units, *before = h_before + b * units, *hidden = dh + b * units;
    float *earlier = dh_before + b * units;
    FOR_EACH_UNIT {
      float r = gr[u], z = gz[u], n = gn[u], d = hidden[u];
      float through = d * (1 - z) * (1 - n * n);
      float reset = through * kept[u] * r * (1 - r);
      float update = d * (before[u] - n) * z * (1 - z);
      dr[u] = reset;
      dz[u] = update;
      dn[u] = through;
      ur[u] = reset;
      uz[u] = update;
      un[u] = through * r;
      earlier[u] += d * z;
    }
  }
}
