#include "training.h"

#include <math.h>

#include "clones.h"

// x * 2^exponent, 0 or infinite beyond double's range.
static double scaled(double x, double exponent) {
  if (exponent == 0) return x;
  return scalbn(x, exponent > 100000 ? 100000 : exponent < -100000 ? -100000 : (int)exponent);
}

double initscope_softmax_cross_entropy(const float *logits, double exponent, const int32_t *labels, size_t rows,
                                       size_t classes, float scale, float *gradient, size_t *correct) {
  double total = 0;
  size_t hits = 0;
  for (size_t r = 0; r < rows; r++) {
    const float *restrict x = logits + r * classes;
    float *restrict g = gradient + r * classes;
    const size_t label = (size_t)labels[r];
    size_t best = 0;
    for (size_t c = 1; c < classes; c++) best = x[c] > x[best] ? c : best;
    // Differences from the largest, taken before the scale: no exponential overflows, whatever the exponent.
    const float top = x[best];
    double sum = 0;
    if (exponent == 0) {
      for (size_t c = 0; c < classes; c++) {
        g[c] = expf(x[c] - top);
        sum += g[c];
      }
    } else {
      for (size_t c = 0; c < classes; c++) {
        g[c] = expf((float)scaled((double)x[c] - (double)top, exponent));
        sum += g[c];
      }
    }
    // What all other classes weigh: 1 - p would lose it where the label is nearly certain.
    const double own = g[label];
    double others = sum - own;
    if (label == best && others < 0.5) {
      others = 0;
      for (size_t c = 0; c < classes; c++) others += c == label ? 0 : g[c];
    }
    total += label == best ? log1p(others) : log(sum) - scaled((double)x[label] - (double)top, exponent);
    hits += best == label;
    const float factor = (float)(scale / sum);
    for (size_t c = 0; c < classes; c++) g[c] *= factor;
    g[label] = (float)(-scale * (others / sum));
  }
  *correct = hits;
  return total;
}

double initscope_binary_cross_entropy(const float *logits, double exponent, const float *targets, size_t count, float scale,
                                      float *gradient, size_t *correct) {
  double total = 0;
  size_t hits = 0;
  for (size_t i = 0; i < count; i++) {
    const double x = scaled(logits[i], exponent), t = targets[i];
    // log(1 + exp(x)) - t x, from exp(-|x|); an infinite logit with the right answer costs nothing.
    const double e = exp(-fabs(x)), wrong = x > 0 ? 1 - t : -t;
    total += (wrong == 0 ? 0 : x * wrong) + log1p(e);
    const double p = x >= 0 ? 1 / (1 + e) : e / (1 + e);
    // p - t, without the cancellation where the answer is nearly certain.
    gradient[i] = (float)(scale * (x >= 0 && t == 1 ? -e / (1 + e) : p - t));
    hits += (x > 0) == (t > 0.5);
  }
  *correct = hits;
  return total;
}

INITSCOPE_CLONES
double initscope_squared_error(const float *outputs, double output_unit, const float *targets, double target_unit,
                               size_t count, float scale, float *gradient) {
  double total = 0;
  for (size_t i = 0; i < count; i++) {
    const double d = (double)outputs[i] * output_unit - (double)targets[i] * target_unit;
    gradient[i] = (float)(2 * scale * d);
    total += d * d;
  }
  return total;
}

INITSCOPE_CLONES
void initscope_sgd(float *restrict w, const float *restrict g, size_t count, float rate) {
  for (size_t i = 0; i < count; i++) w[i] -= rate * g[i];
}

INITSCOPE_CLONES
void initscope_sgd_momentum(float *restrict w, const float *restrict g, float *restrict v, size_t count, float rate,
                            float momentum, int nesterov) {
  if (nesterov) {
    for (size_t i = 0; i < count; i++) {
      v[i] = momentum * v[i] + g[i];
      w[i] -= rate * (g[i] + momentum * v[i]);
    }
  } else {
    for (size_t i = 0; i < count; i++) {
      v[i] = momentum * v[i] + g[i];
      w[i] -= rate * v[i];
    }
  }
}

INITSCOPE_CLONES
void initscope_adam(float *restrict w, const float *restrict g, float *restrict m, float *restrict v, size_t count,
                    float step, float beta1, float beta2, float correction, float epsilon, float decay) {
  for (size_t i = 0; i < count; i++) {
    m[i] = beta1 * m[i] + (1 - beta1) * g[i];
    v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
    w[i] -= decay * w[i] + step * m[i] / (__builtin_sqrtf(v[i]) / correction + epsilon);
  }
}

INITSCOPE_CLONES
void initscope_rmsprop(float *restrict w, const float *restrict g, float *restrict s, size_t count, float rate, float rho,
                       float epsilon) {
  for (size_t i = 0; i < count; i++) {
    s[i] = rho * s[i] + (1 - rho) * g[i] * g[i];
    w[i] -= rate * g[i] / (__builtin_sqrtf(s[i]) + epsilon);
  }
}

// Eight running sums, so that additions overlap.
#define INITSCOPE_SUM(TERM)                                              \
  double sums[8] = {0};                                                  \
  size_t i = 0;                                                          \
  for (; i + 8 <= count; i += 8) {                                       \
    for (size_t k = 0; k < 8; k++) sums[k] += TERM(i + k);               \
  }                                                                      \
  double total = 0;                                                      \
  for (size_t k = 0; k < 8; k++) total += sums[k];                       \
  for (; i < count; i++) total += TERM(i);                               \
  return total;

INITSCOPE_CLONES
double initscope_sum_of_squares(const float *x, size_t count) {
#define TERM(j) ((double)x[j] * (double)x[j])
  INITSCOPE_SUM(TERM)
#undef TERM
}

INITSCOPE_CLONES
double initscope_sum_of_magnitudes(const float *x, size_t count) {
#define TERM(j) fabs((double)x[j])
  INITSCOPE_SUM(TERM)
#undef TERM
}

INITSCOPE_CLONES
double initscope_squared_distance(const float *x, const float *y, size_t count) {
#define TERM(j) (((double)x[j] - (double)y[j]) * ((double)x[j] - (double)y[j]))
  INITSCOPE_SUM(TERM)
#undef TERM
}

INITSCOPE_CLONES
void initscope_add_scaled(float *restrict y, const float *restrict x, float a, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] += a * x[i];
}

INITSCOPE_CLONES
void initscope_add_signs(float *restrict y, const float *restrict x, float a, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] += x[i] > 0 ? a : x[i] < 0 ? -a : 0;
}

INITSCOPE_CLONES
void initscope_clip(float *x, float limit, size_t count) {
  for (size_t i = 0; i < count; i++) x[i] = x[i] > limit ? limit : x[i] < -limit ? -limit : x[i];
}

INITSCOPE_CLONES
void initscope_multiply(float *restrict g, const float *restrict d, size_t count) {
  for (size_t i = 0; i < count; i++) g[i] *= d[i];
}

INITSCOPE_CLONES
void initscope_mask_negative(float *restrict g, const float *restrict z, size_t count) {
  for (size_t i = 0; i < count; i++) g[i] = z[i] > 0 ? g[i] : 0;
}
