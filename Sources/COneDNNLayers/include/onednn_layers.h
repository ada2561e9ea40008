// Convolutions, computed by oneDNN. Only this target depends on oneDNN's version.
#ifndef INITSCOPE_ONEDNN_LAYERS_H
#define INITSCOPE_ONEDNN_LAYERS_H

// The library's version, 1000000 major + 1000 minor + patch.
int initscope_onednn_version(void);

#include <stddef.h>
#include <stdint.h>

// A convolution of fixed shape without memory of its own, in two axes or three: axes beyond `axes` are not read. Signals are
// batch x channels x extents; weights are outputs x inputs / groups x extents of the kernel.
typedef struct {
  int axes;
  int64_t batch, input_channels, output_channels, groups;
  int64_t input[3], output[3], kernel[3], stride[3], dilation[3], before[3], after[3];
  int has_bias;
  // Whether signals of two axes are batch x height x width x channels.
  int channels_last;
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
