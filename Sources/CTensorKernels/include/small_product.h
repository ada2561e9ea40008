// Products of small matrices.
#ifndef INITSCOPE_SMALL_PRODUCT_H
#define INITSCOPE_SMALL_PRODUCT_H

#include <stddef.h>

// C = alpha A' B', or C += alpha A' B', of row-major matrices whose rows are lda, ldb and ldc values apart: A' is m x k, B'
// k x n, each stored as it is or transposed. Sums run over the depth in order and are multiplied by alpha last, so that a
// result does not depend on where a row stands. k must not be 0.
void initscope_small_product(int transposes_a, int transposes_b, size_t m, size_t n, size_t k, float alpha, const float *a,
                             size_t lda, const float *b, size_t ldb, int adding, float *c, size_t ldc);

#endif
