import TensorKernels

/// One array of a kernel. It has memory while its `KernelMemory` has taken it.
final class KernelArray {
  /// When an array is needed.
  enum Life {
    /// From a pass forward to the end of the pass backward.
    case kept
    /// During a pass in one direction.
    case forward, backward
    /// During each pass.
    case workspace

    fileprivate func isNeeded(_ pass: KernelMemory.Pass) -> Bool {
      switch self {
      case .kept, .workspace: true
      case .forward: pass != .backward
      case .backward: pass != .forward
      }
    }
  }

  fileprivate let count: Int
  fileprivate let life: Life
  fileprivate var buffer: FloatBuffer?

  fileprivate init(_ count: Int, _ life: Life) {
    self.count = count
    self.life = life
  }

  /// Its first element; nil while it has no memory.
  var held: UnsafeMutablePointer<Float>? { buffer?.pointer }

  /// Its first element; valid until the memory is given back.
  var pointer: UnsafeMutablePointer<Float> {
    guard let buffer else { preconditionFailure("a kernel's pass began before its memory was taken") }
    return buffer.pointer
  }
}

/// The arrays that a kernel works in, which its caller provides for the time of its passes.
///
/// Memory is taken before a pass. After a pass forward, `giveWorkspace` leaves what the pass backward reads; `give` leaves
/// nothing, and the kernel has to run forward again before it can run backward.
public final class KernelMemory {
  /// For which passes memory is taken.
  public enum Pass: Sendable {
    case forward, backward, both
  }

  private var arrays: [KernelArray] = []
  /// Where the arrays' memory comes from.
  private var pool: BufferPool?

  init() {}

  deinit { give() }

  /// Declares an array.
  ///
  /// - Parameters:
  ///   - count: Its values; at least one is taken.
  ///   - life: When it is needed.
  func array(_ count: Int, _ life: KernelArray.Life) -> KernelArray {
    let array = KernelArray(max(1, count), life)
    arrays.append(array)
    return array
  }

  /// Bytes that passes forward leave, and those that the larger pass needs beside them.
  package var bytes: (kept: Int, workspace: Int) {
    func sum(_ wanted: (KernelArray.Life) -> Bool) -> Int {
      arrays.reduce(0) { $0 + (wanted($1.life) ? 4 * $1.count : 0) }
    }
    let kept = sum { $0 == .kept }
    return (kept, max(sum { $0.isNeeded(.forward) }, sum { $0.isNeeded(.backward) }) - kept)
  }

  /// Gives each array memory that has none and that the pass needs. Its contents are arbitrary.
  ///
  /// - Parameters:
  ///   - pass: The pass that comes next.
  ///   - pool: Where memory comes from, and goes back to.
  /// - Throws: `OutOfMemory`.
  public func take(for pass: Pass, from pool: BufferPool) throws(OutOfMemory) {
    self.pool = pool
    for array in arrays where array.buffer == nil && array.life.isNeeded(pass) {
      array.buffer = try pool.take(array.count)
    }
  }

  /// Gives back what only one pass needed.
  public func giveWorkspace() { give { $0.life != .kept } }

  /// Gives everything back.
  public func give() { give { _ in true } }

  private func give(where isFree: (KernelArray) -> Bool) {
    for array in arrays where isFree(array) {
      if let buffer = array.buffer { pool?.give(buffer) }
      array.buffer = nil
    }
  }
}
