#include "values.h"

#include <math.h>
#include <string.h>

#include "clones.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

// Sums are in double, also over one run: fourth powers of whatever a file holds stay within its range, and a tensor of 10^9
// values still has a variance to nine digits. The loop is faster than memory all the same.

enum { WIDE = 8 };
typedef double wide __attribute__((vector_size(64), aligned(8), may_alias));
typedef int64_t wide_mask __attribute__((vector_size(64), aligned(8), may_alias));

#define WIDE_LOAD(p) (*(const wide *)(p))
#define WIDE_SPLAT(x) ((wide){} + (x))
#define CHOOSE(mask, a, b) ((wide)(((mask) & (wide_mask)(a)) | (~(mask) & (wide_mask)(b))))

INITSCOPE_INLINE double total(const wide *v) {
  return (((*v)[0] + (*v)[4]) + ((*v)[1] + (*v)[5])) + (((*v)[2] + (*v)[6]) + ((*v)[3] + (*v)[7]));
}

// What cannot be told by sums: one value at a time, where a run has any that is not finite.
static void count_nonfinite(const double *x, size_t count, initscope_value_sums *sums) {
  for (size_t i = 0; i < count; i++) {
    if (isnan(x[i])) sums->nans++;
    else if (isinf(x[i])) sums->infinities++;
  }
}

INITSCOPE_INLINE void add_one(double x, double pivot, initscope_value_sums *sums, double run[2]) {
  if (!(fabs(x) <= 1.7976931348623157e308)) {
    if (isnan(x)) sums->nans++;
    else sums->infinities++;
    return;
  }
  double d = x - pivot, square = d * d, magnitude = fabs(x);
  run[0] += d;
  run[1] += square;
  sums->third += square * d;
  sums->fourth += square * square;
  if (x < sums->least) sums->least = x;
  if (x > sums->greatest) sums->greatest = x;
  if (magnitude == 0) sums->zeros++;
  else if (magnitude < sums->least_magnitude) sums->least_magnitude = magnitude;
  sums->finite++;
}

INITSCOPE_CLONES
void initscope_add_values(const double *x, size_t count, double pivot, initscope_value_sums *sums, double run[2]) {
  double own[2] = {0, 0};
  size_t i = 0;
  if (count >= WIDE) {
    wide first = WIDE_SPLAT(0), second = first, third = first, fourth = first;
    wide least = WIDE_SPLAT(sums->least), greatest = WIDE_SPLAT(sums->greatest);
    wide smallest = WIDE_SPLAT(sums->least_magnitude);
    wide_mask zeros = {}, finite = {};
    const wide center = WIDE_SPLAT(pivot), largest = WIDE_SPLAT(1.7976931348623157e308);
    const wide_mask sign = (wide_mask){} + INT64_MIN;
    for (; i + WIDE <= count; i += WIDE) {
      wide value = WIDE_LOAD(x + i);
      wide magnitude = (wide)((wide_mask)value & ~sign);
      // False for NaN and for infinities.
      wide_mask is_finite = magnitude <= largest;
      finite -= is_finite;
      wide d = (wide)((wide_mask)(value - center) & is_finite), square = d * d;
      first += d;
      second += square;
      third += square * d;
      fourth += square * square;
      // What is not finite compares as no extreme.
      least = CHOOSE((value < least) & is_finite, value, least);
      greatest = CHOOSE((value > greatest) & is_finite, value, greatest);
      wide_mask is_zero = magnitude == WIDE_SPLAT(0);
      zeros -= is_zero;
      smallest = CHOOSE((magnitude < smallest) & ~is_zero, magnitude, smallest);
    }
    own[0] = total(&first);
    own[1] = total(&second);
    sums->third += total(&third);
    sums->fourth += total(&fourth);
    uint64_t kept = 0;
    for (int lane = 0; lane < WIDE; lane++) {
      if (least[lane] < sums->least) sums->least = least[lane];
      if (greatest[lane] > sums->greatest) sums->greatest = greatest[lane];
      if (smallest[lane] < sums->least_magnitude) sums->least_magnitude = smallest[lane];
      sums->zeros += (uint64_t)zeros[lane];
      kept += (uint64_t)finite[lane];
    }
    sums->finite += kept;
    if (kept < i) count_nonfinite(x, i, sums);
  }
  for (; i < count; i++) add_one(x[i], pivot, sums, own);
  sums->first += own[0];
  sums->second += own[1];
  run[0] += own[0];
  run[1] += own[1];
}

INITSCOPE_CLONES
uint32_t initscope_used_bits(const void *words, size_t count) {
  const unsigned char *bytes = words;
  uint32_t used = 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t word;
    memcpy(&word, bytes + 4 * i, 4);
    used |= word;
  }
  return used;
}

// MARK: Widening

