import Glibc
import TensorKernels

/// Keeps OpenBLAS from starting threads of its own where memory is limited.
///
/// Before the program begins, OpenBLAS starts a thread per further processor. Each asks for 128 MiB, where they are refused
/// asks again for ever, and is waited for at the end. InitScope has threads of its own and never needs them. OpenBLAS reads
/// how many to start from the environment as it is loaded: the program says so there and begins anew.
enum BLASThreads {
  private static let variable = "OPENBLAS_NUM_THREADS"

  static func withdraw() {
    guard AddressSpace.limitText != nil || AddressSpace.isStrict else { return }
    if let value = getenv(variable), String(cString: value) == "1" { return }
    setenv(variable, "1", 1)
    // It only returns where the program cannot be started again, and goes on as it is.
    execv("/proc/self/exe", CommandLine.unsafeArgv)
  }
}
