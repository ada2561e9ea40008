#include "tensors.h"

#include <stdint.h>
#include <string.h>

#include "clones.h"

// A block's rows and columns: its source and its target stay in the first cache.
enum { BLOCK = 16 };

#define DEFINE_COPY(name, type)                                                                                          \
  INITSCOPE_CLONES static void plane_##name(                                                                             \
      const type *source, type *target, const initscope_axis outer, const initscope_axis inner) {                       \
    if (inner.source == 1 && inner.target == 1) {                                                                        \
      size_t bytes = inner.extent * sizeof(type);                                                                        \
      for (size_t i = 0; i < outer.extent; ++i, source += outer.source, target += outer.target) {                        \
        memcpy(target, source, bytes);                                                                                   \
      }                                                                                                                  \
    } else if (inner.target == 1 && outer.source == 1) {                                                                 \
      for (size_t i = 0; i < outer.extent; i += BLOCK) {                                                                 \
        size_t rows = outer.extent - i < BLOCK ? outer.extent - i : BLOCK;                                               \
        for (size_t j = 0; j < inner.extent; j += BLOCK) {                                                               \
          size_t columns = inner.extent - j < BLOCK ? inner.extent - j : BLOCK;                                          \
          const type *s = source + (ptrdiff_t)j * inner.source + i;                                                      \
          type *t = target + (ptrdiff_t)i * outer.target + j;                                                            \
          for (size_t r = 0; r < rows; ++r, t += outer.target) {                                                         \
            for (size_t c = 0; c < columns; ++c) t[c] = s[(ptrdiff_t)c * inner.source + r];                              \
          }                                                                                                              \
        }                                                                                                                \
      }                                                                                                                  \
    } else {                                                                                                             \
      for (size_t i = 0; i < outer.extent; ++i, source += outer.source, target += outer.target) {                        \
        for (size_t j = 0; j < inner.extent; ++j) {                                                                      \
          target[(ptrdiff_t)j * inner.target] = source[(ptrdiff_t)j * inner.source];                                     \
        }                                                                                                                \
      }                                                                                                                  \
    }                                                                                                                    \
  }                                                                                                                      \
  static void copy_##name(const type *source, type *target, const initscope_axis *axes, size_t rank) {                   \
    const initscope_axis one = {1, 0, 0};                                                                                \
    if (rank == 0) {                                                                                                     \
      *target = *source;                                                                                                 \
    } else if (rank == 1) {                                                                                              \
      plane_##name(source, target, one, axes[0]);                                                                        \
    } else if (rank == 2) {                                                                                              \
      plane_##name(source, target, axes[0], axes[1]);                                                                    \
    } else {                                                                                                             \
      for (size_t i = 0; i < axes[0].extent; ++i) {                                                                      \
        copy_##name(source + (ptrdiff_t)i * axes[0].source, target + (ptrdiff_t)i * axes[0].target, axes + 1, rank - 1); \
      }                                                                                                                  \
    }                                                                                                                    \
  }

DEFINE_COPY(1, uint8_t)
DEFINE_COPY(4, uint32_t)
DEFINE_COPY(8, uint64_t)

void initscope_copy_strided(const void *source, void *target, const initscope_axis *axes, size_t rank, size_t element) {
  switch (element) {
  case 1: copy_1(source, target, axes, rank); break;
  case 4: copy_4(source, target, axes, rank); break;
  case 8: copy_8(source, target, axes, rank); break;
  }
}

INITSCOPE_CLONES static void add_line(const float *source, float *target, const initscope_axis axis) {
  if (axis.source == 1 && axis.target == 1) {
    for (size_t i = 0; i < axis.extent; ++i) target[i] += source[i];
  } else {
    for (size_t i = 0; i < axis.extent; ++i) target[(ptrdiff_t)i * axis.target] += source[(ptrdiff_t)i * axis.source];
  }
}

void initscope_add_strided(const float *source, float *target, const initscope_axis *axes, size_t rank) {
  if (rank == 0) {
    *target += *source;
  } else if (rank == 1) {
    add_line(source, target, axes[0]);
  } else {
    for (size_t i = 0; i < axes[0].extent; ++i) {
      initscope_add_strided(
          source + (ptrdiff_t)i * axes[0].source, target + (ptrdiff_t)i * axes[0].target, axes + 1, rank - 1);
    }
  }
}
