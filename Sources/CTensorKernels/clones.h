// How a kernel is compiled for more than one processor.
#ifndef INITSCOPE_CLONES_H
#define INITSCOPE_CLONES_H

#if defined(__x86_64__)
#define INITSCOPE_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define INITSCOPE_CLONES
#endif
#define INITSCOPE_INLINE static inline __attribute__((always_inline))

#endif
