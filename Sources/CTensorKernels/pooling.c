#include <math.h>
#include <string.h>

#include "clones.h"
#include "layers.h"

// The positions along an axis whose window has its tap at a value rather than at padding.
typedef struct {
  size_t first, end;
} span;

INITSCOPE_INLINE span positions(const initscope_pool *p, int axis, size_t tap) {
  const size_t before = p->before[axis], stride = p->stride[axis];
  // position stride + tap - before must lie in 0 ..< input.
  span s = {tap >= before ? 0 : (before - tap + stride - 1) / stride, 0};
  const size_t room = p->input[axis] + before;
  s.end = room > tap ? (room - tap + stride - 1) / stride : 0;
  if (s.end > p->output[axis]) s.end = p->output[axis];
  if (s.first > s.end) s.first = s.end;
  return s;
}

// The first value that a window holds, and how many.
INITSCOPE_INLINE size_t first_value(const initscope_pool *p, int axis, size_t position) {
  const size_t start = position * p->stride[axis];
  return start > p->before[axis] ? start - p->before[axis] : 0;
}

INITSCOPE_INLINE size_t value_count(const initscope_pool *p, int axis, size_t position) {
  const size_t end = position * p->stride[axis] + p->size[axis] - p->before[axis];
  return (end < p->input[axis] ? end : p->input[axis]) - first_value(p, axis, position);
}

// One tap of the windows that stand `stride` apart along a row; a constant stride makes vector loads of it.
INITSCOPE_INLINE void max_tap(const float *row, size_t stride, size_t lanes, size_t count, int32_t place, float *best,
                              int32_t *places) {
  if (lanes == 1) {
    for (size_t i = 0; i < count; i++) {
      const float v = row[i * stride];
      const int wins = (v > best[i]) | (v != v);
      best[i] = wins ? v : best[i];
      places[i] = wins ? place + (int32_t)(i * stride) : places[i];
    }
    return;
  }
  for (size_t i = 0; i < count; i++) {
    const float *values = row + i * stride * lanes;
    const int32_t here = place + (int32_t)(i * stride);
    for (size_t l = 0; l < lanes; l++) {
      const float v = values[l];
      const int wins = (v > best[i * lanes + l]) | (v != v);
      best[i * lanes + l] = wins ? v : best[i * lanes + l];
      places[i * lanes + l] = wins ? here : places[i * lanes + l];
    }
  }
}

INITSCOPE_CLONES
void initscope_max_pool(const initscope_pool *p, const float *x, float *y, int32_t *places) {
  const size_t width = p->input[1], lanes = p->lanes, row_size = p->output[1] * lanes;
  for (size_t plane = 0; plane < p->planes; plane++) {
    const float *image = x + plane * p->input[0] * width * lanes;
    for (size_t oy = 0; oy < p->output[0]; oy++, y += row_size, places += row_size) {
      const size_t top = first_value(p, 0, oy), bottom = top + value_count(p, 0, oy);
      for (size_t ox = 0; ox < p->output[1]; ox++) {
        for (size_t l = 0; l < lanes; l++) {
          y[ox * lanes + l] = -INFINITY;
          places[ox * lanes + l] = (int32_t)(top * width + first_value(p, 1, ox));
        }
      }
      for (size_t iy = top; iy < bottom; iy++) {
        for (size_t kx = 0; kx < p->size[1]; kx++) {
          const span s = positions(p, 1, kx);
          if (s.first == s.end) continue;
          const size_t ix = s.first * p->stride[1] + kx - p->before[1], count = s.end - s.first;
          const float *row = image + (iy * width + ix) * lanes;
          const int32_t place = (int32_t)(iy * width + ix);
          float *best = y + s.first * lanes;
          int32_t *winners = places + s.first * lanes;
          switch (p->stride[1]) {
            case 1: max_tap(row, 1, lanes, count, place, best, winners); break;
            case 2: max_tap(row, 2, lanes, count, place, best, winners); break;
            default: max_tap(row, p->stride[1], lanes, count, place, best, winners);
          }
        }
      }
    }
  }
}

INITSCOPE_CLONES
void initscope_max_pool_gradient(const initscope_pool *p, const float *g, const int32_t *places, float *dx) {
  const size_t lanes = p->lanes, in = p->input[0] * p->input[1], out = p->output[0] * p->output[1];
  memset(dx, 0, p->planes * in * lanes * sizeof *dx);
  for (size_t plane = 0; plane < p->planes; plane++, dx += in * lanes) {
    for (size_t o = 0; o < out; o++, g += lanes, places += lanes) {
      for (size_t l = 0; l < lanes; l++) dx[(size_t)places[l] * lanes + l] += g[l];
    }
  }
}

INITSCOPE_INLINE void add_strided(float *y, const float *x, size_t y_stride, size_t x_stride, size_t lanes, size_t count) {
  if (lanes == 1) {
    for (size_t i = 0; i < count; i++) y[i * y_stride] += x[i * x_stride];
    return;
  }
  for (size_t i = 0; i < count; i++) {
    for (size_t l = 0; l < lanes; l++) y[i * y_stride * lanes + l] += x[i * x_stride * lanes + l];
  }
}

INITSCOPE_CLONES
void initscope_average_pool(const initscope_pool *p, const float *x, float *y) {
  const size_t width = p->input[1], lanes = p->lanes, row_size = p->output[1] * lanes;
  for (size_t plane = 0; plane < p->planes; plane++) {
    const float *image = x + plane * p->input[0] * width * lanes;
    for (size_t oy = 0; oy < p->output[0]; oy++, y += row_size) {
      const size_t top = first_value(p, 0, oy), rows = value_count(p, 0, oy);
      memset(y, 0, row_size * sizeof *y);
      for (size_t iy = top; iy < top + rows; iy++) {
        for (size_t kx = 0; kx < p->size[1]; kx++) {
          const span s = positions(p, 1, kx);
          if (s.first == s.end) continue;
          const float *row = image + (iy * width + s.first * p->stride[1] + kx - p->before[1]) * lanes;
          const size_t count = s.end - s.first;
          if (p->stride[1] == 2) add_strided(y + s.first * lanes, row, 1, 2, lanes, count);
          else add_strided(y + s.first * lanes, row, 1, p->stride[1], lanes, count);
        }
      }
      for (size_t ox = 0; ox < p->output[1]; ox++) {
        const float share = 1.0f / (float)(rows * value_count(p, 1, ox));
        for (size_t l = 0; l < lanes; l++) y[ox * lanes + l] *= share;
      }
    }
  }
}

INITSCOPE_CLONES
void initscope_average_pool_gradient(const initscope_pool *p, const float *g, float *dx) {
  const size_t width = p->input[1], lanes = p->lanes, row_size = p->output[1] * lanes;
  memset(dx, 0, p->planes * p->input[0] * width * lanes * sizeof *dx);
  for (size_t plane = 0; plane < p->planes; plane++) {
    float *image = dx + plane * p->input[0] * width * lanes;
    for (size_t oy = 0; oy < p->output[0]; oy++, g += row_size) {
      const size_t top = first_value(p, 0, oy), rows = value_count(p, 0, oy);
      for (size_t iy = top; iy < top + rows; iy++) {
        for (size_t ox = 0; ox < p->output[1]; ox++) {
          const size_t left = first_value(p, 1, ox), columns = value_count(p, 1, ox);
          const float share = 1.0f / (float)(rows * columns);
          for (size_t ix = left; ix < left + columns; ix++) {
            for (size_t l = 0; l < lanes; l++) image[(iy * width + ix) * lanes + l] += g[ox * lanes + l] * share;
          }
        }
      }
    }
  }
}
