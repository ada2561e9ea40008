// Error handling that the PNG writer and reader share.
#ifndef INITSCOPE_CPNG_SUPPORT_H
#define INITSCOPE_CPNG_SUPPORT_H

#include "cpng.h"

#include <png.h>

// Copies `text` into `message`, truncated.
void cpng_say(char message[CPNG_MESSAGE_SIZE], const char *text);

// libpng's error callback: `png_get_error_ptr` is the message buffer. Does not return.
void cpng_on_error(png_structp png, png_const_charp text);

// Warnings (an unknown chunk, a profile) are ignored.
void cpng_on_warning(png_structp png, png_const_charp text);

#endif
