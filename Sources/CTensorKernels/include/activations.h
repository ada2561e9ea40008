// Activations over contiguous Float arrays, one pair of kernels each:
//
//   initscope_<name>_value(z, a, n)                       a[i] = f(z[i])
//   initscope_<name>_value_and_derivative(z, a, d, n)     and d[i] = f'(z[i])
//
// Aliasing: `a` may be `z`, element for element. Otherwise no two arrays may overlap.
// Accuracy, in units in the last place of the exact function of the Float argument: 6 for gelu, gelu_tanh, quick_gelu,
// silu and mish, which are products x s(x), 3 for all others. The derivative of such a product, s + x s', passes through
// zero: there the unit is that of the larger term. An exponential below the least normal Float, 1.2e-38, counts as zero, so
// that the left tails end there, at results below 4e-36.
// NaN gives NaN in both results; infinities give the limits. At a kink the derivative is PyTorch's.
// Parameters are passed by value, in Double.
#ifndef INITSCOPE_ACTIVATIONS_H
#define INITSCOPE_ACTIVATIONS_H

#include <stddef.h>
#include <stdint.h>

#define INITSCOPE_DECLARE_ACTIVATION(name)                                                                               \
  void initscope_##name##_value(const float *z, float *a, size_t n);                                                     \
  void initscope_##name##_value_and_derivative(const float *z, float *a, float *d, size_t n);

#define INITSCOPE_DECLARE_PARAMETRIC_ACTIVATION(name)                                                                    \
  void initscope_##name##_value(const float *z, float *a, size_t n, double parameter);                                   \
  void initscope_##name##_value_and_derivative(const float *z, float *a, float *d, size_t n, double parameter);

INITSCOPE_DECLARE_ACTIVATION(identity)
INITSCOPE_DECLARE_ACTIVATION(relu)
INITSCOPE_DECLARE_PARAMETRIC_ACTIVATION(leaky_relu)  // slope; also PReLU
INITSCOPE_DECLARE_ACTIVATION(relu6)
INITSCOPE_DECLARE_PARAMETRIC_ACTIVATION(elu)  // alpha
INITSCOPE_DECLARE_ACTIVATION(selu)
INITSCOPE_DECLARE_PARAMETRIC_ACTIVATION(celu)  // alpha
INITSCOPE_DECLARE_ACTIVATION(gelu)
INITSCOPE_DECLARE_ACTIVATION(gelu_tanh)
INITSCOPE_DECLARE_ACTIVATION(quick_gelu)
INITSCOPE_DECLARE_ACTIVATION(silu)
INITSCOPE_DECLARE_ACTIVATION(mish)
INITSCOPE_DECLARE_ACTIVATION(softplus)
INITSCOPE_DECLARE_ACTIVATION(softsign)
INITSCOPE_DECLARE_ACTIVATION(tanh)
INITSCOPE_DECLARE_ACTIVATION(hardtanh)
INITSCOPE_DECLARE_ACTIVATION(sigmoid)
INITSCOPE_DECLARE_ACTIVATION(hard_sigmoid)
INITSCOPE_DECLARE_ACTIVATION(hard_swish)
INITSCOPE_DECLARE_ACTIVATION(erf)
INITSCOPE_DECLARE_ACTIVATION(sin)
INITSCOPE_DECLARE_ACTIVATION(relu_squared)

#undef INITSCOPE_DECLARE_ACTIVATION
#undef INITSCOPE_DECLARE_PARAMETRIC_ACTIVATION

#endif
