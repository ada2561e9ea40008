import ArgumentParser
import CProductLimit
import Foundation
import InitScope

/// How close the whole command, from its start to its end, comes to the rate of an audit's matrix products alone.
struct LimitBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "limit", abstract: "`initscope audit` as a user waits for it, against the machine's rate for its products.",
    discussion: """
      Runs the command with pictures, verdict and remedies, with --no-verdict, and without pictures, in turn. Only the \
      products of the audit count as work: what verdict and remedies multiply is waiting time.
      """)

  @OptionGroup var size: AuditSize
  @Option var rounds = 7
  @Option(help: "The command that is measured.") var binary = ".build/release/initscope"

  private static let modes: [(name: String, flags: [String])] = [
    ("with verdict, remedies and pictures", []), ("with --no-verdict", ["--no-verdict"]),
    ("with --no-verdict --no-png", ["--no-verdict", "--no-png"]),
  ]

  func run() throws {
    // Executed: every forward product and weight gradient, and the gradient's way back to all layers but the first.
    let initializers = try comparedInitializers()
    let products = Double(initializers.count * size.replicas * (3 * size.layers - 1))
    let flops = products * size.productFlops
    let place = FileManager.default.temporaryDirectory.appending(path: "initscope-limit-\(getpid())")
    defer { try? FileManager.default.removeItem(at: place) }
    var ratios = Self.modes.map { _ in [Double]() }, audits: [Double] = [], shares: [Double] = []
    _ = try seconds([], place)
    var before = try limit()
    for round in 1...rounds {
      for (mode, flags) in Self.modes.map(\.flags).enumerated() {
        let elapsed = try seconds(flags, place), after = try limit()
        ratios[mode].append(flops / elapsed / ((before + after) / 2))
        if mode == 0 {
          let environment = try AuditJSON.decode(
            [UInt8](Data(contentsOf: place.appending(path: "audit.json")))
          ).environment
          if let phases = environment.phases, let audit = phases.audit {
            audits.append(flops / audit / ((before + after) / 2))
            shares.append(((phases.verdict ?? 0) + (phases.remedies ?? 0)) / audit)
          }
        }
        before = after
      }
      print(
        "round \(round): " + ratios.compactMap(\.last).map { String(format: "%.1f%%", 100 * $0) }.joined(separator: ", "))
    }
    for (mode, ratios) in zip(Self.modes, ratios) {
      print("\(size.description), \(mode.name): \(Measuring.percentages(ratios)) of the limit, median of \(rounds)")
    }
    print("audit phase alone: \(Measuring.percentages(audits)) of the limit")
    print(String(format: "verdicts and remedies: %.2f times the audit's time (median)", Measuring.median(shares)))
  }

  /// Seconds of one command.
  private func seconds(_ flags: [String], _ place: URL) throws -> Double {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: binary)
    process.arguments =
      [
        "audit", "--depth", "\(size.layers - 1)", "--width", "\(size.units)", "--inputs", "\(size.units)", "--outputs",
        "\(size.units)", "--batch", "\(size.batch)", "--seeds", "\(size.replicas)", "--threads", "\(size.threads)", "--init",
        try comparedInitializers().map(\.description).joined(separator: ","), "--quiet", "--output", place.path,
      ] + flags
    return try Measuring.seconds {
      try process.run()
      process.waitUntilExit()
      guard process.terminationStatus == 0 else { throw ValidationError("\(binary) failed") }
    }
  }

  /// The rate of the three products, weighted by their operations (equal work, so the mean of their times), in the better of
  /// two arrangements.
  private func limit() throws -> Double {
    var best = 0.0
    for sideBySide in [Int32(0), 1] {
      var total = 0.0
      for product in [PRODUCT_NT, PRODUCT_NN, PRODUCT_TN] {
        let seconds = product_limit_seconds(
          product, Int32(size.batch), Int32(size.units), Int32(size.threads), sideBySide, 40)
        guard seconds > 0 else { throw ValidationError("a matrix product failed") }
        total += seconds
      }
      best = max(best, 3 * size.productFlops / total)
    }
    return best
  }
}
