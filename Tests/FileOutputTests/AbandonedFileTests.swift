import FileOutput
import Foundation
import Glibc
import Testing

/// Temporary files that a killed process left are removed, others' never.
@Suite struct AbandonedFileTests {
  private func make(_ path: String, age: Int = 0) throws {
    try Data([1]).write(to: URL(fileURLWithPath: path))
    guard age > 0 else { return }
    let past = timeval(tv_sec: time(nil) - age, tv_usec: 0)
    try #require(utimes(path, [past, past]) == 0)
  }

  @Test func onlyOursAndOnlyTheDead() throws {
    let scratch = try FileScratch()
    let others = [
      ".initscope", ".initscope-notes.txt", "initscope-7-abc.tmp", ".other-7-abc.tmp", ".initscope-7-abc.tmp.bak", "x.tmp",
    ]
    for name in others { try make(scratch(name), age: 1_000_000) }
    try scratch.directory(".initscope-7-dir.tmp")
    try scratch.link(".initscope-7-link.tmp", to: "x.tmp")
    try make(scratch(".initscope-4194304-abc.tmp"))
    try make(scratch(".initscope-1-abc.tmp"))
    try make(scratch(".initscope-lock.tmp"))
    // Of a version that held no locks: old enough, and not.
    try make(scratch(".initscope-3w5e11264sgsf.tmp"), age: 601)
    try make(scratch(".initscope-1y2p0ij32e8e7.tmp"))
    try AtomicFile.write([1], to: scratch("result"))
    // Looking whether a place can be written is when a command starts.
    try AtomicFile.probe(scratch("result"))
    #expect(
      scratch.names
        == (others + [".initscope-7-dir.tmp", ".initscope-7-link.tmp", ".initscope-1y2p0ij32e8e7.tmp", "result"]).sorted())
  }

  /// A process that holds its file's lock is alive, even where it was stopped.
  @Test func theLivingKeepTheirs() throws {
    let scratch = try FileScratch()
    let path = scratch(".initscope-77-abc.tmp")
    try make(path, age: 1_000_000)
    let descriptor = open(path, O_RDONLY)
    try #require(descriptor >= 0 && flock(descriptor, LOCK_EX) == 0)
    try AtomicFile.probe(scratch("result"))
    #expect(scratch.names == [".initscope-77-abc.tmp"])
    close(descriptor)
    try AtomicFile.probe(scratch("result"))
    #expect(scratch.names == [])
  }

  /// Sets that are written at once stay together: every time, all files are one writer's.
  @Test func setsDoNotMix() async throws {
    let scratch = try FileScratch()
    let names = (0..<12).map { "file\($0)" }
    for round in 0..<10 {
      await withTaskGroup(of: Void.self) { group in
        for writer in UInt8(0)..<4 {
          group.addTask {
            let bytes = [UInt8](repeating: writer, count: 100)
            let error = outputError { () throws(OutputError) in
              try AtomicFile.write(names.map { AtomicFile.Content(path: scratch($0), bytes: bytes) })
            }
            #expect(error == nil)
          }
        }
      }
      #expect(Set(names.map { scratch.bytes($0) }).count == 1, "round \(round)")
      #expect(scratch.names == names.sorted())
    }
  }

  @Test func whatIsObsoleteGoesInTheSameTurn() throws {
    let scratch = try FileScratch()
    try make(scratch("old"))
    try AtomicFile.write([AtomicFile.Content(path: scratch("new"), bytes: [1])]) { [scratch("old"), scratch("missing")] }
    #expect(scratch.names == ["new"])
  }
}
