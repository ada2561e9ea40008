import Foundation
import Glibc
import Testing

/// A fault of the program's own ends it at once, with a message and by its signal, whoever reads its output.
@Suite(.serialized) struct FaultTests {
  @Test(arguments: [
    ("ILL", SIGILL), ("SEGV", SIGSEGV), ("TRAP", SIGTRAP), ("ABRT", SIGABRT), ("FPE", SIGFPE), ("BUS", SIGBUS),
  ])
  func aFaultEndsTheCommandWithAMessage(_ name: String, _ number: Int32) throws {
    // An audit of a minute or more on two workers, hit twice while it computes. A pipe behind it ends as soon as it does.
    let line = """
      ($initscope audit --depth 30 --width 256 --batch 512 --seeds 1000 --threads 2 --init he_normal --no-png --quiet \
      2>&1 & p=$!; sleep 2; kill -\(name) $p; kill -\(name) $p 2>/dev/null; wait $p; \
      echo status $?) | cat
      """
    let start = ContinuousClock.now
    let command = try Command.shell(line)
    #expect(
      command.output.contains("Error: initscope stopped at a fault of its own (SIG\(name))"),
      "\(command.output)\(command.message)")
    #expect(command.output.contains("status \(128 + number)"))
    #expect(ContinuousClock.now - start < .seconds(30))
  }
}
