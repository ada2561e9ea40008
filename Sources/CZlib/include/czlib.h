// zlib for Swift: its header, and functions in place of macros that Swift cannot import.
#ifndef INITSCOPE_CZLIB_H
#define INITSCOPE_CZLIB_H

#include <zlib.h>

/// Prepares `stream` to inflate gzip data only (no zlib or raw deflate wrapper), CRC and length checked.
int initscope_inflate_init_gzip(z_stream *stream);

/// Prepares `stream` to deflate into the gzip format at the given compression level, 0...9.
int initscope_deflate_init_gzip(z_stream *stream, int level);

/// Prepares `stream` to inflate bare deflate data, as a zip archive holds them: no wrapper, no checksum.
int initscope_inflate_init_raw(z_stream *stream);

/// Prepares `stream` to deflate without a wrapper at the given compression level, 0...9.
int initscope_deflate_init_raw(z_stream *stream, int level);

#endif
