#include "product_limit.h"

#include <oneapi/dnnl/dnnl.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

extern void omp_set_num_threads(int count) __attribute__((weak));

typedef struct {
  enum product product;
  int batch, units, repetitions, openmp_threads, failed;
  float *samples, *gradients, *weights;
  pthread_barrier_t *barrier;
  double seconds;
} work;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static float *filled(size_t count) {
  float *p = NULL;
  if (posix_memalign((void **)&p, 64, count * sizeof(float)) != 0) return NULL;
  unsigned state = 1;
  for (size_t i = 0; i < count; i++) {
    state = state * 1664525u + 1013904223u;
    p[i] = (float)(state >> 8) * 0x1p-24f - 0.5f;
  }
  return p;
}

static dnnl_status_t multiply(const work *w) {
  dnnl_dim_t n = w->batch, u = w->units;
  switch (w->product) {
    case PRODUCT_NT: return dnnl_sgemm('N', 'T', n, u, u, 1, w->samples, u, w->weights, u, 0, w->gradients, u);
    case PRODUCT_NN: return dnnl_sgemm('N', 'N', n, u, u, 1, w->samples, u, w->weights, u, 0, w->gradients, u);
    case PRODUCT_TN: return dnnl_sgemm('T', 'N', u, u, n, 1, w->samples, u, w->gradients, u, 0, w->weights, u);
  }
  return dnnl_invalid_arguments;
}

static void *run(void *argument) {
  work *w = argument;
  if (omp_set_num_threads) omp_set_num_threads(w->openmp_threads);
  size_t signal = (size_t)w->batch * (size_t)w->units;
  w->samples = filled(signal), w->gradients = filled(signal), w->weights = filled((size_t)w->units * (size_t)w->units);
  w->failed = !w->samples || !w->gradients || !w->weights || multiply(w) != dnnl_success;
  pthread_barrier_wait(w->barrier);
  double start = now();
  for (int i = 0; i < w->repetitions && !w->failed; i++) w->failed = multiply(w) != dnnl_success;
  w->seconds = now() - start;
  free(w->samples), free(w->gradients), free(w->weights);
  return NULL;
}

double product_limit_seconds(enum product product, int batch, int units, int threads, int side_by_side, int repetitions) {
  enum { MOST = 64 };
  work all[MOST];
  pthread_t handles[MOST];
  int count = side_by_side ? threads : 1;
  if (count > MOST) return -1;
  pthread_barrier_t barrier;
  pthread_barrier_init(&barrier, NULL, (unsigned)count);
  for (int i = 0; i < count; i++) {
    all[i] = (work){.product = product, .batch = batch, .units = units, .repetitions = repetitions,
                    .openmp_threads = side_by_side ? 1 : threads, .barrier = &barrier};
    if (pthread_create(&handles[i], NULL, run, &all[i]) != 0) return -1;
  }
  double slowest = 0;
  int failed = 0;
  for (int i = 0; i < count; i++) {
    pthread_join(handles[i], NULL);
    if (all[i].seconds > slowest) slowest = all[i].seconds;
    failed |= all[i].failed;
  }
  pthread_barrier_destroy(&barrier);
  return failed ? -1 : slowest / (double)repetitions / (double)count;
}
