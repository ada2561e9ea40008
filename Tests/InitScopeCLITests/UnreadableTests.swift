import Foundation
import Glibc
import InitScope
import TestSupport
import Testing

/// What cannot be read or written: exit status 2, one line on stderr, and no file, not even a temporary one.
@Suite struct UnreadableTests {
  static let small = ["audit", "--depth", "3", "--width", "8", "--batch", "8", "--seeds", "1", "--init", "he_normal"]

  private func expectRefusal(
    _ command: Command, _ message: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(command.signal == nil, sourceLocation: sourceLocation)
    #expect(command.status == 2, sourceLocation: sourceLocation)
    #expect(command.output.isEmpty, sourceLocation: sourceLocation)
    #expect(command.message == "Error: \(message)\n", sourceLocation: sourceLocation)
  }

  private func audit(_ arguments: String..., in directory: TemporaryDirectory, environment: [String: String] = [:]) throws
    -> Command
  {
    try Command.run(Command.program, Self.small + arguments, in: directory, input: "", environment: environment)
  }

  // MARK: Input

  @Test func networksThatCannotBeRead() throws {
    let directory = try TemporaryDirectory()
    try directory.write("input: 3\nlayers:\n  - dnese: 3\n", as: "bad.yaml")
    expectRefusal(
      try Command.run("audit", "missing.yaml", in: directory),
      "missing.yaml: cannot be opened: No such file or directory. Check the path")
    expectRefusal(
      try Command.run("audit", "bad.yaml", in: directory),
      "bad.yaml:3:5: unknown layer kind 'dnese'. Did you mean 'dense'? Known: "
        + (LayerCatalogue.entries.map(\.kind) + ["residual"]).joined(separator: ", "))
    expectRefusal(
      try Command.run("describe", "mpl", in: directory),
      "mpl: is neither a file nor a preset. Did you mean 'mlp'? Presets: \(Preset.all.map(\.name).joined(separator: ", "))")
    expectRefusal(
      try Command.run("describe", "-", in: directory), "standard input: the file is empty. Give input: and layers:")
    #expect(try directory.files() == ["bad.yaml"])
  }

  @Test func dataThatCannotBeRead() throws {
    let directory = try TemporaryDirectory()
    try directory.write("a,b\n1,2\n3,x\n", as: "words.csv")
    expectRefusal(
      try audit("--input", "missing.csv", in: directory),
      "missing.csv: cannot be opened: No such file or directory. "
        + "Check the path; it is relative to the directory the command runs in"
    )
    let words = try audit("--input", "words.csv", in: directory)
    #expect(words.status == 2 && words.message.hasPrefix("Error: words.csv, line 3, column 2: 'b' is 'x', not a number. "))
    let hostile = try audit("--input", Repository.fixtures.appending(path: "hostile/overflowing.npy").path, in: directory)
    #expect(hostile.status == 2 && hostile.message.contains("more than"))
    #expect(try directory.files() == ["words.csv"])
  }

