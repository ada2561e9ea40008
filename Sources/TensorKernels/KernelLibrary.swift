import COneDNN
import COpenBLAS

/// The matrix libraries that were found at run time: their names for reports, and their one-time set-up.
public enum KernelLibrary {
  /// For example `oneDNN 2.6.3 + OpenBLAS 0.3.21 (SkylakeX)`.
  public static var description: String {
    let version = dnnl_version().pointee
    let config = String(cString: openblas_get_config()).split(separator: " ")
    let core = String(cString: openblas_get_corename())
    return "oneDNN \(version.major).\(version.minor).\(version.patch) + \(config.prefix(2).joined(separator: " ")) (\(core))"
  }

  /// Whether `cblas_*` resolves to OpenBLAS. The other library with these symbols, libgslcblas, is ten times slower.
  public static var bindsOpenBLAS: Bool { String(cString: openblas_get_config()).hasPrefix("OpenBLAS") }

  /// Runs `body` while oneDNN compiles its product's kernel on another thread, which costs 30-60 ms once per process. Worth
  /// it where `body` waits or runs on one thread.
  public static func warmingUp<T>(_ body: () throws -> T) throws -> T {
    try WorkerThreads.run(count: 1, workers: 1, makeState: {}, meanwhile: body) { _, _ in
      let n = 16, zeros = [Float](repeating: 0, count: n * n), size = dnnl_dim_t(n)
      var product = zeros
      let plain = CChar(UInt8(ascii: "N"))
      _ = dnnl_sgemm(plain, plain, size, size, size, 1, zeros, size, zeros, size, 0, &product, size)
    }
  }

  /// How many of `wanted` threads can compute products at once with the memory that there is.
  ///
  /// - Throws: `PackingMemoryRefused` where there is none for a single one.
  public static func multiplyingThreads(_ wanted: Int) throws(PackingMemoryRefused) -> Int {
    let threads = PackingMemory.take(wanted + 1) - 1
    guard threads > 0 else { throw PackingMemoryRefused() }
    return threads
  }

  /// Restricts OpenBLAS to the calling thread, once per process: its own threads would compete with the engine's and round
  /// differently by their number.
  static let singleThreadedOpenBLAS: Void = openblas_set_num_threads(1)
}
