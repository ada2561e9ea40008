#include "sampling.h"

#include "clones.h"
#include "sampling_math.h"

enum { LANES = 16 };

// MARK: Philox4x32-10

// One chunk of words. Each counter word sits in the low half of a 64-bit lane, where its product with a 32-bit multiplier
// needs no shuffle; high halves carry what the next product ignores.
INITSCOPE_INLINE void philox_chunk(uint32_t *restrict out, initscope_stream stream, uint64_t chunk) {
  const uint64_t multiplier0 = 0xD2511F53, multiplier1 = 0xCD9E8D57;
  const uint32_t weyl0 = 0x9E3779B9, weyl1 = 0xBB67AE85;
  const uint64_t first = chunk * LANES;
  for (int lane = 0; lane < LANES; lane++) {
    // 16 divides 2^32, so a chunk never straddles a carry into the high half.
    uint64_t x0 = (uint32_t)first + (uint32_t)lane, x1 = first >> 32, x2 = stream.replica, x3 = stream.tensor;
    uint32_t key0 = (uint32_t)stream.key, key1 = (uint32_t)(stream.key >> 32);
#pragma clang loop unroll(full)
    for (int round = 0; round < 10; round++) {
      uint64_t product0 = (uint64_t)(uint32_t)x0 * multiplier0, product1 = (uint64_t)(uint32_t)x2 * multiplier1;
      x0 = (product1 >> 32) ^ x1 ^ key0;
      x1 = product1;
      x2 = (product0 >> 32) ^ x3 ^ key1;
      x3 = product0;
      key0 += weyl0;
      key1 += weyl1;
    }
    out[lane] = (uint32_t)x0;
    out[LANES + lane] = (uint32_t)x1;
    out[2 * LANES + lane] = (uint32_t)x2;
    out[3 * LANES + lane] = (uint32_t)x3;
  }
}

// Where a chunk's elements go: in place, or through a buffer where fewer than a chunk remain.
INITSCOPE_INLINE void *target_of(void *out, size_t remaining, void *cut) { return remaining < INITSCOPE_CHUNK ? cut : out; }

INITSCOPE_INLINE void copy_cut(void *out, size_t remaining, const void *cut) {
  if (remaining < INITSCOPE_CHUNK) memcpy(out, cut, remaining * sizeof(uint32_t));
}

INITSCOPE_CLONES
void initscope_sample_words(uint32_t *out, size_t count, initscope_stream stream, uint64_t chunk) {
  uint32_t cut[INITSCOPE_CHUNK];
  for (size_t start = 0; start < count; start += INITSCOPE_CHUNK, chunk++) {
    philox_chunk(target_of(out + start, count - start, cut), stream, chunk);
    copy_cut(out + start, count - start, cut);
  }
}

// MARK: Uniform

// Numbers are formed outward from `anchor`, the point of [low, high) nearest to zero where an end is, so that Floats near
// zero are reached in their own resolution.
INITSCOPE_INLINE void uniform_chunk(float *restrict out, const uint32_t *restrict words, float anchor, float scale,
                                    int centred, float low, float largest) {
  for (int i = 0; i < INITSCOPE_CHUNK; i++) {
    float unit = centred ? signed_unit_of(words[i]) : unit_of(words[i]);
    float x = anchor + scale * unit;
    x = x < low ? low : x;
    out[i] = x > largest ? largest : x;
  }
}

INITSCOPE_CLONES
void initscope_sample_uniform(float *out, size_t count, initscope_stream stream, uint64_t chunk, float low, float high) {
  const float largest = nextafterf(high, low);
  // Halves are taken before the difference: high - low may exceed the largest Float.
  const float half = 0.5f * high - 0.5f * low, middle = 0.5f * high + 0.5f * low;
  const int centred = low < 0 && high > 0;
  const float anchor = centred ? middle : low >= 0 ? low : high;
  const float scale = centred ? half : low >= 0 ? high - low : low - high;
  uint32_t words[INITSCOPE_CHUNK];
  float cut[INITSCOPE_CHUNK];
  for (size_t start = 0; start < count; start += INITSCOPE_CHUNK, chunk++) {
    float *target = target_of(out + start, count - start, cut);
    philox_chunk(words, stream, chunk);
    if (centred) {
      uniform_chunk(target, words, anchor, scale, 1, low, largest);
    } else {
      uniform_chunk(target, words, anchor, scale, 0, low, largest);
    }
    copy_cut(out + start, count - start, cut);
  }
}

// MARK: Normal

// Box and Muller: two words give two normals, r cos t and r sin t with r = std sqrt(-2 ln u). Of the angle's word the top
// bit reflects through the origin, the next one in the diagonal, and the other 30 lay the angle in [-pi/4, pi/4]; the four
// images cover the circle once.
INITSCOPE_INLINE void normal_chunk(float *restrict out, const uint32_t *restrict words, float mean, float std) {
  const float angle_unit = 0x1.921fb6p-1f * 0x1p-29f;
  for (int pair = 0; pair < 2; pair++) {
    const uint32_t *radii = words + 2 * pair * LANES, *angles = radii + LANES;
    float *first = out + 2 * pair * LANES, *second = first + LANES;
    for (int lane = 0; lane < LANES; lane++) {
      // Rounding to the nearest Float may give u = 1 and a logarithm of -0 or 0; the floor keeps the pair off the origin.
      float minus_log = -log_of(unit_of(radii[lane]));
      minus_log = minus_log > 0x1p-25f ? minus_log : 0x1p-25f;
      float radius = std * __builtin_elementwise_sqrt(2.0f * minus_log);
      uint32_t word = angles[lane];
      float angle = ((float)((int32_t)(word << 2) >> 2) + 0.5f) * angle_unit;
      int32_t sine = bits_of(radius * sin_of(angle)), cosine = bits_of(radius * cos_of(angle));
      int32_t swap = (sine ^ cosine) & ((int32_t)(word << 1) >> 31), sign = (int32_t)(word & 0x80000000u);
      first[lane] = mean + float_of(cosine ^ swap ^ sign);
      second[lane] = mean + float_of(sine ^ swap ^ sign);
    }
  }
}

