// Two data sets (Fixtures/datasets/ATTRIBUTION), embedded so that the installed command has them without the repository.
#ifndef INITSCOPE_CSAMPLEDATA_H
#define INITSCOPE_CSAMPLEDATA_H

#include <stddef.h>

// Both return bytes that live as long as the process, and their number.

/// 1,797 handwritten digits as gzip-compressed comma-separated text.
const unsigned char *_Nonnull csampledata_digits(size_t *_Nonnull size);

/// Fisher's 150 irises as comma-separated text.
const unsigned char *_Nonnull csampledata_iris(size_t *_Nonnull size);

#endif
