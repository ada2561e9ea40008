// Reads arrays of floats from an HDF5 file that nobody trusts, in a process of its own.
//
// On descriptor 0, a socket, comes a request, in little-endian numbers:
//   u64 length of the file, u64 bytes of memory to use, u64 most values of all arrays, u32 seconds of the processor,
//   u32 number of names, for each name u16 length and its bytes, then the file.
// Back go frames:
//   the mark "INITSCOPE-HDF5-1\n"
//   'A' u16 length and bytes of the name, u8 number of extents, u64 for each, then float32 values
//   'X' u16 length and bytes of a message: the reading ends
//   'E' u32 number of arrays: all was read
// Names without an array are left out. EVERY_ARRAY in place of the number of names asks for all that the file has, in frames
//   'B' as 'A', but with a letter for the type after the name, and values of that type: f, d, h and b for float32, float64,
//       float16 and bfloat16, i for int64, to which all whole numbers are converted
//   'N' u16 length and bytes of a group's path, u16 length and bytes of its attribute `name`, as Keras writes it
//   'S' u16 length and bytes of the name of an array without numbers, which is left out
// The whole file is read before libhdf5 sees a byte of it; from then on the process may
// allocate memory, write to the socket and end, and nothing else.

#define _GNU_SOURCE
#include "CHDF5.h"

#include <dlfcn.h>
#include <errno.h>
#include <hdf5/serial/hdf5.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CHANNEL 0
#define MOST_NAMES 1000000
#define MOST_EXTENTS 8
#define EVERY_ARRAY 0xFFFFFFFFu
#define MOST_OBJECTS 1000000
#define DEEPEST_GROUP 64
#define LONGEST_PATH 4096
#define LONGEST_NAME 1000

// MARK: The socket

static int read_all(void *target, size_t count) {
  char *place = target;
  while (count > 0) {
    ssize_t got = read(CHANNEL, place, count < (1 << 20) ? count : (1 << 20));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return 0;
    place += got;
    count -= (size_t)got;
  }
  return 1;
}

static int write_all(const void *source, size_t count) {
  const char *place = source;
  while (count > 0) {
    ssize_t put = write(CHANNEL, place, count < (1 << 20) ? count : (1 << 20));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return 0;
    place += put;
    count -= (size_t)put;
  }
  return 1;
}

static int write_number(uint64_t number, int bytes) {
  unsigned char text[8];
  for (int i = 0; i < bytes; i++) text[i] = (unsigned char)(number >> (8 * i));
  return write_all(text, (size_t)bytes);
}

static int read_number(uint64_t *number, int bytes) {
  unsigned char text[8];
  if (!read_all(text, (size_t)bytes)) return 0;
  *number = 0;
  for (int i = 0; i < bytes; i++) *number |= (uint64_t)text[i] << (8 * i);
  return 1;
}

static int fail(const char *message) {
  size_t length = strlen(message);
  return write_all("X", 1) && write_number(length, 2) && write_all(message, length) ? 0 : 1;
}

// MARK: libhdf5, which the program itself does not load

static struct {
  herr_t (*open)(void);
  herr_t (*dont_atexit)(void);
  herr_t (*set_auto)(hid_t, H5E_auto2_t, void *);
  herr_t (*set_plugins)(unsigned int);
  hid_t (*create_list)(hid_t);
  herr_t (*set_core)(hid_t, size_t, hbool_t);
  herr_t (*set_image)(hid_t, void *, size_t);
  hid_t (*open_file)(const char *, unsigned, hid_t);
  hid_t (*open_array)(hid_t, const char *, hid_t);
  hid_t (*space)(hid_t);
  int (*rank)(hid_t);
  int (*extents)(hid_t, hsize_t[], hsize_t[]);
  hid_t (*type)(hid_t);
  H5T_class_t (*class)(hid_t);
  herr_t (*read)(hid_t, hid_t, hid_t, hid_t, hid_t, void *);
  herr_t (*close_array)(hid_t);
  herr_t (*close_space)(hid_t);
  herr_t (*close_type)(hid_t);
  // For all that a file has.
  hid_t (*open_object)(hid_t, const char *, hid_t);
  herr_t (*close_object)(hid_t);
  H5I_type_t (*kind)(hid_t);
  herr_t (*group_info)(hid_t, H5G_info_t *);
  ssize_t (*member_name)(hid_t, const char *, H5_index_t, H5_iter_order_t, hsize_t, char *, size_t, hid_t);
  htri_t (*has_attribute)(hid_t, const char *);
  hid_t (*open_attribute)(hid_t, const char *, hid_t);
  hid_t (*attribute_type)(hid_t);
  hid_t (*attribute_space)(hid_t);
  herr_t (*read_attribute)(hid_t, hid_t, void *);
  herr_t (*close_attribute)(hid_t);
  hssize_t (*points)(hid_t);
  htri_t (*is_variable)(hid_t);
  H5T_cset_t (*letters)(hid_t);
  size_t (*type_size)(hid_t);
  hid_t (*copy_type)(hid_t);
  herr_t (*set_size)(hid_t, size_t);
  herr_t (*set_letters)(hid_t, H5T_cset_t);
  htri_t (*equal_types)(hid_t, hid_t);
  H5T_order_t (*byte_order)(hid_t);
  herr_t (*float_fields)(hid_t, size_t *, size_t *, size_t *, size_t *, size_t *);
  hid_t *access_class;
  hid_t *native_float;
  hid_t *native_whole;
  hid_t *float32;
  hid_t *float64;
  hid_t *text;
} h5;

