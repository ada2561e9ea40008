// oneDNN for Swift: the matrix product and the size of the calling thread's OpenMP team.
#ifndef INITSCOPE_ONEDNN_SHIM_H
#define INITSCOPE_ONEDNN_SHIM_H

#include <oneapi/dnnl/dnnl.h>

// oneDNN brings an OpenMP runtime whose team size is a property of the calling thread. libgomp has no headers outside
// the compiler's own directory; a weak reference needs neither them nor a link flag.
extern void omp_set_num_threads(int count) __attribute__((weak));

static inline void initscope_set_openmp_threads(int count) {
  if (omp_set_num_threads) omp_set_num_threads(count);
}

#endif
