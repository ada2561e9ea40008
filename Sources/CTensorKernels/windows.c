#include "windows.h"

#include <math.h>
#include <string.h>

#include "clones.h"

// The taps of one window along one axis that lie on values, and the place of the first of them.
typedef struct {
  size_t first, end, start, counted;
} taps;

INITSCOPE_INLINE taps taps_of(const initscope_windows *w, int axis, size_t position) {
  const size_t start = position * w->stride[axis], before = w->before[axis], gap = w->dilation[axis];
  const size_t end = w->input[axis] + before, size = w->size[axis];
  taps t = {start >= before ? 0 : (before - start + gap - 1) / gap, end > start ? (end - start + gap - 1) / gap : 0, 0, 0};
  const size_t all = end + w->after[axis];
  t.counted = all > start ? (all - start + gap - 1) / gap : 0;
  if (t.counted > size) t.counted = size;
  if (t.end > size) t.end = size;
  if (t.first > t.end) t.first = t.end;
  t.start = start + t.first * gap - before;
  return t;
}

#define FOR_EACH_WINDOW                                                  \
  for (size_t oz = 0; oz < w->output[0]; oz++) {                         \
    const taps z = taps_of(w, 0, oz);                                    \
    for (size_t oy = 0; oy < w->output[1]; oy++) {                       \
      const taps v = taps_of(w, 1, oy);                                  \
      for (size_t ox = 0; ox < w->output[2]; ox++) {                     \
        const taps u = taps_of(w, 2, ox);

#define END_WINDOW \
  }                \
  }                \
  }

#define FOR_EACH_TAP                                                                                       \
  for (size_t kz = z.first, pz = z.start; kz < z.end; kz++, pz += w->dilation[0]) {                        \
    for (size_t ky = v.first, py = v.start; ky < v.end; ky++, py += w->dilation[1]) {                      \
      size_t place = (pz * w->input[1] + py) * w->input[2] + u.start;                                      \
      for (size_t kx = u.first; kx < u.end; kx++, place += w->dilation[2]) {

#define END_TAP \
  }             \
  }             \
  }

INITSCOPE_INLINE size_t volume(const size_t extents[3]) { return extents[0] * extents[1] * extents[2]; }

void initscope_window_max(const initscope_windows *w, const float *x, size_t planes, float *y, int32_t *places) {
  for (size_t plane = 0; plane < planes; plane++, x += volume(w->input)) {
    FOR_EACH_WINDOW {
      float best = -INFINITY;
      int32_t winner = -1;
      FOR_EACH_TAP {
        const float value = x[place];
        if (winner < 0 || value > best || value != value) best = value, winner = (int32_t)place;
      }
      END_TAP
      *y++ = best;
      *places++ = winner;
    }
    END_WINDOW
  }
}

void initscope_window_max_gradient(const initscope_windows *w, const float *g, const int32_t *places, size_t planes,
                                   float *dx) {
  const size_t in = volume(w->input), out = volume(w->output);
  memset(dx, 0, planes * in * sizeof *dx);
  for (size_t plane = 0; plane < planes; plane++, dx += in) {
    for (size_t o = 0; o < out; o++, g++, places++) {
      if (*places >= 0) dx[*places] += *g;
    }
  }
}

INITSCOPE_INLINE float share_of(taps z, taps v, taps u, int counts_padding) {
  const size_t held = (z.end - z.first) * (v.end - v.first) * (u.end - u.first);
  const size_t count = counts_padding ? z.counted * v.counted * u.counted : held;
  return count ? 1.0f / (float)count : 0;
}

void initscope_window_mean(const initscope_windows *w, const float *x, size_t planes, int counts_padding, float *y) {
  for (size_t plane = 0; plane < planes; plane++, x += volume(w->input)) {
    FOR_EACH_WINDOW {
      double sum = 0;
      FOR_EACH_TAP { sum += (double)x[place]; }
      END_TAP
      *y++ = (float)(sum * (double)share_of(z, v, u, counts_padding));
    }
    END_WINDOW
  }
}

void initscope_window_mean_gradient(const initscope_windows *w, const float *g, size_t planes, int counts_padding,
                                    float *dx) {
  memset(dx, 0, planes * volume(w->input) * sizeof *dx);
  for (size_t plane = 0; plane < planes; plane++, dx += volume(w->input)) {
    FOR_EACH_WINDOW {
      const float share = *g++ * share_of(z, v, u, counts_padding);
      FOR_EACH_TAP { dx[place] += share; }
      END_TAP
    }
    END_WINDOW
  }
}

void initscope_window_norm(const initscope_windows *w, const float *x, size_t planes, float p, float *y) {
  for (size_t plane = 0; plane < planes; plane++, x += volume(w->input)) {
    FOR_EACH_WINDOW {
      double sum = 0;
      FOR_EACH_TAP { sum += pow(fabs((double)x[place]), (double)p); }
      END_TAP
      *y++ = (float)pow(sum, 1 / (double)p);
    }
    END_WINDOW
  }
}

void initscope_window_norm_gradient(const initscope_windows *w, const float *g, const float *x, const float *y,
                                    size_t planes, float p, float *dx) {
  const size_t in = volume(w->input);
  memset(dx, 0, planes * in * sizeof *dx);
  for (size_t plane = 0; plane < planes; plane++, x += in, dx += in) {
    FOR_EACH_WINDOW {
      const double gradient = (double)*g++, norm = (double)*y++;
      FOR_EACH_TAP {
        const double value = (double)x[place], size = fabs(value);
        // A norm of 0 has no slope; neither has a value of 0 in it.
        if (norm > 0 && size > 0) dx[place] += (float)(gradient * copysign(pow(size / norm, (double)p - 1), value));
      }
      END_TAP
    }
    END_WINDOW
  }
}
