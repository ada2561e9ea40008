// OpenBLAS for Swift. Debian ships no lapacke.h, so the LAPACK routines used are declared here.
#ifndef INITSCOPE_OPENBLAS_SHIM_H
#define INITSCOPE_OPENBLAS_SHIM_H

#include <stdint.h>

void openblas_set_num_threads(int count);
char *openblas_get_config(void);
char *openblas_get_corename(void);

// OpenBLAS's own pool of regions in which products pack their operands. Not part of its interface, though every version
// exports it: weak, so that one without it still loads.
void *blas_memory_alloc(int) __attribute__((weak));
void blas_memory_free(void *) __attribute__((weak));
static inline int initscope_has_packing_pool(void) { return blas_memory_alloc && blas_memory_free; }

// LAPACK: the orthogonal factor of a QR factorization. Column-major, arguments by reference.
void sorgqr_(const int *m, const int *n, const int *k, float *a, const int *lda, const float *tau, float *work,
             const int *lwork, int *info);

#endif
