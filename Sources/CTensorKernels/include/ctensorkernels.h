// Vector kernels in C. SwiftPM compiles for plain x86-64; each public function carries INITSCOPE_CLONES, so that the
// loader picks AVX-512 or AVX2 code where the processor has it. Helpers they call are INITSCOPE_INLINE: an inlined body is
// compiled for the clone it lands in.
#ifndef INITSCOPE_CTENSORKERNELS_H
#define INITSCOPE_CTENSORKERNELS_H

#include "activations.h"
#include "allocation.h"
#include "cells.h"
#include "layers.h"
#include "moments.h"
#include "rows.h"
#include "sampling.h"
#include "sequences.h"
#include "small_product.h"
#include "tensors.h"
#include "training.h"
#include "values.h"
#include "windows.h"

#endif