  @Test func aTruncatedGzipFile() throws {
    let directory = try TemporaryDirectory()
    let data = try Data(contentsOf: Repository.fixtures.appending(path: "hostile/truncated-idx3-ubyte.gz"))
    for name in ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"] {
      try data.write(to: URL(filePath: directory.path).appending(path: name))
    }
    let command = try audit(
      "--input", "fashion-mnist", in: directory, environment: ["INITSCOPE_FASHION_MNIST": directory.path])
    #expect(command.status == 2)
    #expect(command.output.isEmpty)
    #expect(command.message.hasPrefix("Error: \(directory.path)/train-"))
    #expect(command.message.split(separator: "\n").count == 1)
    #expect(try directory.files().count == 2)
  }

  @Test func inputsThatDoNotFitTheNetwork() throws {
    let directory = try TemporaryDirectory()
    try directory.write("1,2,3\n4,5,6\n", as: "three.csv")
    expectRefusal(
      try audit("--input", "three.csv", "--inputs", "5", in: directory),
      "three.csv: has samples of 3 values, the network takes 5. "
        + "Give --inputs 3")
    #expect(try directory.files() == ["three.csv"])
  }

  @Test func networksThatDoNotFitTheMemory() throws {
    let directory = try TemporaryDirectory()
    let command = try Command.run("audit", "--depth", "500", "--width", "1048576", in: directory)
    #expect(command.status == 2)
    #expect(command.message.contains("Raise --memory, or lower --batch or --width"))
    #expect(try directory.files().isEmpty)
  }

  // MARK: Output

  @Test func outputThatCannotBeWritten() throws {
    let directory = try TemporaryDirectory()
    try directory.write("kept", as: "file")
    expectRefusal(
      try audit("--output", "file", in: directory),
      "cannot write file: a part of the path is a file, not a directory; choose another place")
    expectRefusal(
      try audit("--output", "file/below/it", in: directory),
      "cannot write file/below/it: a part of the path is a file, not a directory; choose another place")
    expectRefusal(
      try audit("--no-png", "--csv", "missing/layers.csv", in: directory),
      "cannot write missing/layers.csv: its directory does not exist; create the directory first")
    expectRefusal(
      try audit("--no-png", "--csv", ".", in: directory), "cannot write .: it is a directory; name a file inside it")
    expectRefusal(
      try audit("--no-png", "--csv", "/dev/full", in: directory),
      "cannot write /dev/full: no space left; free some space or choose another place")
    #expect(try directory.files() == ["file"])
    #expect(try directory.text(of: "file") == "kept")
  }

  /// PyTorch refuses it, too: "Expected more than 1 value per channel when training".
  @Test func aBatchOfOneBehindBatchNormalization() throws {
    let directory = try TemporaryDirectory()
    for command in ["audit", "check"] {
      let refused = try Command.run(
        command, "mlp", "--depth", "2", "--width", "8", "--norm", "batch", "--batch", "1", "--init", "he_normal",
        in: directory)
      expectRefusal(
        refused,
        "layer 'batch_norm_1' normalizes over the batch, and a batch of one has one value per channel there: everything "
          + "would become zero. Use a batch of 2 or more samples (--batch 2), or layer_norm in place of batch_norm")
    }
  }

  /// A bad destination is found before the audit, not after it: this one takes half a minute.
  @Test func destinationsAreCheckedFirst() throws {
    let directory = try TemporaryDirectory()
    try directory.write("", as: "file")
    let elapsed = try ContinuousClock().measure {
      let command = try Command.run(
        "audit", "--init", "he_normal", "--depth", "1000", "--width", "512", "--seeds", "8", "--output", "file/x",
        in: directory)
      #expect(command.status == 2)
    }
    #expect(elapsed < .seconds(10))
  }

  @Test func aFullDisk() throws {
    let directory = try TemporaryDirectory()
    try directory.write("earlier", as: "layers.csv")
    // The system refuses to let a file grow beyond 2 kB, as a full disk would.
    let line = "ulimit -f 2; exec $initscope \(Self.small.joined(separator: " "))"
    let pictures = try Command.shell("\(line) --output out --quiet", in: directory)
    #expect(pictures.signal == nil && pictures.status == 2)
    #expect(pictures.message.hasPrefix("Error: cannot write out/"))
    #expect(pictures.message.hasSuffix(": no space left; free some space or choose another place\n"))
    let csv = try Command.shell("\(line) --no-png --csv layers.csv --quiet", in: directory)
    // An existing file is named by its real path, which a symbolic link would lead to.
    expectRefusal(csv, "cannot write \(directory.path)/layers.csv: no space left; free some space or choose another place")
    #expect(try directory.files() == ["layers.csv"])
    #expect(try directory.text(of: "layers.csv") == "earlier")
  }

  @Test(arguments: ["audit --depth 2 --width 4 --no-png --json", "audit --depth 2 --width 4 --no-png", "describe", "list"])
  func aFullDiskBehindStandardOutput(arguments: String) throws {
    let command = try Command.shell("$initscope \(arguments) > /dev/full")
    expectRefusal(command, "cannot write to standard output: No space left on device")
  }

  @Test func aClosedStandardOutput() throws {
    let command = try Command.shell("$initscope describe >&-")
    expectRefusal(command, "cannot write to standard output: Bad file descriptor")
  }

  // MARK: Interruption

  @Test(arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
  func aSignalEndsTheAuditWithoutFiles(signal: Int32, status: Int32) throws {
    let directory = try TemporaryDirectory(), scratch = try TemporaryDirectory()
    // Minutes of work, if it were left alone; more replicas would ask for gigabytes of results.
    let process = try Command.start(
      Command.program, ["audit", "--depth", "1000", "--width", "256", "--seeds", "60", "--output", "out"], in: directory,
      scratch: scratch)
    // The handler is in place once the workers run: wait for processor time rather than for the clock.
    let clock = ContinuousClock(), start = clock.now
    while processorTicks(of: process.processIdentifier) < 30, clock.now - start < .seconds(30) { usleep(10_000) }
    kill(process.processIdentifier, signal)
    while process.isRunning, clock.now - start < .seconds(60) { usleep(10_000) }
    // A test that fails is better than one that hangs.
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    let command = try Command.finished(process, scratch)
    #expect(command.signal == nil)
    #expect(command.status == status)
    // How long it would have taken is all that was said.
    #expect(command.output.isEmpty && command.message.hasPrefix("This audit will take "), "\(command.message)")
    #expect(command.message.split(separator: "\n").count == 1)
    #expect(try directory.files().isEmpty)
  }

  /// Processor time of a process in ticks of 10 ms, from /proc.
  private func processorTicks(of process: Int32) -> Int {
    guard let line = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return 0 }
    // utime and stime are fields 14 and 15; the name, field 2, ends with a parenthesis.
    let fields = (line.split(separator: ")").last ?? "").split(separator: " ")
    return fields.count > 12 ? (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0) : 0
  }
}
