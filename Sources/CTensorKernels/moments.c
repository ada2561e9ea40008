#include "clones.h"
#include "moments.h"
