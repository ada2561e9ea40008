#include "allocation.h"

#include <malloc.h>

void initscope_map_blocks_from(size_t bytes) { mallopt(M_MMAP_THRESHOLD, (int)bytes); }
