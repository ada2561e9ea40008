#include "activations.h"

#include "vector_math.h"

// f(x) and f'(x). The value kernel discards the derivative, and the compiler with it what only the derivative needs.
struct activated {
  float value;
  float derivative;
};

// `assume_safety`: no iteration reads what another writes, for equal arrays too; without it the loop would test for overlap
// and take a scalar path for `a == z`.
#define FOR_EACH_ELEMENT                                                                                                 \
  _Pragma("clang loop vectorize(assume_safety) vectorize_width(16)") for (size_t i = 0; i < n; ++i)

#define DEFINE_KERNELS(name)                                                                                             \
  INITSCOPE_CLONES void initscope_##name##_value(const float *z, float *a, size_t n) {                                   \
    FOR_EACH_ELEMENT { a[i] = activate_##name(z[i]).value; }                                                             \
  }                                                                                                                      \
  INITSCOPE_CLONES void initscope_##name##_value_and_derivative(const float *z, float *a, float *d, size_t n) {          \
    FOR_EACH_ELEMENT {                                                                                                   \
      struct activated f = activate_##name(z[i]);                                                                        \
      a[i] = f.value;                                                                                                    \
      d[i] = f.derivative;                                                                                               \
    }                                                                                                                    \
  }

#define DEFINE_PARAMETRIC_KERNELS(name)                                                                                  \
  INITSCOPE_CLONES void initscope_##name##_value(const float *z, float *a, size_t n, double parameter) {                 \
    FOR_EACH_ELEMENT { a[i] = activate_##name(z[i], parameter).value; }                                                  \
  }                                                                                                                      \
  INITSCOPE_CLONES void initscope_##name##_value_and_derivative(                                                         \
      const float *z, float *a, float *d, size_t n, double parameter) {                                                  \
    FOR_EACH_ELEMENT {                                                                                                   \
      struct activated f = activate_##name(z[i], parameter);                                                             \
      a[i] = f.value;                                                                                                    \
      d[i] = f.derivative;                                                                                               \
    }                                                                                                                    \
  }

// Piecewise polynomials. The last arm of each choice is the one that NaN takes.

INITSCOPE_INLINE struct activated activate_identity(float x) { return (struct activated){x, x == x ? 1 : x}; }
DEFINE_KERNELS(identity)

INITSCOPE_INLINE struct activated activate_relu(float x) {
  return (struct activated){x <= 0 ? 0 : x, x > 0 ? 1 : x <= 0 ? 0 : x};
}
DEFINE_KERNELS(relu)

INITSCOPE_INLINE struct activated activate_leaky_relu(float x, double slope) {
  float s = (float)slope;
  // A slope of zero times -inf is NaN, so that the product is taken of a finite argument.
  float left = s == 0 && x < 0 ? 0 : s * x;
  return (struct activated){x > 0 ? x : left, x > 0 ? 1 : x <= 0 ? s : x};
}
DEFINE_PARAMETRIC_KERNELS(leaky_relu)

INITSCOPE_INLINE struct activated activate_relu6(float x) {
  return (struct activated){x <= 0 ? 0 : x >= 6 ? 6 : x, x > 0 && x < 6 ? 1 : x == x ? 0 : x};
}
DEFINE_KERNELS(relu6)

INITSCOPE_INLINE struct activated activate_hardtanh(float x) {
  return (struct activated){clamp(x, -1, 1), x > -1 && x < 1 ? 1 : x == x ? 0 : x};
}
DEFINE_KERNELS(hardtanh)

INITSCOPE_INLINE struct activated activate_hard_sigmoid(float x) {
  const float sixth = 1.0f / 6;
  return (struct activated){(clamp(x, -3, 3) + 3) * sixth, x > -3 && x < 3 ? sixth : x == x ? 0 : x};
}
DEFINE_KERNELS(hard_sigmoid)

INITSCOPE_INLINE struct activated activate_hard_swish(float x) {
  const float sixth = 1.0f / 6;
  float inner = x * ((x + 3) * sixth);
  float slope = (2 * x + 3) * sixth;
  return (struct activated){x <= -3 ? 0 : x >= 3 ? x : inner, x <= -3 ? 0 : x >= 3 ? 1 : slope};
}
DEFINE_KERNELS(hard_swish)

INITSCOPE_INLINE struct activated activate_relu_squared(float x) {
  float positive = x <= 0 ? 0 : x;
  return (struct activated){positive * positive, 2 * positive};
}
DEFINE_KERNELS(relu_squared)

