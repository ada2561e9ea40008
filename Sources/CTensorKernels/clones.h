// How a kernel is compiled for more than one processor.
#ifndef INITSCOPE_CLONES_H
#define INITSCOPE_CLONES_H

// Which clone is taken is decided before a sanitizer's runtime is set up: its checks must not run there.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer) || \
    __has_feature(undefined_behavior_sanitizer) || __has_feature(coverage_sanitizer)
#define INITSCOPE_ONE_CLONE
#endif
#endif

#if defined(__x86_64__) && !defined(INITSCOPE_ONE_CLONE)
#define INITSCOPE_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define INITSCOPE_CLONES
#endif
#define INITSCOPE_INLINE static inline __attribute__((always_inline))

#endif
