// The rate at which this machine multiplies matrices, without anything of InitScope in between.
#ifndef PRODUCT_LIMIT_H
#define PRODUCT_LIMIT_H

enum product { PRODUCT_NT, PRODUCT_NN, PRODUCT_TN };

// Seconds that one product of a layer takes when `repetitions` of them run: batch x units samples, units x units
// weights.
// side_by_side = 0: one product at a time on `threads` OpenMP threads. side_by_side = 1: `threads` threads of their own,
// each with one OpenMP thread and its own operands; the time is then per product over all of them. Negative on failure.
double product_limit_seconds(enum product product, int batch, int units, int threads, int side_by_side, int repetitions);

#endif
