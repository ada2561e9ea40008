// The coefficients of the verdict's model, which Benchmarks/verdict/fit.py fits to trained networks (Reports/verdict).
#ifndef INITSCOPE_TRAINABILITY_H
#define INITSCOPE_TRAINABILITY_H

/// Networks in the ensemble, inputs that each takes, units of its two hidden layers, and its outputs.
enum { TrainabilityMembers = 5, TrainabilityInputs = 20, TrainabilityHidden = 32, TrainabilityOutputs = 5 };

// Pointers live as long as the process.

/// The logarithmic odds are divided by this, so that the probability is that of cross-validation.
float trainability_temperature(void);

/// Mean and deviation by which each input is standardized.
const float *_Nonnull trainability_means(void);
const float *_Nonnull trainability_deviations(void);

/// The coefficients by member and layer: weights, (inputs, outputs), then biases.
const float *_Nonnull trainability_coefficients(void);

/// The standardized inputs of the networks to which the coefficients were fitted, in units of 5 / 127, network by network.
const signed char *_Nonnull trainability_evidence(void);
int trainability_evidence_count(void);
/// The largest distance to the third nearest of these networks; a network farther away is unlike all of them.
float trainability_farthest_neighbour(void);

#endif
