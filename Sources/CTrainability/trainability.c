#include "trainability.h"

// Written by Benchmarks/verdict/fit.py.
#include "coefficients.inc"

enum {
  Length = (TrainabilityInputs + 1) * TrainabilityHidden + (TrainabilityHidden + 1) * TrainabilityHidden +
           (TrainabilityHidden + 1) * TrainabilityOutputs
};

_Static_assert(sizeof means / sizeof *means == TrainabilityInputs, "a mean for each input");
_Static_assert(sizeof deviations / sizeof *deviations == TrainabilityInputs, "a deviation for each input");
_Static_assert(sizeof coefficients / sizeof *coefficients == TrainabilityMembers * Length,
               "all coefficients of all members");
_Static_assert(sizeof evidence % TrainabilityInputs == 0, "whole networks");

float trainability_temperature(void) { return temperature; }
const float *trainability_means(void) { return means; }
const float *trainability_deviations(void) { return deviations; }
const float *trainability_coefficients(void) { return coefficients; }
const signed char *trainability_evidence(void) { return evidence; }
int trainability_evidence_count(void) { return sizeof evidence / TrainabilityInputs; }
float trainability_farthest_neighbour(void) { return farthest_neighbour; }
