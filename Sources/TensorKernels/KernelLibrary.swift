import COneDNN
import COpenBLAS

/// The matrix libraries bound at run time: what a report names, and their one-time set-up.
public enum KernelLibrary {
  /// For example `oneDNN 2.6.3 + OpenBLAS 0.3.21 (SkylakeX)`.
  public static var description: String {
    let version = dnnl_version().pointee
    let config = String(cString: openblas_get_config()).split(separator: " ")
    let core = String(cString: openblas_get_corename())
    return "oneDNN \(version.major).\(version.minor).\(version.patch) + \(config.prefix(2).joined(separator: " ")) (\(core))"
  }

  /// Whether `cblas_*` resolves to OpenBLAS; libgslcblas, which has the same symbols, is ten times slower.
  public static var bindsOpenBLAS: Bool { String(cString: openblas_get_config()).hasPrefix("OpenBLAS") }

  /// Runs `body`, and meanwhile has oneDNN compile its product's kernel on a thread of its own, which costs 30-60 ms once a
  /// process. Worth it where `body` waits or runs on one thread.
  public static func warmingUp<T>(_ body: () throws -> T) throws -> T {
    try WorkerThreads.run(count: 1, workers: 1, makeState: {}, meanwhile: body) { _, _ in
      let n = 16, zeros = [Float](repeating: 0, count: n * n), size = dnnl_dim_t(n)
      var product = zeros
      let plain = CChar(UInt8(ascii: "N"))
      _ = dnnl_sgemm(plain, plain, size, size, size, 1, zeros, size, zeros, size, 0, &product, size)
    }
  }

  /// How many of `wanted` threads there is memory for to compute products at once, beside the caller's.
  ///
  /// - Throws: `PackingMemoryRefused` where there is none for a single one.
  public static func multiplyingThreads(_ wanted: Int) throws(PackingMemoryRefused) -> Int {
    let threads = PackingMemory.take(wanted + 1) - 1
    guard threads > 0 else { throw PackingMemoryRefused() }
    return threads
  }

  /// Restricts OpenBLAS to the thread that calls it, once a process: workers are the engine's own.
  static let singleThreadedOpenBLAS: Void = openblas_set_num_threads(1)
}
