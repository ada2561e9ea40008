import Foundation
import ModelFiles
import TensorFiles
import TestSupport

import WeightAudit

/// Tensors that a test made, of float32 but where they say float16 or give bytes of their own.
struct MemoryTensors: TensorFile {
  let path = "test"
  let format: String
  var tellsSharing: Bool { format.hasPrefix("PyTorch") }
  let entries: [TensorEntry]
  private let bytes: [[UInt8]]

  init(_ tensors: [Draw.Tensor], format: String = "memory") {
    self.format = format
    entries = tensors.compactMap {
      TensorEntry(name: $0.name, type: $0.float8 != nil ? .float8e4m3 : $0.isHalf ? .float16 : .float32, shape: $0.shape)
    }
    // Here, since threads that measure flush subnormal numbers as they convert.
    bytes = tensors.map { tensor in
      if let bytes = tensor.float8 { return bytes }
      return tensor.isHalf
        ? tensor.values.map { Float16($0) }.withUnsafeBytes { Array($0) } : tensor.values.withUnsafeBytes { Array($0) }
    }
  }

  func read(_ index: Int, into memory: BlockMemory, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    try bytes[index].withUnsafeBytes { try body($0) }
  }
}

/// Closed-form draws: what a test declares is what the tensor is.
struct Draw {
  struct Tensor {
    var name: String
    var shape: [Int]
    var values: [Float]
    var isHalf = false
    /// Bytes of float8 (e4m3) in place of the values.
    var float8: [UInt8]?
  }

  private var stream: SplitMix

  init(seed: UInt64) { stream = SplitMix(state: seed) }

  /// Uniform in (0, 1).
  mutating func unit() -> Double { (Double(stream.next() >> 11) + 0.5) * 0x1p-53 }

  /// By Box and Muller.
  mutating func normal(_ name: String, _ shape: [Int], std: Double, mean: Double = 0) -> Tensor {
    let values = (0..<shape.reduce(1, *)).map { _ in
      Float(mean + std * (-2 * Foundation.log(unit())).squareRoot() * Foundation.cos(2 * Double.pi * unit()))
    }
    return Tensor(name: name, shape: shape, values: values)
  }

  mutating func uniform(_ name: String, _ shape: [Int], low: Double? = nil, bound: Double) -> Tensor {
    let start = low ?? -bound
    let values = (0..<shape.reduce(1, *)).map { _ in Float(start + (bound - start) * unit()) }
    return Tensor(name: name, shape: shape, values: values)
  }

  func constant(_ name: String, _ shape: [Int], _ value: Float) -> Tensor {
    Tensor(name: name, shape: shape, values: .init(repeating: value, count: shape.reduce(1, *)))
  }
}

/// The report on these tensors.
func report(
  _ tensors: [Draw.Tensor], scheme: WeightScheme? = nil, format: String = "memory"
) throws -> WeightReport {
  var configuration = WeightAuditConfiguration(path: "test", scheme: scheme)
  configuration.open = { _ in MemoryTensors(tensors, format: format) }
  return try WeightAudit.run(configuration)
}

/// `rule: tensor` of every error and warning.
func blame(_ report: WeightReport) -> [String] {
  report.findings.filter { $0.severity != .note }.flatMap { finding in finding.tensors.map { "\(finding.rule): \($0)" } }
}

func notes(_ report: WeightReport) -> [String] {
  report.findings.filter { $0.severity == .note }.flatMap { finding in finding.tensors.map { "\(finding.rule): \($0)" } }
}
