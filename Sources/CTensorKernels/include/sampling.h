// Random streams: counter-based words and the distributions drawn from them.
//
// A stream is a key and two tags. Word j of counter b is word j of Philox4x32-10 (Salmon 2011) with the 64-bit key and the
// counter (low half of b, high half of b, replica, tensor). A chunk is 16 consecutive counters: 64 words, laid out word by
// word, so that element 16 j + i of chunk c is word j of counter 16 c + i. Every distribution makes 64 elements from one
// chunk; a call that starts at a chunk's boundary therefore gives the same elements as a longer call that passes it, and
// any thread may fill any chunk.
//
// No operation here depends on the vector width and none is fused, so that uniforms and normals are the same bits on
// every processor.
#ifndef INITSCOPE_SAMPLING_H
#define INITSCOPE_SAMPLING_H

#include <stddef.h>
#include <stdint.h>

enum { INITSCOPE_CHUNK = 64 };

typedef struct {
  uint64_t key;
  uint32_t replica;
  uint32_t tensor;
} initscope_stream;

// In each, `chunk` is the first chunk to draw and `count` the number of elements; a last chunk may be cut short.

// Philox words.
void initscope_sample_words(uint32_t *out, size_t count, initscope_stream stream, uint64_t chunk);

// Uniform on [low, high): every Float of the interval within reach of 32 bits. low < high, both finite.
void initscope_sample_uniform(float *out, size_t count, initscope_stream stream, uint64_t chunk, float low, float high);

// Normal, by Box and Muller's transformation of 32-bit uniforms: the largest deviation is 6.76 std.
void initscope_sample_normal(float *out, size_t count, initscope_stream stream, uint64_t chunk, float mean, float std);

// Normal conditioned on |x - mean| <= bound * std, 0 < bound <= 2.9, by the inverse of its distribution in Float.
void initscope_sample_truncated_symmetric(float *out, size_t count, initscope_stream stream, uint64_t chunk, float mean,
                                          float std, float bound);

// Normal conditioned on [low, high] (absolute bounds that come within 37.5 std of the mean), by the inverse of its
// distribution in Double.
void initscope_sample_truncated(float *out, size_t count, initscope_stream stream, uint64_t chunk, double mean, double std,
                                double low, double high);

// The normal deviate below which a fraction p lies, 0 < p < 1, to 1e-16 relative (Wichura 1988, AS 241).
double initscope_normal_quantile(double p);

#endif
