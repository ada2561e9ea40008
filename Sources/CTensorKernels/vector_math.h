// Elementary functions of one Float, written so that a loop over them vectorizes.
//
// Goals, in this order:
// 1. Right over the stated domain: within 3 units in the last place of the true result (the normal tail; all others 2),
//    NaN for NaN, limits at the infinities.
// 2. Straight-line code: no branches, no tables, no calls. Choices are `?:` between values already computed, which become
//    blends; conversions to integers go through the bits of a float, because a cast is undefined out of range.
// 3. The same source for every instruction set. Nothing relies on a fused multiply-add, though the compiler may fuse.
//
// A result below the least normal Float is zero, whatever the thread's flush-to-zero mode. Polynomials are minimax fits
// (Remez in 60 digits, weighted for relative error); their largest error stands beside each.
#ifndef INITSCOPE_VECTOR_MATH_H
#define INITSCOPE_VECTOR_MATH_H

#include "clones.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

INITSCOPE_INLINE float bits_to_float(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

INITSCOPE_INLINE uint32_t float_to_bits(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

// NaN stays NaN: a comparison with it is false.
INITSCOPE_INLINE float clamp(float x, float low, float high) { return x < low ? low : x > high ? high : x; }

// log FLT_MIN, rounded up: where exp leaves the normal range.
#define LEAST_EXPONENT (-87.336f)

struct exponential {
  float exp;
  // exp - 1 without cancellation.
  float expm1;
};

// e^(n log 2 + r) for a whole n whose value is in the low bits of `shifted` and |r| <= 0.3475. Where `argument`, their sum,
// lies below LEAST_EXPONENT, whatever the other two hold, the result is e^-inf.
INITSCOPE_INLINE struct exponential exponential_of_reduced(float argument, float shifted, float r) {
  // e^r - 1 = r + r^2 P(r), 1.4e-8.
  float p = 1.3946757e-3f;
  p = p * r + 8.36675521e-3f;
  p = p * r + 4.16662768e-2f;
  p = p * r + 1.6666542e-1f;
  p = p * r + 0.5f;
  float em1 = p * (r * r) + r;
  // 2^n: the sum wraps to the exponent field of a float with an empty fraction.
  float scale = bits_to_float((float_to_bits(shifted) << 23) + 0x3f800000u);
  struct exponential e;
  e.exp = argument < LEAST_EXPONENT ? 0 : em1 * scale + scale;
  e.expm1 = argument < LEAST_EXPONENT ? -1 : em1 * scale + (scale - 1);
  return e;
}

// Adding 1.5 * 2^23 to a small float leaves the nearest whole number in its low bits.
#define ROUNDING_SHIFT 12582912.0f

// e^x and e^x - 1 for x <= 0.
INITSCOPE_INLINE struct exponential exponential(float x) {
  float shifted = x * 1.44269504f + ROUNDING_SHIFT;
  float n = shifted - ROUNDING_SHIFT;
  // log 2 in two parts; the first has 9 bits, so n times it is exact, and so is the difference.
  float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  return exponential_of_reduced(x, shifted, r);
}

// The same for an argument that Float cannot hold: rounding x = -80 to Float alone moves e^x by 32 units in the last place.
INITSCOPE_INLINE struct exponential exponential_wide(double x) {
  float rounded = (float)x;
  float shifted = rounded * 1.44269504f + ROUNDING_SHIFT;
  float n = shifted - ROUNDING_SHIFT;
  float r = (float)(x - (double)n * 0.69314718055994531);
  return exponential_of_reduced(rounded, shifted, r);
}

// log(1 + e) for 0 <= e <= 1.
INITSCOPE_INLINE float log1p_of_fraction(float e) {
  // Above sqrt 2 - 1, log(1 + e) = log 2 + log(1 + (e - 1) / 2), so that -0.293 <= f <= 0.4142.
  int upper = e > 0.41421356f;
  float f = upper ? (e - 1) * 0.5f : e;
  // log(1 + f) = f - f^2 / 2 + f^3 P(f), 5.8e-9.
  float p = -7.63631016e-2f;
  p = p * f + 1.27636462e-1f;
  p = p * f - 1.31604999e-1f;
  p = p * f + 1.42015055e-1f;
  p = p * f - 1.66233018e-1f;
  p = p * f + 2.00012356e-1f;
  p = p * f - 2.50008225e-1f;
  p = p * f + 3.33333313e-1f;
  float square = f * f;
  float tail = p * (square * f) - 0.5f * square;
  return upper ? (tail + f) + 0.69314718f : tail + f;
}

// tanh x for |x| < 0.625.
INITSCOPE_INLINE float tanh_near_zero(float x) {
  // tanh x = x + x^3 P(x^2), 4.4e-9.
  float s = x * x;
  float p = -5.70270419e-3f;
  p = p * s + 2.06371248e-2f;
  p = p * s - 5.37391417e-2f;
  p = p * s + 1.33314356e-1f;
  p = p * s - 3.33332807e-1f;
  return x + (p * s) * x;
}

// erf x for |x| < 1.
INITSCOPE_INLINE float erf_near_zero(float x) {
  // erf x = x P(x^2), 1.2e-9; the constant term in two parts.
  float s = x * x;
  float p = 7.85803495e-5f;
  p = p * s - 8.01156159e-4f;
  p = p * s + 5.18850051e-3f;
  p = p * s - 2.68539172e-2f;
  p = p * s + 1.12835884e-1f;
  p = p * s - 3.7612626e-1f;
  return x * (p * s + 0.12837917f) + x;
}

// (1 - Phi(t)) exp(t^2 / 2) for 0.66 <= t <= 13.31: the normal distribution's tail without its exponential.
INITSCOPE_INLINE float scaled_normal_tail(float t) {
  // A polynomial in q = (t - 2.5) / (t + 2.5) over t + 2.5, 1.7e-8.
  float w = 1 / (t + 2.5f);
  float q = (t - 2.5f) * w;
  float p = -4.31031367e-4f;
  p = p * q + 5.80495689e-4f;
  p = p * q + 2.6082478e-3f;
  p = p * q - 1.58102415e-3f;
  p = p * q - 1.64047312e-2f;
  p = p * q + 9.23504867e-3f;
  p = p * q + 1.31988257e-1f;
  p = p * q - 4.33692038e-1f;
  p = p * q + 7.06656635e-1f;
  return p * w;
}

struct sine {
  float sin;
  float cos;
};

// Below this the reduction of `sine` is exact enough: n has 20 bits, and the first part of pi / 2 the other 33.
#define SINE_LIMIT 1.0e6f

// sin x and cos x for |x| <= SINE_LIMIT.
INITSCOPE_INLINE struct sine sine(float x) {
  double wide = x;
  // The nearest whole number is in the low bits, as above.
  double shifted = wide * 0.63661977236758134 + 6755399441055744.0;
  double n = shifted - 6755399441055744.0;
  uint64_t bits;
  memcpy(&bits, &shifted, sizeof bits);
  uint32_t quadrant = (uint32_t)bits;
  float r = (float)((wide - n * 1.57079632673412561417e+00) - n * 6.07710050650619224932e-11);
  float s = r * r;
  // sin r = r + r^3 P(r^2), 3.8e-9.
  float p = -1.95152184e-4f;
  p = p * s + 8.3321603e-3f;
  p = p * s - 1.66666552e-1f;
  float sine = (p * s) * r + r;
  // cos r = 1 - r^2 / 2 + r^4 P(r^2), 1.2e-10.
  float c = 2.44330822e-5f;
  c = c * s - 1.38873153e-3f;
  c = c * s + 4.16666456e-2f;
  float cosine = (c * s) * s + (1 - 0.5f * s);
  // Odd quadrants swap the two; the sign of the sine is bit 1 of the quadrant, that of the cosine bit 1 of the next.
  int odd = quadrant & 1;
  uint32_t sine_sign = (quadrant & 2) << 30;
  uint32_t cosine_sign = ((quadrant + 1) & 2) << 30;
  struct sine result;
  result.sin = bits_to_float(float_to_bits(odd ? cosine : sine) ^ sine_sign);
  result.cos = bits_to_float(float_to_bits(odd ? sine : cosine) ^ cosine_sign);
  return result;
}

#endif
