import ArgumentParser
import Foundation
import InitScope

/// Measures time and peak memory by depth, width and batch, each size in a separate process.
struct ScalingBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scaling",
    abstract: "Time and peak memory against depth, width and batch, as a Markdown table with slopes.")

  @Option(help: "The release binary.") var binary = ".build/release/initscope"

  private struct Point {
    var value: Int
    var seconds: Double
    var bytes: Double
  }

  func run() throws {
    try series("depth", [10, 30, 100, 300, 1000]) { ["--depth", "\($0)", "--width", "128"] }
    try series("width", [64, 128, 256, 512, 1024, 2048, 4096]) { ["--depth", "10", "--width", "\($0)"] }
    try series("batch", [64, 256, 1024, 4096, 16384]) { ["--depth", "10", "--width", "256", "--batch", "\($0)"] }
  }

  private func series(_ name: String, _ values: [Int], _ arguments: (Int) -> [String]) throws {
    var points: [Point] = []
    for value in values { points.append(try measure(value, arguments(value))) }
    print("| \(name) | seconds | peak memory, MiB |\n|---:|---:|---:|")
    for point in points { print(String(format: "| %d | %.4f | %.0f |", point.value, point.seconds, point.bytes / 1048576)) }
    let logs = points.map { log2(Double($0.value)) }
    // Fixed costs flatten the small end; the upper half shows how the cost grows.
    let upper = points.count / 2
    let time = Estimators.slope(x: Array(logs[upper...]), y: points[upper...].map { log2($0.seconds) }) ?? .nan
    let memory = Estimators.slope(x: Array(logs[upper...]), y: points[upper...].map { log2($0.bytes) }) ?? .nan
    print(String(format: "\nSlope on log-log axes over the upper half: time %.2f, memory %.2f.\n", time, memory))
  }

  private func measure(_ value: Int, _ arguments: [String]) throws -> Point {
    let process = Process(), pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: binary)
    process.arguments = ["audit", "--init", "he_normal", "--seeds", "2", "--json", "--no-png"] + arguments
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let report = try AuditJSON.decode([UInt8](data))
    return Point(value: value, seconds: report.environment.seconds, bytes: Double(report.environment.peakMemoryBytes))
  }
}
