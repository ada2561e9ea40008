#include "czlib.h"

// Added to the window size, this asks zlib for the gzip wrapper (zlib.h, inflateInit2 and deflateInit2).
enum { gzip_wrapper = 16, default_memory_level = 8 };

int initscope_inflate_init_gzip(z_stream *stream) { return inflateInit2(stream, MAX_WBITS + gzip_wrapper); }

int initscope_deflate_init_gzip(z_stream *stream, int level) {
  return deflateInit2(stream, level, Z_DEFLATED, MAX_WBITS + gzip_wrapper, default_memory_level, Z_DEFAULT_STRATEGY);
}

int initscope_inflate_init_raw(z_stream *stream) { return inflateInit2(stream, -MAX_WBITS); }

int initscope_deflate_init_raw(z_stream *stream, int level) {
  return deflateInit2(stream, level, Z_DEFLATED, -MAX_WBITS, default_memory_level, Z_DEFAULT_STRATEGY);
}
