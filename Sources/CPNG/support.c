#include "support.h"

#include <stdio.h>
#include <stdlib.h>

void cpng_say(char message[CPNG_MESSAGE_SIZE], const char *text) { snprintf(message, CPNG_MESSAGE_SIZE, "%s", text); }

void cpng_on_error(png_structp png, png_const_charp text) {
  cpng_say(png_get_error_ptr(png), text);
  png_longjmp(png, 1);
}

void cpng_on_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

void cpng_buffer_free(cpng_buffer *buffer) {
  free(buffer->bytes);
  *buffer = (cpng_buffer){0};
}

void cpng_image_free(cpng_image *image) {
  free(image->rgba);
  for (size_t i = 0; i < image->text_count; i++) {
    free((void *)image->texts[i].keyword);
    free((void *)image->texts[i].value);
  }
  free(image->texts);
  *image = (cpng_image){0};
}
