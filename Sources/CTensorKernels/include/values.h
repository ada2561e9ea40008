// Sums over the values of a weight tensor, block by block as they come from a file.
#ifndef INITSCOPE_VALUES_H
#define INITSCOPE_VALUES_H

#include <stddef.h>
#include <stdint.h>

// The element types that files have. All numbers are little-endian.
enum initscope_element {
  initscope_float64,
  initscope_float32,
  initscope_float16,
  initscope_bfloat16,
  // OCP 8-bit floating point: E4M3 without infinities, E5M2 with them.
  initscope_float8_e4m3,
  initscope_float8_e5m2,
  initscope_int64,
  initscope_int32,
  initscope_int16,
  initscope_int8,
  initscope_uint64,
  initscope_uint32,
  initscope_uint16,
  initscope_uint8,
};

// wide[i] = x[i] as a double, exactly but for whole numbers beyond 2^53. Subnormal numbers keep their values, whatever the
// thread's mode. `x` need not be aligned.
void initscope_widen(const void *x, enum initscope_element type, size_t count, double *wide);

// What is gathered of a tensor's values. Powers are of d = x - pivot, over the finite values alone.
typedef struct {
  double first, second, third, fourth;
  // Over the finite values; the least magnitude is that of values other than zero.
  double least, greatest, least_magnitude;
  uint64_t finite, zeros, nans, infinities;
} initscope_value_sums;

// Adds a run of values. `run` receives the sums of d and d^2 of this run alone, on top of what it holds.
void initscope_add_values(const double *x, size_t count, double pivot, initscope_value_sums *sums, double run[2]);

// All bits that are set in any of the words: which places of a float's fraction a tensor uses.
uint32_t initscope_used_bits(const void *words, size_t count);

#endif
