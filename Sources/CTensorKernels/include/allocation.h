#ifndef INITSCOPE_ALLOCATION_H
#define INITSCOPE_ALLOCATION_H

#include <stddef.h>

// Has malloc map blocks of at least so many bytes one by one, so that freed ones go back to the system at once. Left alone,
// glibc raises its own threshold with every such block that is freed, and keeps what is below it.
void initscope_map_blocks_from(size_t bytes);

#endif
