// Convolutions, computed by oneDNN. Only this target depends on oneDNN's version.
#ifndef INITSCOPE_ONEDNN_LAYERS_H
#define INITSCOPE_ONEDNN_LAYERS_H

// The library's version, 1000000 major + 1000 minor + patch.
int initscope_onednn_version(void);

#include <stddef.h>
#include <stdint.h>

// A convolution of fixed shape. Axes are height and width; a convolution along steps has height 1.
typedef struct {
  int64_t batch, input_channels, output_channels, groups;
  int64_t input[2], output[2], kernel[2], stride[2], dilation[2], before[2], after[2];
  int has_bias;
  // Whether signals are batch x height x width x channels, else batch x channels x height x width.
  int channels_last;
} initscope_convolution_shape;

typedef struct initscope_convolution initscope_convolution;

// Allocates all memory that the passes need; NULL where there is not enough. The passes expect the OpenMP team of the
// calling thread.
initscope_convolution *initscope_convolution_create(const initscope_convolution_shape *shape);
void initscope_convolution_destroy(initscope_convolution *convolution);

// y = w * x + b, with w outputs x inputs / groups x height x width. `b` is not read without a bias. Returns 0, or oneDNN's
// status.
int initscope_convolution_forward(initscope_convolution *convolution, const float *x, const float *w, const float *b,
                                  float *y);

// Gradients, given that with respect to y, after a forward pass with the same x: dx where it is not NULL, then dw and db
// where dw is not NULL; with a bias, db comes with dw.
int initscope_convolution_backward(initscope_convolution *convolution, const float *g, const float *x, const float *w,
                                   float *dx, float *dw, float *db);

#endif