INITSCOPE_INLINE struct activated activate_softsign(float x) {
  // Beyond 1e30 nothing changes but that an infinite x would divide infinities. The square of 1 + |x| is formed with one
  // rounding of its own.
  float c = clamp(x, -1e30f, 1e30f);
  float m = fabsf(c);
  return (struct activated){c / (1 + m), 1 / (m * (2 + m) + 1)};
}
DEFINE_KERNELS(softsign)

// Exponential linear units.

// x for positive x, left (e^x - 1) elsewhere.
INITSCOPE_INLINE struct activated exponential_linear(float x, float right, float left) {
  struct exponential e = exponential(x > 0 ? 0 : x);
  return (struct activated){x > 0 ? right * x : left * e.expm1, x > 0 ? right : left * e.exp};
}

INITSCOPE_INLINE struct activated activate_elu(float x, double alpha) { return exponential_linear(x, 1, (float)alpha); }
DEFINE_PARAMETRIC_KERNELS(elu)

INITSCOPE_INLINE struct activated activate_selu(float x) { return exponential_linear(x, 1.05070099f, 1.75809934f); }
DEFINE_KERNELS(selu)

INITSCOPE_INLINE struct activated activate_celu(float x, double alpha) {
  struct exponential e = exponential_wide((x > 0 ? 0 : x) * (1 / alpha));
  return (struct activated){x > 0 ? x : (float)alpha * e.expm1, x > 0 ? 1 : e.exp};
}
DEFINE_PARAMETRIC_KERNELS(celu)

// Sigmoids and their relatives: all made of e = e^-|x|, which neither overflows nor cancels.

INITSCOPE_INLINE struct activated activate_sigmoid(float x) {
  float e = exponential(-fabsf(x)).exp;
  // The square of 1 + e is formed with one rounding of its own.
  return (struct activated){(x < 0 ? e : 1) / (1 + e), e / (e * (2 + e) + 1)};
}
DEFINE_KERNELS(sigmoid)

INITSCOPE_INLINE struct activated activate_tanh(float x) {
  float e = exponential(-2 * fabsf(x)).exp;
  float far = copysignf(1 - 2 * e / (1 + e), x);
  // sech^2 x = 4 e / (1 + e)^2.
  return (struct activated){fabsf(x) < 0.625f ? tanh_near_zero(x) : far, 4 * e / (e * (2 + e) + 1)};
}
DEFINE_KERNELS(tanh)

INITSCOPE_INLINE struct activated activate_softplus(float x) {
  float e = exponential(-fabsf(x)).exp;
  return (struct activated){(x > 0 ? x : 0) + log1p_of_fraction(e), (x < 0 ? e : 1) / (1 + e)};
}
DEFINE_KERNELS(softplus)

INITSCOPE_INLINE struct activated activate_silu(float x) {
  float e = exponential(-fabsf(x)).exp;
  float s = (x < 0 ? e : 1) / (1 + e);
  float complement = (x < 0 ? 1 : e) / (1 + e);
  // The exponential is zero beyond 88, so that a finite argument there takes the product to its limit.
  float c = clamp(x, -88, 88);
  return (struct activated){(x > 88 ? x : c) * s, s * (1 + c * complement)};
}
DEFINE_KERNELS(silu)

INITSCOPE_INLINE struct activated activate_quick_gelu(float x) {
  // The logistic function of 1.702 x, formed in Double. Its exponential is zero beyond 52, as in silu beyond 88.
  float c = clamp(x, -52, 52);
  double wide = 1.702 * (double)c;
  float e = exponential_wide(-fabs(wide)).exp;
  float s = (c < 0 ? e : 1) / (1 + e);
  float complement = (c < 0 ? 1 : e) / (1 + e);
  return (struct activated){(x > 52 ? x : c) * s, s * (1 + (float)wide * complement)};
}
DEFINE_KERNELS(quick_gelu)

INITSCOPE_INLINE struct activated activate_mish(float x) {
  // tanh(softplus x) = n / (n + 2) with n = e^2x + 2 e^x; for positive x divided through by e^2x.
  float e = exponential(-fabsf(x)).exp;
  float numerator = x < 0 ? e * e + 2 * e : 1 + 2 * e;
  float denominator = numerator + (x < 0 ? 2 : 2 * e * e);
  float weight = numerator / denominator;
  float slope = 4 * (1 + e) * (x < 0 ? e : e * e) / (denominator * denominator);
  float c = clamp(x, -88, 88);
  return (struct activated){(x > 88 ? x : c) * weight, weight + c * slope};
}
DEFINE_KERNELS(mish)

