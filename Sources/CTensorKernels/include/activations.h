#ifndef INITSCOPE_ACTIVATIONS_H
#define INITSCOPE_ACTIVATIONS_H

#include <stddef.h>
#include <stdint.h>

#endif