INITSCOPE_INLINE float from_bits(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

// The value of a small float: sign, `exponent` bits, `fraction` bits. Subnormals by an exact product.
static double small_float(uint32_t bits, int exponent, int fraction) {
  int field = (int)(bits >> fraction) & ((1 << exponent) - 1), bias = (1 << (exponent - 1)) - 1;
  double digits = (double)(bits & ((1u << fraction) - 1));
  double magnitude = field == 0 ? ldexp(digits, 1 - bias - fraction)
                                : ldexp(digits + (1 << fraction), field - bias - fraction);
  return (bits >> (exponent + fraction)) & 1 ? -magnitude : magnitude;
}

static double e4m3(uint8_t bits) { return (bits & 0x7f) == 0x7f ? NAN : small_float(bits, 4, 3); }

static double e5m2(uint8_t bits) {
  if ((bits & 0x7c) != 0x7c) return small_float(bits, 5, 2);
  return bits & 3 ? NAN : bits & 0x80 ? -INFINITY : INFINITY;
}

INITSCOPE_CLONES
static void widen_float32(const unsigned char *x, size_t count, double *wide) {
  for (size_t i = 0; i < count; i++) {
    float value;
    memcpy(&value, x + 4 * i, 4);
    wide[i] = value;
  }
}

INITSCOPE_CLONES
static void widen_bfloat16(const unsigned char *x, size_t count, double *wide) {
  for (size_t i = 0; i < count; i++) {
    uint16_t bits;
    memcpy(&bits, x + 2 * i, 2);
    wide[i] = from_bits((uint32_t)bits << 16);
  }
}

// The bits are moved to where a float has them; a product with 2^112 puts the exponent right, subnormals included, and what
// had the largest exponent gets that of a float.
INITSCOPE_CLONES
static void widen_float16(const unsigned char *x, size_t count, double *wide) {
  for (size_t i = 0; i < count; i++) {
    uint16_t half;
    memcpy(&half, x + 2 * i, 2);
    uint32_t magnitude = ((uint32_t)half & 0x7fff) << 13, sign = ((uint32_t)half & 0x8000) << 16;
    uint32_t special = magnitude >= 0x0f800000u ? 0x70000000u : 0;
    // 0x0f800000 is the place of the largest exponent; adding 0x70000000 makes it 0x7f800000.
    float finite = from_bits(magnitude) * 0x1p112f;
    float value = special ? from_bits(magnitude + special) : finite;
    uint32_t bits;
    memcpy(&bits, &value, 4);
    wide[i] = from_bits(bits | sign);
  }
}

#define WIDEN_INTEGERS(name, type)                                                      \
  INITSCOPE_CLONES static void name(const unsigned char *x, size_t count, double *wide) { \
    for (size_t i = 0; i < count; i++) {                                                \
      type value;                                                                       \
      memcpy(&value, x + sizeof value * i, sizeof value);                               \
      wide[i] = (double)value;                                                          \
    }                                                                                   \
  }
WIDEN_INTEGERS(widen_int64, int64_t)
WIDEN_INTEGERS(widen_int32, int32_t)
WIDEN_INTEGERS(widen_int16, int16_t)
WIDEN_INTEGERS(widen_int8, int8_t)
WIDEN_INTEGERS(widen_uint64, uint64_t)
WIDEN_INTEGERS(widen_uint32, uint32_t)
WIDEN_INTEGERS(widen_uint16, uint16_t)
WIDEN_INTEGERS(widen_uint8, uint8_t)

void initscope_widen(const void *x, enum initscope_element type, size_t count, double *wide) {
#if defined(__x86_64__)
  // Workers flush subnormal numbers to zero; here they are what is looked for.
  uint32_t control = _mm_getcsr();
  _mm_setcsr(control & ~0x8040u);
#endif
  const unsigned char *bytes = x;
  switch (type) {
    case initscope_float64: memcpy(wide, x, 8 * count); break;
    case initscope_float32: widen_float32(bytes, count, wide); break;
    case initscope_float16: widen_float16(bytes, count, wide); break;
    case initscope_bfloat16: widen_bfloat16(bytes, count, wide); break;
    case initscope_float8_e4m3:
    case initscope_float8_e5m2: {
      double values[256];
      for (int i = 0; i < 256; i++) values[i] = type == initscope_float8_e4m3 ? e4m3((uint8_t)i) : e5m2((uint8_t)i);
      for (size_t i = 0; i < count; i++) wide[i] = values[bytes[i]];
      break;
    }
    case initscope_int64: widen_int64(bytes, count, wide); break;
    case initscope_int32: widen_int32(bytes, count, wide); break;
    case initscope_int16: widen_int16(bytes, count, wide); break;
    case initscope_int8: widen_int8(bytes, count, wide); break;
    case initscope_uint64: widen_uint64(bytes, count, wide); break;
    case initscope_uint32: widen_uint32(bytes, count, wide); break;
    case initscope_uint16: widen_uint16(bytes, count, wide); break;
    case initscope_uint8: widen_uint8(bytes, count, wide); break;
  }
#if defined(__x86_64__)
  _mm_setcsr(control);
#endif
}
