// The two faces of the font Inter, in which pictures are labelled, embedded so that a picture does not depend on
// installed fonts.
#ifndef INITSCOPE_CFONT_H
#define INITSCOPE_CFONT_H

#include <stddef.h>

// OpenType files; they live as long as the process, as FT_New_Memory_Face demands.
extern const unsigned char cfont_inter_regular[];
extern const size_t cfont_inter_regular_size;
extern const unsigned char cfont_inter_semibold[];
extern const size_t cfont_inter_semibold_size;

// Swift does not import an array of unknown bound; these hand out the address.
static inline const unsigned char *_Nonnull cfont_inter_regular_bytes(void) { return cfont_inter_regular; }
static inline const unsigned char *_Nonnull cfont_inter_semibold_bytes(void) { return cfont_inter_semibold; }

#endif
