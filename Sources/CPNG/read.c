#include "support.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
  const uint8_t *bytes;
  size_t remaining;
} source;

static void take(png_structp png, png_bytep into, png_size_t count) {
  source *from = png_get_io_ptr(png);
  if (count > from->remaining) png_error(png, "the file ends early");
  memcpy(into, from->bytes, count);
  from->bytes += count;
  from->remaining -= count;
}

// Copies what libpng owns: it goes with its structs.
static int copy_texts(png_structp png, png_infop info, cpng_image *out) {
  png_textp texts = NULL;
  int count = png_get_text(png, info, &texts, NULL) > 0 ? png_get_text(png, info, &texts, NULL) : 0;
  if (count == 0) return 1;
  out->texts = calloc((size_t)count, sizeof *out->texts);
  if (out->texts == NULL) return 0;
  for (int i = 0; i < count; i++) {
    out->texts[i].keyword = strdup(texts[i].key);
    out->texts[i].value = strdup(texts[i].text != NULL ? texts[i].text : "");
    out->text_count = (size_t)i + 1;
    if (out->texts[i].keyword == NULL || out->texts[i].value == NULL) return 0;
  }
  return 1;
}

cpng_status cpng_decode(const uint8_t *bytes, size_t count, cpng_image *out, char message[CPNG_MESSAGE_SIZE]) {
  *out = (cpng_image){0};
  cpng_say(message, "");
  if (count < 8 || png_sig_cmp(bytes, 0, 8) != 0) {
    cpng_say(message, "not a PNG file: the signature is missing");
    return CPNG_BAD_ARGUMENT;
  }

  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, message, cpng_on_error, cpng_on_warning);
  if (png == NULL) {
    if (message[0] == 0) cpng_say(message, "out of memory");
    return CPNG_NO_MEMORY;
  }
  source from = {bytes, count};
  volatile png_infop info = NULL;
  if (setjmp(png_jmpbuf(png))) {
    png_infop made = info;
    png_destroy_read_struct(&png, &made, NULL);
    cpng_image_free(out);
    return CPNG_LIBRARY_ERROR;
  }
  info = png_create_info_struct(png);
  if (info == NULL) png_error(png, "out of memory");
  png_set_read_fn(png, &from, take);
  png_read_info(png, info);

  out->width = png_get_image_width(png, info);
  out->height = png_get_image_height(png, info);
  if ((uint64_t)out->width * out->height > 100000000u) png_error(png, "more than 100 million pixels");
  png_set_expand(png);
  png_set_strip_16(png);
  png_set_gray_to_rgb(png);
  png_set_add_alpha(png, 255, PNG_FILLER_AFTER);
  int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  if (png_get_rowbytes(png, info) != (size_t)out->width * 4) png_error(png, "unexpected row length");

  out->rgba = malloc((size_t)out->width * out->height * 4);
  if (out->rgba == NULL) png_error(png, "out of memory");
  for (int pass = 0; pass < passes; pass++)
    for (uint32_t y = 0; y < out->height; y++) png_read_row(png, out->rgba + (size_t)y * out->width * 4, NULL);
  png_read_end(png, info);

  out->pixels_per_metre = png_get_pixels_per_meter(png, info);
  if (!copy_texts(png, info, out)) png_error(png, "out of memory");

  png_infop made = info;
  png_destroy_read_struct(&png, &made, NULL);
  return CPNG_OK;
}
