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
INITSCOPE_INLINE void max_tap(const float *restrict row, int32_t stride, int32_t lanes, int32_t count, int32_t place,
                              float *restrict best, int32_t *restrict places) {
  if (lanes == 1) {
    for (int32_t i = 0; i < count; i++) {
      const float v = row[i * stride];
      const int wins = (v > best[i]) | (v != v);
      best[i] = wins ? v : best[i];
      places[i] = wins ? place + i * stride : places[i];
    }
    return;
  }
  for (int32_t i = 0; i < count; i++) {
    const float *restrict values = row + (ptrdiff_t)i * stride * lanes;
    float *restrict bests = best + (ptrdiff_t)i * lanes;
    int32_t *restrict winners = places + (ptrdiff_t)i * lanes;
    for (int32_t l = 0; l < lanes; l++) {
      const float v = values[l];
      const int wins = (v > bests[l]) | (v != v);
      bests[l] = wins ? v : bests[l];
      winners[l] = wins ? place + i * stride : winners[l];
    }
  }
}

// One row of windows of 2 x 2, side by side and without padding: the pool of most networks, in one pass.
INITSCOPE_INLINE void max_pairs(const float *restrict top, const float *restrict bottom, int32_t width, int32_t count,
                                int32_t place, float *restrict best, int32_t *restrict places) {
  for (int32_t i = 0; i < count; i++) {
    const float a = top[2 * i], b = top[2 * i + 1], c = bottom[2 * i], d = bottom[2 * i + 1];
    int32_t winner = place + 2 * i;
    float v = a;
    int wins = (b > v) | (b != b);
    v = wins ? b : v, winner = wins ? place + 2 * i + 1 : winner;
    wins = (c > v) | (c != c);
    v = wins ? c : v, winner = wins ? place + 2 * i + width : winner;
    wins = (d > v) | (d != d);
    v = wins ? d : v, winner = wins ? place + 2 * i + width + 1 : winner;
    best[i] = v;
    places[i] = winner;
  }
}

INITSCOPE_CLONES
void initscope_max_pool(const initscope_pool *p, const float *x, float *y, int32_t *places) {
  const size_t width = p->input[1], lanes = p->lanes, row_size = p->output[1] * lanes;
  // A window that padding cuts holds fewer than four values.
  const int pairs = lanes == 1 && p->size[0] == 2 && p->size[1] == 2 && p->stride[1] == 2 && p->before[0] == 0 &&
                    p->before[1] == 0 && 2 * p->output[1] <= width &&
                    (p->output[0] - 1) * p->stride[0] + 2 <= p->input[0];
  for (size_t plane = 0; plane < p->planes; plane++) {
    const float *image = x + plane * p->input[0] * width * lanes;
    for (size_t oy = 0; oy < p->output[0]; oy++, y += row_size, places += row_size) {
      const size_t top = first_value(p, 0, oy), bottom = top + value_count(p, 0, oy);
      if (pairs) {
        const float *row = image + top * width;
        max_pairs(row, row + width, (int32_t)width, (int32_t)p->output[1], (int32_t)(top * width), y, places);
        continue;
      }
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
            case 1: max_tap(row, 1, (int32_t)lanes, (int32_t)count, place, best, winners); break;
            case 2: max_tap(row, 2, (int32_t)lanes, (int32_t)count, place, best, winners); break;
            default: max_tap(row, (int32_t)p->stride[1], (int32_t)lanes, (int32_t)count, place, best, winners);
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