INITSCOPE_INLINE struct activated activate_gelu_tanh(float x) {
  // (1 + tanh u) / 2 is the logistic function of 2u = linear x + cubic x^3, here in Double.
  const double linear = 1.5957691216057308, cubic = 0.07135481627260025;
  // e^-|2u| is zero beyond 10.5; the clamp keeps the products finite.
  float c = clamp(x, -14, 14);
  double wide = c;
  double square = wide * wide;
  float e = exponential_wide(-fabs(wide * (linear + cubic * square))).exp;
  float s = (c < 0 ? e : 1) / (1 + e);
  float complement = (c < 0 ? 1 : e) / (1 + e);
  float slope = (float)(wide * (linear + 3 * cubic * square));
  return (struct activated){(x > 14 ? x : c) * s, s * (1 + slope * complement)};
}
DEFINE_KERNELS(gelu_tanh)

// The Gaussian family.

INITSCOPE_INLINE struct activated activate_gelu(float x) {
  // e^(-x^2 / 2) is zero beyond 13.22; the clamp keeps the products finite.
  float c = clamp(x, -13.3f, 13.3f);
  double wide = c;
  float e = exponential_wide(-0.5 * (wide * wide)).exp;
  float tail = e * scaled_normal_tail(fabsf(c));
  // Near zero 1/2 + erf(x / sqrt 2) / 2 has less rounding, and lets the tail's polynomial start at 0.66.
  float middle = 0.5f + 0.5f * erf_near_zero(c * 0.70710678f);
  float distribution = fabsf(c) < 0.67f ? middle : c < 0 ? tail : 1 - tail;
  return (struct activated){(x > 13.3f ? x : c) * distribution, distribution + c * (0.398942280f * e)};
}
DEFINE_KERNELS(gelu)

INITSCOPE_INLINE struct activated activate_erf(float x) {
  float c = clamp(x, -9.4f, 9.4f);
  double wide = c;
  float e = exponential_wide(-(wide * wide)).exp;
  // erfc t = 2 (1 - Phi(t sqrt 2)).
  float far = copysignf(1 - 2 * e * scaled_normal_tail(fabsf(c) * 1.41421356f), c);
  return (struct activated){fabsf(c) < 1 ? erf_near_zero(c) : far, 1.12837917f * e};
}
DEFINE_KERNELS(erf)

// The sine takes a block at a time: one element too large for its reduction sends the block to the library's sine.

enum { SINE_BLOCK = 64 };

// Whether `sine` may take them all; false for NaN and infinities, too.
INITSCOPE_INLINE int are_reducible(const float *z, size_t n) {
  uint32_t beyond = 0;
  // Bit patterns of positive floats are ordered as the floats are.
  for (size_t i = 0; i < n; ++i) beyond |= (float_to_bits(z[i]) & 0x7fffffffu) > float_to_bits(SINE_LIMIT);
  return !beyond;
}

INITSCOPE_CLONES void initscope_sin_value(const float *z, float *a, size_t count) {
  for (size_t start = 0; start < count; start += SINE_BLOCK, z += SINE_BLOCK, a += SINE_BLOCK) {
    size_t n = count - start < SINE_BLOCK ? count - start : SINE_BLOCK;
    if (are_reducible(z, n)) {
      FOR_EACH_ELEMENT { a[i] = sine(z[i]).sin; }
    } else {
      for (size_t i = 0; i < n; ++i) a[i] = (float)sin((double)z[i]);
    }
  }
}

INITSCOPE_CLONES void initscope_sin_value_and_derivative(const float *z, float *a, float *d, size_t count) {
  for (size_t start = 0; start < count; start += SINE_BLOCK, z += SINE_BLOCK, a += SINE_BLOCK, d += SINE_BLOCK) {
    size_t n = count - start < SINE_BLOCK ? count - start : SINE_BLOCK;
    if (are_reducible(z, n)) {
      FOR_EACH_ELEMENT {
        struct sine s = sine(z[i]);
        a[i] = s.sin;
        d[i] = s.cos;
      }
    } else {
      for (size_t i = 0; i < n; ++i) {
        double wide = z[i];
        a[i] = (float)sin(wide);
        d[i] = (float)cos(wide);
      }
    }
  }
}