static int load(void) {
  static const char *const names[] = {
    "libhdf5_serial.so.103", "libhdf5.so.103", "libhdf5_serial.so", "libhdf5_serial.so.310", "libhdf5.so.310", "libhdf5.so",
  };
  // Python's h5py brings a library of its own, and so does a system that keeps it elsewhere.
  const char *named = getenv("INITSCOPE_HDF5");
  void *library = named && *named ? dlopen(named, RTLD_NOW | RTLD_LOCAL) : NULL;
  for (size_t i = 0; i < sizeof names / sizeof *names && !library; i++) library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  if (!library) return 0;
  const struct { void *slot; const char *name; } symbols[] = {
    {&h5.open, "H5open"}, {&h5.dont_atexit, "H5dont_atexit"}, {&h5.set_auto, "H5Eset_auto2"},
    {&h5.set_plugins, "H5PLset_loading_state"}, {&h5.create_list, "H5Pcreate"}, {&h5.set_core, "H5Pset_fapl_core"},
    {&h5.set_image, "H5Pset_file_image"}, {&h5.open_file, "H5Fopen"}, {&h5.open_array, "H5Dopen2"},
    {&h5.space, "H5Dget_space"}, {&h5.rank, "H5Sget_simple_extent_ndims"}, {&h5.extents, "H5Sget_simple_extent_dims"},
    {&h5.type, "H5Dget_type"}, {&h5.class, "H5Tget_class"}, {&h5.read, "H5Dread"}, {&h5.close_array, "H5Dclose"},
    {&h5.close_space, "H5Sclose"}, {&h5.close_type, "H5Tclose"}, {&h5.access_class, "H5P_CLS_FILE_ACCESS_ID_g"},
    {&h5.native_float, "H5T_NATIVE_FLOAT_g"}, {&h5.open_object, "H5Oopen"}, {&h5.close_object, "H5Oclose"},
    {&h5.kind, "H5Iget_type"}, {&h5.group_info, "H5Gget_info"}, {&h5.member_name, "H5Lget_name_by_idx"},
    {&h5.has_attribute, "H5Aexists"}, {&h5.open_attribute, "H5Aopen"}, {&h5.attribute_type, "H5Aget_type"},
    {&h5.attribute_space, "H5Aget_space"}, {&h5.read_attribute, "H5Aread"}, {&h5.close_attribute, "H5Aclose"},
    {&h5.points, "H5Sget_simple_extent_npoints"}, {&h5.is_variable, "H5Tis_variable_str"}, {&h5.letters, "H5Tget_cset"},
    {&h5.type_size, "H5Tget_size"}, {&h5.copy_type, "H5Tcopy"}, {&h5.set_size, "H5Tset_size"},
    {&h5.set_letters, "H5Tset_cset"}, {&h5.equal_types, "H5Tequal"}, {&h5.byte_order, "H5Tget_order"},
    {&h5.float_fields, "H5Tget_fields"}, {&h5.native_whole, "H5T_NATIVE_INT64_g"}, {&h5.float32, "H5T_IEEE_F32LE_g"},
    {&h5.float64, "H5T_IEEE_F64LE_g"}, {&h5.text, "H5T_C_S1_g"},
  };
  for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
    void *symbol = dlsym(library, symbols[i].name);
    if (!symbol) return 0;
    memcpy(symbols[i].slot, &symbol, sizeof symbol);
  }
  return h5.dont_atexit() >= 0 && h5.open() >= 0 && h5.set_auto(H5E_DEFAULT, NULL, NULL) >= 0 && h5.set_plugins(0) >= 0;
}

