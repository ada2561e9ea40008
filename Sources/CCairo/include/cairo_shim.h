// Cairo's image surface and its FreeType font faces for Swift.
#ifndef INITSCOPE_CAIRO_SHIM_H
#define INITSCOPE_CAIRO_SHIM_H

#include <cairo/cairo.h>
#include <cairo/cairo-ft.h>
#include <ft2build.h>
#include FT_FREETYPE_H

#endif
