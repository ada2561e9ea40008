import Glibc
import InitScope
import Synchronization
import TensorKernels

/// The last resort where the process's memory is limited (`ulimit -v`, `ulimit -d`): a refused allocation somewhere below,
/// in Swift's runtime or a library, ends the process by a signal. It is told as what it most likely is.
enum MemoryShortage {
  private static let signals = [SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGTRAP]

  /// The message, ready before there is no memory to make it.
  nonisolated(unsafe) private static var text: UnsafeMutablePointer<CChar>?
  nonisolated(unsafe) private static var length = 0

  static func install() {
    guard let limits = AddressSpace.limitText else { return }
    let message =
      "Error: the program ended for want of memory, most likely: it is limited (\(limits)). Raise the limit "
      + "(ulimit -v unlimited), or lower --batch, --width or --threads\n"
    text = strdup(message)
    length = message.utf8.count
    for number in signals {
      signal(number) { number in
        // On a second fault, as without this.
        for number in [SIGABRT, SIGSEGV] { signal(number, SIG_DFL) }
        if let text = MemoryShortage.text { _ = write(STDERR_FILENO, text, MemoryShortage.length) }
        _exit(2)
      }
    }
  }
}
