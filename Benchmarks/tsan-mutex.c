// Lets ThreadSanitizer see the locks of Swift's Synchronization.Mutex.
//
// A lock that is free is taken in code that the compiler puts into the program, where ThreadSanitizer sees it. A lock that
// another thread holds is waited for in libswiftSynchronization, which is not instrumented: what the other thread did before
// it let go then looks unordered, and every contended Mutex is reported. This takes the place of that function, in the
// sanitizer's build alone, and waits where ThreadSanitizer sees it. (`nm -D` of the library shows the name; the word is the
// holder's thread id, or 0.)
#include <sched.h>
#include <stdatomic.h>

__attribute__((swiftcall)) void wait_for_mutex(unsigned int thread, __attribute__((swift_context)) atomic_uint *word)
    __asm__("$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");

__attribute__((swiftcall)) void wait_for_mutex(unsigned int thread, __attribute__((swift_context)) atomic_uint *word) {
  unsigned int holder = 0;
  while (!atomic_compare_exchange_weak_explicit(word, &holder, thread, memory_order_acquire, memory_order_relaxed)) {
    sched_yield();
    holder = 0;
  }
}
