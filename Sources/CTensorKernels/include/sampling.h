#ifndef INITSCOPE_SAMPLING_H
#define INITSCOPE_SAMPLING_H

#include <stddef.h>
#include <stdint.h>

#endif
