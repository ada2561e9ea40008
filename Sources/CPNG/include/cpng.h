// Writes and reads PNG images in memory, through libpng.
//
// libpng reports errors by longjmp. Every setjmp of this target stays inside one C function, so that no jump crosses a
// Swift frame; callers see a result code and a message.
#ifndef INITSCOPE_CPNG_H
#define INITSCOPE_CPNG_H

#include <stddef.h>
#include <stdint.h>

typedef enum {
  CPNG_RGB = 0,   // 3 bytes per pixel: R, G, B
  CPNG_RGBA = 1,  // 4 bytes per pixel: R, G, B, A, alpha not premultiplied
  CPNG_XRGB32 = 2 // 32-bit words 0x00RRGGBB of the host's byte order (cairo's FORMAT_RGB24); written as RGB
} cpng_layout;

typedef enum {
  CPNG_OK = 0,
  CPNG_BAD_ARGUMENT = 1,
  CPNG_NO_MEMORY = 2,
  CPNG_LIBRARY_ERROR = 3
} cpng_status;

// One text chunk: keyword of 1 to 79 Latin-1 characters, value in UTF-8. Both end in NUL.
typedef struct {
  const char *keyword;
  const char *value;
} cpng_text;

typedef struct {
  uint8_t *bytes;
  size_t count;
} cpng_buffer;

typedef struct {
  uint32_t width;
  uint32_t height;
  uint8_t *rgba; // height rows of 4 * width bytes
  size_t text_count;
  cpng_text *texts;
  uint32_t pixels_per_metre; // 0 without a pHYs chunk in metres, or where the two axes differ
} cpng_image;

#define CPNG_MESSAGE_SIZE 256

// Encodes `height` rows that start `stride` bytes apart. ASCII values become tEXt chunks, others iTXt.
// `pixels_per_metre` 0 leaves out pHYs. On success the caller frees `out` with cpng_buffer_free; on failure `out` is
// empty and `message` says why.
cpng_status cpng_encode(const uint8_t *rows, size_t stride, uint32_t width, uint32_t height, cpng_layout layout,
                        uint32_t pixels_per_metre, const cpng_text *texts, size_t text_count, cpng_buffer *out,
                        char message[CPNG_MESSAGE_SIZE]);

// Decodes to RGBA of 8 bits per channel, with the text chunks. Images beyond 100 million pixels are refused. On success
// the caller frees `out` with cpng_image_free.
cpng_status cpng_decode(const uint8_t *bytes, size_t count, cpng_image *out, char message[CPNG_MESSAGE_SIZE]);

void cpng_buffer_free(cpng_buffer *buffer);
void cpng_image_free(cpng_image *image);

#endif
