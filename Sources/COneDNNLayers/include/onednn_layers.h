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
// The bytes that `initscope_convolution_create` allocates for layouts and scratch, on a team of this size; nothing is
// compiled.
size_t initscope_convolution_bytes(const initscope_convolution_shape *shape);

// y = w * x + b, with w outputs x inputs / groups x height x width. `b` is not read without a bias. Returns 0, or oneDNN's
// status.
int initscope_convolution_forward(initscope_convolution *convolution, const float *x, const float *w, const float *b,
                                  float *y);

// Gradients, given that with respect to y, after a forward pass with the same x: dx where it is not NULL, then dw and db
// where dw is not NULL; with a bias, db comes with dw.
int initscope_convolution_backward(initscope_convolution *convolution, const float *g, const float *x, const float *w,
                                   float *dx, float *dw, float *db);

// A convolution of fixed shape without memory of its own, in two axes or three: axes beyond `axes` are not read. Signals are
// batch x channels x extents; weights are outputs x inputs / groups x extents of the kernel.
typedef struct {
  int axes;
  int64_t batch, input_channels, output_channels, groups;
  int64_t input[3], output[3], kernel[3], stride[3], dilation[3], before[3], after[3];
  int has_bias;
} initscope_convolution_geometry;

enum {
  INITSCOPE_CONVOLUTION_FORWARD,
  INITSCOPE_CONVOLUTION_INPUT_GRADIENT,
  INITSCOPE_CONVOLUTION_WEIGHT_GRADIENT
};

typedef struct initscope_convolution_plan initscope_convolution_plan;

// Compiles one pass; NULL where oneDNN refuses it. The plan is never written to afterwards: several threads may run it.
// Weight gradients come without that of the bias, which is the sum of each channel.
initscope_convolution_plan *initscope_convolution_plan_create(const initscope_convolution_geometry *geometry, int pass);
void initscope_convolution_plan_destroy(initscope_convolution_plan *plan);
// Floats of memory that the pass needs beside its arrays.
size_t initscope_convolution_plan_workspace(const initscope_convolution_plan *plan);
// Runs the pass. Forward reads x, w and b and writes y; the input gradient reads y and w and writes x; the weight gradient
// reads x and y and writes w. Returns 0, or oneDNN's status.
int initscope_convolution_plan_run(const initscope_convolution_plan *plan, float *x, float *w, const float *b, float *y,
                                   float *workspace);

#endif
