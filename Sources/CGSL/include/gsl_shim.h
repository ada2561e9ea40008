// GSL for Swift. Headers are listed singly: <gsl/gsl_cblas.h> declares the same enums as OpenBLAS, and only "gsl" is
// linked, so that every cblas_* resolves to OpenBLAS (ten times faster than libgslcblas).
#ifndef INITSCOPE_GSL_SHIM_H
#define INITSCOPE_GSL_SHIM_H

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_fit.h>
#include <gsl/gsl_histogram.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_roots.h>
#include <gsl/gsl_sf_psi.h>
#include <gsl/gsl_sort_double.h>
#include <gsl/gsl_statistics_double.h>
#include <gsl/gsl_statistics_float.h>
#include <gsl/gsl_version.h>

// gsl_rng_mt19937 is a mutable global, which Swift 6 refuses to read; this accessor returns its value.
static inline const gsl_rng_type *initscope_gsl_rng_mt19937(void) { return gsl_rng_mt19937; }

// A mutable global likewise: the Brent-Dekker root finder.
static inline const gsl_root_fsolver_type *initscope_gsl_root_fsolver_brent(void) { return gsl_root_fsolver_brent; }

#endif
