// Kernels that only training needs: losses, optimizers, norms.
#ifndef INITSCOPE_TRAINING_H
#define INITSCOPE_TRAINING_H

#include <stddef.h>
#include <stdint.h>

// Softmax cross-entropy of rows x classes logits, in units of 2^exponent, with labels. Writes scale * (softmax - one-hot)
// and returns the sum of the losses; *correct counts the rows whose largest logit is the label's.
double initscope_softmax_cross_entropy(const float *logits, double exponent, const int32_t *labels, size_t rows,
                                       size_t classes, float scale, float *gradient, size_t *correct);
// Cross-entropy of logits, in units of 2^exponent, with targets in 0...1, element by element; gradient
// scale * (sigmoid - target).
double initscope_binary_cross_entropy(const float *logits, double exponent, const float *targets, size_t count, float scale,
                                      float *gradient, size_t *correct);
// The sum of d^2 with d = outputs * output_unit - targets * target_unit; gradient 2 scale * d.
double initscope_squared_error(const float *outputs, double output_unit, const float *targets, double target_unit,
                               size_t count, float scale, float *gradient);

// w -= lr g.
void initscope_sgd(float *w, const float *g, size_t count, float rate);
// v = momentum v + g; w -= lr v, or lr (g + momentum v) after Nesterov.
void initscope_sgd_momentum(float *w, const float *g, float *v, size_t count, float rate, float momentum, int nesterov);
// m and v are running means of g and g^2; w -= decay w + step m / (sqrt(v) / correction + epsilon).
void initscope_adam(float *w, const float *g, float *m, float *v, size_t count, float step, float beta1, float beta2,
                    float correction, float epsilon, float decay);
// s = rho s + (1 - rho) g^2; w -= lr g / (sqrt(s) + epsilon).
void initscope_rmsprop(float *w, const float *g, float *s, size_t count, float rate, float rho, float epsilon);

double initscope_sum_of_squares(const float *x, size_t count);
double initscope_sum_of_magnitudes(const float *x, size_t count);
// The sum of (x - y)^2.
double initscope_squared_distance(const float *x, const float *y, size_t count);
// y += a x.
void initscope_add_scaled(float *y, const float *x, float a, size_t count);
// y += a sign(x), sign(0) = 0.
void initscope_add_signs(float *y, const float *x, float a, size_t count);
// Cuts to [-limit, limit]; NaN stays.
void initscope_clip(float *x, float limit, size_t count);
// g *= d.
void initscope_multiply(float *g, const float *d, size_t count);
// g = 0 where z <= 0.
void initscope_mask_negative(float *g, const float *z, size_t count);

#endif
