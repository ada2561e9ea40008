// Elementary functions of the samplers. Scalar code without branches: the loops that call it are vectorized by the compiler.
#ifndef INITSCOPE_SAMPLING_MATH_H
#define INITSCOPE_SAMPLING_MATH_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "clones.h"

// The same draws on every processor: no multiplication is fused with an addition, here and in the file that includes this.
#pragma STDC FP_CONTRACT OFF

INITSCOPE_INLINE int32_t bits_of(float x) {
  int32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

INITSCOPE_INLINE float float_of(int32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

// ln x for normal positive x, to 2 units in the last place, near 1 included: x = 2^e (1 + f) with 1 + f in [2/3, 4/3), and
// ln(1 + f) = f - f^2/2 + f^3 P(f). Coefficients: Fixtures/reference/sampling/polynomials.py, relative error 4e-8.
INITSCOPE_INLINE float log_of(float x) {
  const int32_t two_thirds = 0x3f2aaaab;
  int32_t exponent = (bits_of(x) - two_thirds) & (int32_t)0xff800000;
  float e = (float)(exponent >> 23);
  float f = float_of(bits_of(x) - exponent) - 1.0f;
  float p = 0.1381427199f;
  p = p * f - 0.1510477364f;
  p = p * f + 0.1404345185f;
  p = p * f - 0.1647534817f;
  p = p * f + 0.2000786066f;
  p = p * f - 0.2500411272f;
  p = p * f + 0.3333326578f;
  float square = f * f;
  float tail = p * (square * f) - 0.5f * square;
  // ln 2 in two parts: the first has 9 bits, so that its product with e is exact.
  return e * 0.693359375f + (f + (tail - e * 2.121944400e-4f));
}

// sin and cos on [-pi/4, pi/4] to 1 unit in the last place (same script, relative errors 5e-9 and 7e-10).
INITSCOPE_INLINE float sin_of(float x) {
  float t = x * x;
  float p = -0.0001951747254f;
  p = p * t + 0.008332180791f;
  p = p * t - 0.1666665524f;
  return x + x * t * p;
}

INITSCOPE_INLINE float cos_of(float x) {
  float t = x * x;
  float p = 2.44430812e-5f;
  p = p * t - 0.001388741774f;
  p = p * t + 0.04166664928f;
  return 1.0f + t * (t * p - 0.5f);
}

// sqrt(2) erfinv(x) for |x| < .9966 to 4e-7 relative (Giles 2010, "Approximating the erfinv function", table 5, central
// branch, coefficients multiplied by sqrt 2): the normal deviate z with P(|Z| < |z|) = |x|, up to 2.9.
INITSCOPE_INLINE float central_quantile(float x) {
  float w = -log_of((1.0f - x) * (1.0f + x)) - 2.5f;
  float p = 2.81022636e-08f;
  p = p * w + 3.43273939e-07f;
  p = p * w - 3.5233877e-06f;
  p = p * w - 4.39150654e-06f;
  p = p * w + 0.00021858087f;
  p = p * w - 0.00125372503f;
  p = p * w - 0.00417768164f;
  p = p * w + 0.246640727f;
  p = p * w + 1.50140941f;
  return p * x * 1.41421356f;
}

// A word as a number in (0, 1): the middle of its interval. Rounding keeps all 32 bits where they matter, near 0.
INITSCOPE_INLINE float unit_of(uint32_t word) { return ((float)word + 0.5f) * 0x1p-32f; }

// A word as a number in (-1, 1), never 0, resolved to 2^-32 near 0.
INITSCOPE_INLINE float signed_unit_of(uint32_t word) { return ((float)(int32_t)word + 0.5f) * 0x1p-31f; }

#endif