// MARK: Limits

static void limit(int resource, rlim_t value) {
  struct rlimit bound = {value, value};
  setrlimit(resource, &bound);
}

/// Bytes of address space in use, which limits count from.
static rlim_t mapped_bytes(void) {
  unsigned long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file) {
    if (fscanf(file, "%lu", &pages) != 1) pages = 0;
    fclose(file);
  }
  return pages ? (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) : (rlim_t)4 << 30;
}

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

/// From here on: memory without code, writing to the socket, the clock, and the end. What would open or look at a file
/// fails; everything else ends the process.
static int confine(void) {
#ifndef ARCHITECTURE
  return 0;
#else
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define IF_NOT(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (skip))
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, (value))
#define ALLOW(call) IF_NOT(__NR_##call, 1), RETURN(SECCOMP_RET_ALLOW)
#define DENY(call) IF_NOT(__NR_##call, 1), RETURN(SECCOMP_RET_ERRNO | EPERM)
  struct sock_filter filter[] = {
    LOAD(arch), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0), RETURN(SECCOMP_RET_KILL_PROCESS),
    LOAD(nr),
    // Writing, to the socket alone.
    IF_NOT(__NR_write, 4), LOAD(args[0]), IF_NOT(CHANNEL, 1), RETURN(SECCOMP_RET_ALLOW), RETURN(SECCOMP_RET_KILL_PROCESS),
    // Memory, of which none is code.
    IF_NOT(__NR_mmap, 4), LOAD(args[2]), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0), RETURN(SECCOMP_RET_ALLOW),
    RETURN(SECCOMP_RET_KILL_PROCESS),
    IF_NOT(__NR_mprotect, 4), LOAD(args[2]), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0),
    RETURN(SECCOMP_RET_ALLOW),
    RETURN(SECCOMP_RET_KILL_PROCESS),
    ALLOW(munmap), ALLOW(mremap), ALLOW(brk), ALLOW(madvise), ALLOW(futex), ALLOW(exit), ALLOW(exit_group),
    ALLOW(rt_sigreturn), ALLOW(rt_sigprocmask), ALLOW(clock_gettime), ALLOW(gettimeofday), ALLOW(getpid), ALLOW(gettid),
    ALLOW(getrandom), ALLOW(sched_yield), ALLOW(restart_syscall),
    DENY(openat), DENY(newfstatat), DENY(fstat), DENY(statx), DENY(readlinkat), DENY(faccessat), DENY(getcwd), DENY(lseek),
    DENY(flock), DENY(fcntl), DENY(ioctl), DENY(getrusage), DENY(prlimit64), DENY(sched_getaffinity),
#if defined(__x86_64__)
    ALLOW(time), DENY(open), DENY(stat), DENY(lstat), DENY(access), DENY(readlink), DENY(getrlimit),
#endif
    RETURN(SECCOMP_RET_KILL_PROCESS),
  };
  struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return 0;
  // All threads: a library may have started some before main.
  return syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0;
#endif
}

// MARK: Arrays

static int write_text(const char *text, size_t length) { return write_number(length, 2) && write_all(text, length); }

/// Ends the reading with a message: 0, or -1 where the socket is gone.
static int stop(const char *message) { return fail(message) == 0 ? 0 : -1; }

/// What is left to send.
struct budget {
  uint64_t values;
  uint32_t arrays;
  uint32_t objects;
};

/// The letter of a type that is sent as it lies in the file, or 0 for one that is converted.
static char letter(hid_t type) {
  if (h5.equal_types(type, *h5.float32) > 0) return 'f';
  if (h5.equal_types(type, *h5.float64) > 0) return 'd';
  size_t sign, exponent, exponent_bits, fraction, fraction_bits;
  if (h5.type_size(type) != 2 || h5.byte_order(type) != H5T_ORDER_LE
      || h5.float_fields(type, &sign, &exponent, &exponent_bits, &fraction, &fraction_bits) < 0
      || sign != 15 || fraction != 0) {
    return 0;
  }
  if (exponent == 10 && exponent_bits == 5 && fraction_bits == 10) return 'h';
  return exponent == 7 && exponent_bits == 8 && fraction_bits == 7 ? 'b' : 0;
}

