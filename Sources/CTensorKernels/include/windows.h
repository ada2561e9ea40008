// Pooling of any window in up to three axes, with gaps between taps and windows that hold padding alone.
#ifndef INITSCOPE_WINDOWS_H
#define INITSCOPE_WINDOWS_H

#include <stddef.h>
#include <stdint.h>

// A pooling of planes of depth x height x width; a plane with fewer axes has extents of 1 first. `after` is padding behind.
typedef struct {
  size_t input[3], output[3], size[3], stride[3], dilation[3], before[3], after[3];
} initscope_windows;

// The largest value of each window and its place in the plane, -infinity and -1 where a window holds none. Of equal values
// the first counts; NaN counts as the largest.
void initscope_window_max(const initscope_windows *w, const float *x, size_t planes, float *y, int32_t *places);
// dx = for each place, the sum of the gradients of the windows whose largest value is there.
void initscope_window_max_gradient(const initscope_windows *w, const float *g, const int32_t *places, size_t planes,
                                   float *dx);
// The mean of each window over its values, or over padding too where `counts_padding`; 0 where there is none.
void initscope_window_mean(const initscope_windows *w, const float *x, size_t planes, int counts_padding, float *y);
void initscope_window_mean_gradient(const initscope_windows *w, const float *g, size_t planes, int counts_padding,
                                    float *dx);
// The p-norm of each window, and its gradient.
void initscope_window_norm(const initscope_windows *w, const float *x, size_t planes, float p, float *y);
void initscope_window_norm_gradient(const initscope_windows *w, const float *g, const float *x, const float *y,
                                    size_t planes, float p, float *dx);

#endif
