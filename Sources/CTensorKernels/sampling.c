#include "clones.h"
#include "sampling.h"
