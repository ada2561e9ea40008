#ifndef INITSCOPE_MOMENTS_H
#define INITSCOPE_MOMENTS_H

#include <stddef.h>
#include <stdint.h>

#endif
