#include "clones.h"
#include "activations.h"