INITSCOPE_CLONES
void initscope_sample_normal(float *out, size_t count, initscope_stream stream, uint64_t chunk, float mean, float std) {
  uint32_t words[INITSCOPE_CHUNK];
  float cut[INITSCOPE_CHUNK];
  for (size_t start = 0; start < count; start += INITSCOPE_CHUNK, chunk++) {
    float *target = target_of(out + start, count - start, cut);
    philox_chunk(words, stream, chunk);
    normal_chunk(target, words, mean, std);
    copy_cut(out + start, count - start, cut);
  }
}

// MARK: Truncated normal

INITSCOPE_INLINE void truncated_chunk(float *restrict out, const uint32_t *restrict words, float mean, float std,
                                      float bound, float mass) {
  for (int i = 0; i < INITSCOPE_CHUNK; i++) {
    float z = central_quantile(mass * signed_unit_of(words[i]));
    z = z < -bound ? -bound : z;
    out[i] = mean + std * (z > bound ? bound : z);
  }
}

INITSCOPE_CLONES
void initscope_sample_truncated_symmetric(float *out, size_t count, initscope_stream stream, uint64_t chunk, float mean,
                                          float std, float bound) {
  const float mass = (float)erf(bound * 0.70710678118654752440);
  uint32_t words[INITSCOPE_CHUNK];
  float cut[INITSCOPE_CHUNK];
  for (size_t start = 0; start < count; start += INITSCOPE_CHUNK, chunk++) {
    float *target = target_of(out + start, count - start, cut);
    philox_chunk(words, stream, chunk);
    truncated_chunk(target, words, mean, std, bound, mass);
    copy_cut(out + start, count - start, cut);
  }
}

static double horner(const double *coefficients, int count, double x) {
  double sum = coefficients[count - 1];
  for (int k = count - 2; k >= 0; k--) sum = sum * x + coefficients[k];
  return sum;
}

double initscope_normal_quantile(double p) {
  // Wichura 1988, "Algorithm AS 241: The percentage points of the normal distribution", PPND16.
  static const double a[] = {3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
                             1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
                             3.3430575583588128105e4, 2.5090809287301226727e3};
  static const double b[] = {1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
                             2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4,
                             5.2264952788528545610e3};
  static const double c[] = {1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
                             3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
                             2.27238449892691845833e-2, 7.74545014278341407640e-4};
  static const double d[] = {1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
                             1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
                             1.05075007164441684324e-9};
  static const double e[] = {6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
                             2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                             2.71155556874348757815e-5, 2.01033439929228813265e-7};
  static const double f[] = {1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
                             7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
                             2.04426310338993978564e-15};
  const double q = p - 0.5;
  if (fabs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * horner(a, 8, r) / horner(b, 8, r);
  }
  double r = sqrt(-log(q < 0 ? p : 1 - p));
  r = r <= 5 ? horner(c, 8, r - 1.6) / horner(d, 8, r - 1.6) : horner(e, 8, r - 5) / horner(f, 8, r - 5);
  return q < 0 ? -r : r;
}

void initscope_sample_truncated(float *out, size_t count, initscope_stream stream, uint64_t chunk, double mean, double std,
                                double low, double high) {
  // The side with more of its interval below the mean is sampled: lower-tail probabilities keep their relative precision.
  const int mirrored = (low - mean) + (high - mean) > 0;
  const double sign = mirrored ? -1 : 1;
  const double from = mirrored ? (mean - high) / std : (low - mean) / std;
  const double to = mirrored ? (mean - low) / std : (high - mean) / std;
  const double below = 0.5 * erfc(-from * 0.70710678118654752440), above = 0.5 * erfc(-to * 0.70710678118654752440);
  // The Floats nearest to the bounds from inside.
  float least = (float)low, largest = (float)high;
  if (least < low) least = nextafterf(least, INFINITY);
  if (largest > high) largest = nextafterf(largest, -INFINITY);
  uint32_t words[INITSCOPE_CHUNK];
  float cut[INITSCOPE_CHUNK];
  for (size_t start = 0; start < count; start += INITSCOPE_CHUNK, chunk++) {
    float *target = target_of(out + start, count - start, cut);
    initscope_sample_words(words, INITSCOPE_CHUNK, stream, chunk);
    for (int i = 0; i < INITSCOPE_CHUNK; i++) {
      double p = below + (above - below) * (((double)words[i] + 0.5) * 0x1p-32);
      float x = (float)(mean + sign * std * initscope_normal_quantile(p));
      x = x < least ? least : x;
      target[i] = x > largest ? largest : x;
    }
    copy_cut(out + start, count - start, cut);
  }
}