/// Writes one array, with the letter of its type where `hasType`; 1 where it was written, 0 where reading must end, -1 where
/// the socket is gone.
static int send_array(hid_t array, const char *name, int hasType, struct budget *left) {
  hid_t space = h5.space(array), type = h5.type(array);
  hsize_t extents[MOST_EXTENTS];
  int rank = space < 0 ? -1 : h5.rank(space);
  if (rank < 0 || rank > MOST_EXTENTS || type < 0 || h5.extents(space, extents, NULL) != rank) {
    return stop("an array has no extents that can be read");
  }
  H5T_class_t class = h5.class(type);
  size_t length = strlen(name);
  if (class != H5T_FLOAT && class != H5T_INTEGER) {
    if (!hasType) return stop("an array holds no numbers");
    h5.close_type(type);
    h5.close_space(space);
    return write_all("S", 1) && write_text(name, length) ? 1 : -1;
  }
  uint64_t values = 1;
  for (int i = 0; i < rank; i++) {
    if (extents[i] > left->values || __builtin_mul_overflow(values, (uint64_t)extents[i], &values)
        || values > left->values) {
      return stop(hasType ? "its arrays have far more values than the file has bytes"
                          : "the arrays have more values than the model");
    }
  }
  left->values -= values;
  char kind = !hasType ? 'f' : class == H5T_INTEGER ? 'i' : letter(type);
  hid_t memory = !hasType ? *h5.native_float : class == H5T_INTEGER ? *h5.native_whole : kind ? type : *h5.native_float;
  if (!kind) kind = 'f';
  size_t size = kind == 'f' ? 4 : kind == 'd' || kind == 'i' ? 8 : 2;
  void *buffer = malloc(values ? values * size : 1);
  if (!buffer) return stop("the memory that it may use is not enough");
  if (values && h5.read(array, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer) < 0) {
    free(buffer);
    return stop("libhdf5 cannot read an array: the file is damaged");
  }
  int done = write_all(hasType ? "B" : "A", 1) && write_text(name, length) && (!hasType || write_all(&kind, 1))
             && write_number((uint64_t)rank, 1);
  for (int i = 0; i < rank && done; i++) done = write_number(extents[i], 8);
  done = done && write_all(buffer, values * size);
  free(buffer);
  h5.close_type(type);
  h5.close_space(space);
  left->arrays += 1;
  return done ? 1 : -1;
}

/// Writes the text of a group's attribute `name`, where it has one; 0 where the socket is gone.
static int send_name(hid_t group, const char *path) {
  if (h5.has_attribute(group, "name") <= 0) return 1;
  hid_t attribute = h5.open_attribute(group, "name", H5P_DEFAULT);
  if (attribute < 0) return 1;
  hid_t type = h5.attribute_type(attribute), space = h5.attribute_space(attribute);
  int done = 1;
  if (type >= 0 && space >= 0 && h5.class(type) == H5T_STRING && h5.points(space) == 1) {
    char own[LONGEST_NAME + 1] = {0};
    const char *text = NULL;
    if (h5.is_variable(type) > 0) {
      hid_t memory = h5.copy_type(*h5.text);
      char *found = NULL;
      if (memory >= 0 && h5.set_size(memory, H5T_VARIABLE) >= 0 && h5.set_letters(memory, h5.letters(type)) >= 0
          && h5.read_attribute(attribute, memory, &found) >= 0) {
        text = found;
      }
    } else if (h5.type_size(type) <= LONGEST_NAME && h5.read_attribute(attribute, type, own) >= 0) {
      text = own;
    }
    size_t length = text ? strnlen(text, LONGEST_NAME + 1) : 0;
    if (length > 0 && length <= LONGEST_NAME) {
      done = write_all("N", 1) && write_text(path, strlen(path)) && write_text(text, length);
    }
  }
  if (type >= 0) h5.close_type(type);
  if (space >= 0) h5.close_space(space);
  h5.close_attribute(attribute);
  return done;
}

