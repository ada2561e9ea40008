import Foundation
import Glibc
import Testing

/// A fault of the program's own ends it at once, with a message and by its signal, whoever reads its output.
@Suite struct FaultTests {
  @Test(arguments: [
    ("ILL", SIGILL), ("SEGV", SIGSEGV), ("TRAP", SIGTRAP), ("ABRT", SIGABRT), ("FPE", SIGFPE), ("BUS", SIGBUS),
  ])
  func aFaultEndsTheCommandWithAMessage(_ name: String, _ number: Int32) throws {
    // An audit of some seconds on two workers, hit twice while it computes. A pipe behind it ends as soon as it does.
    let line = """
      ($initscope audit --depth 60 --width 512 --batch 1024 --seeds 20 --threads 2 --init he_normal --no-png --quiet \
      2>&1 & echo $! > pid; sleep 1; kill -\(name) $(cat pid); kill -\(name) $(cat pid) 2>/dev/null; wait $!; echo status $?) | cat
      """
    let start = ContinuousClock.now
    let command = try Command.shell(line)
    #expect(command.output.contains("Error: initscope stopped at a fault of its own (SIG\(name))"))
    #expect(command.output.contains("status \(128 + number)"))
    #expect(ContinuousClock.now - start < .seconds(20))
  }
}