/// Writes all that a group has; `path` has room for LONGEST_PATH bytes, of which `length` are the group's own. Returns as
/// `send_array` does.
static int send_group(hid_t group, char *path, size_t length, int depth, struct budget *left) {
  H5G_info_t info;
  if (h5.group_info(group, &info) < 0) return stop("a group cannot be read: the file is damaged");
  if (!send_name(group, path)) return -1;
  for (hsize_t i = 0; i < info.nlinks; i++) {
    // Links may lead back to a group around this one.
    if (++left->objects > MOST_OBJECTS || depth > DEEPEST_GROUP) return stop("its groups lie too deep, or are too many");
    size_t start = length ? length + 1 : 0;
    ssize_t size = h5.member_name(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, NULL, 0, H5P_DEFAULT);
    if (size <= 0) return stop("a group cannot be read: the file is damaged");
    if ((size_t)size >= LONGEST_PATH - start) return stop("the path of an array is too long");
    if (length) path[length] = '/';
    if (h5.member_name(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, path + start, (size_t)size + 1, H5P_DEFAULT) != size) {
      return stop("a group cannot be read: the file is damaged");
    }
    hid_t object = h5.open_object(group, path + start, H5P_DEFAULT);
    int outcome = 1;
    if (object >= 0) {
      H5I_type_t kind = h5.kind(object);
      if (kind == H5I_GROUP) outcome = send_group(object, path, start + (size_t)size, depth + 1, left);
      if (kind == H5I_DATASET) outcome = send_array(object, path, 1, left);
      h5.close_object(object);
    }
    path[length] = 0;
    if (outcome <= 0) return outcome;
  }
  return 1;
}

/// Writes the array of this name, where there is one. Returns as `send_array` does.
static int send_named(hid_t file, const char *name, struct budget *left) {
  hid_t array = h5.open_array(file, name, H5P_DEFAULT);
  if (array < 0) return 1;
  int outcome = send_array(array, name, 0, left);
  h5.close_array(array);
  return outcome;
}

/// Writes everything. Returns as `send_array` does.
static int send_all(hid_t file, struct budget *left) {
  char path[LONGEST_PATH + 1] = {0};
  hid_t root = h5.open_object(file, "/", H5P_DEFAULT);
  if (root < 0) return stop("it has no groups that can be read");
  int outcome = send_group(root, path, 0, 0, left);
  h5.close_object(root);
  return outcome;
}

int initscope_hdf5_serve(void) {
  static const char mark[] = "INITSCOPE-HDF5-1\n";
  // Descriptors of the program that started this one are none of its business.
  syscall(__NR_close_range, 3u, ~0u, 0u);
  prctl(PR_SET_PDEATHSIG, 9 /* SIGKILL */);
  prctl(PR_SET_DUMPABLE, 0);
  uint64_t size, memory, seconds, names, largest;
  if (!read_number(&size, 8) || !read_number(&memory, 8) || !read_number(&largest, 8) || !read_number(&seconds, 4)
      || !read_number(&names, 4) || (names > MOST_NAMES && names != EVERY_ARRAY) || seconds > 86400) {
    return 1;
  }
  int isAll = names == EVERY_ARRAY;
  if (isAll) names = 0;
  if (!write_all(mark, sizeof mark - 1)) return 1;
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, (rlim_t)seconds);
  rlim_t used = mapped_bytes();
  int hasLibrary = load();
  limit(RLIMIT_AS, used + memory + ((rlim_t)64 << 20));
  limit(RLIMIT_FSIZE, 0);
  char **wanted = calloc(names + 1, sizeof *wanted);
  char *content = malloc(size + 1);
  if (!wanted || !content) return fail("the memory that it may use is not enough");
  for (uint64_t i = 0; i < names; i++) {
    uint64_t length;
    if (!read_number(&length, 2) || !(wanted[i] = malloc(length + 1)) || !read_all(wanted[i], length)) return 1;
    wanted[i][length] = 0;
  }
  if (!read_all(content, size)) return 1;
  if (!hasLibrary) return fail("libhdf5 is not installed (apt-get install libhdf5-dev, or set INITSCOPE_HDF5 to its path)");
  limit(RLIMIT_NOFILE, 0);
  limit(RLIMIT_NPROC, 0);
  if (!confine()) return fail("this system cannot confine the process that reads the file (seccomp)");

  hid_t access = h5.create_list(*h5.access_class);
  if (access < 0 || h5.set_core(access, 1 << 20, 0) < 0 || h5.set_image(access, content, size) < 0) {
    return fail("the memory that it may use is not enough");
  }
  free(content);
  // An absolute name, which libhdf5 does not look up.
  hid_t file = h5.open_file("/file", 0 /* read only: the macro would call the library */, access);
  if (file < 0) return fail("it is no HDF5 file, or a damaged one");
  struct budget left = {largest, 0, 0};
  int outcome = isAll ? send_all(file, &left) : 1;
  for (uint64_t i = 0; i < names && outcome > 0; i++) outcome = send_named(file, wanted[i], &left);
  if (outcome <= 0) return outcome == 0 ? 0 : 1;
  return write_all("E", 1) && write_number(left.arrays, 4) ? 0 : 1;
}
