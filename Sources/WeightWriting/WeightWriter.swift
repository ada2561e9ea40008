import FileOutput
import NetworkGraph
import ONNXFiles
import SignalPropagation
import Spelling

/// Writes a model's tensors for the program that made the model.
public struct WeightWriter {
  /// A format of the file that is written.
  public enum Format: String, Sendable, CaseIterable {
    case safetensors, npz, onnx

    /// The format that a file's name asks for; nil for none of them.
    public init?(path: String) {
      guard let format = Self.allCases.first(where: { path.lowercased().hasSuffix("." + $0.rawValue) }) else { return nil }
      self = format
    }
  }

  private let tensors: [ModelTensor]
  private let model: String

  /// Describes what is to be written.
  ///
  /// - Parameters:
  ///   - tensors: Every trainable tensor of the model, with its values.
  ///   - model: The path of the model's ONNX file.
  public init(_ tensors: [ModelTensor], of model: String) {
    (self.tensors, self.model) = (tensors, model)
  }

  /// Names of tensors that .safetensors and .npz leave out, because an export computed them from the model's own, or did not
  /// keep their names.
  public var leftOut: [String] { tensors.filter { !Self.isOwn($0) }.map(\.parameter.name) }

  /// Whether the model itself has the tensor, under this name.
  private static func isOwn(_ tensor: ModelTensor) -> Bool {
    guard let source = tensor.parameter.source else { return true }
    return !source.isComputed && !source.isUnnamed
  }

  /// Writes the file whole, or not at all.
  ///
  /// - Parameters:
  ///   - path: Where it goes; an existing file is replaced.
  ///   - format: Its format.
  /// - Returns: The paths of all files that were written: of an ONNX model also the one of its external data.
  /// - Throws: `OutputError`, `ONNXError`, and `WeightWritingError` for what the format cannot hold.
  public func write(to path: String, as format: Format) throws -> [String] {
    switch format {
    case .safetensors:
      let file = try SafetensorsWriter(try own())
      try AtomicFile.write([AtomicFile.Stream(path: path) { try file.write(to: $0) }])
      return [path]
    case .npz:
      let file = try NPZWriter(try own())
      try AtomicFile.write([AtomicFile.Stream(path: path) { try file.write(to: $0) }])
      return [path]
    case .onnx: return try writeModel(to: path)
    }
  }

  /// The tensors as the model itself has them.
  private func own() throws(WeightWritingError) -> [NamedValues] {
    var found: [NamedValues] = [], names: Set<String> = []
    for tensor in tensors where Self.isOwn(tensor) {
      guard names.insert(tensor.parameter.name).inserted else {
        throw WeightWritingError(
          "two tensors of the model have the name '\(tensor.parameter.name)'",
          hint: "Export it with optimize=False, which keeps every tensor under its own name")
      }
      // A state dictionary has a tied tensor under each of its names.
      for name in [tensor.parameter.name] + (tensor.parameter.source?.aliases ?? []) {
        found.append(
          NamedValues(name: name, shape: tensor.parameter.modelShape, count: tensor.values.count) {
            tensor.values.withUnsafeBufferPointer { tensor.parameter.inModelOrder($0) }
          })
      }
    }
    guard !found.isEmpty else {
      throw WeightWritingError(
        "the model has no trainable tensors that could be written", hint: "Export it again with optimize=False")
    }
    return found
  }

  // MARK: ONNX

  private func writeModel(to path: String) throws -> [String] {
    let stored = try merged()
    let dataName = (path.split(separator: "/").last.map(String.init) ?? path) + ".data"
    let dataPath = path + ".data"
    let rewriter = try ONNXRewriter(path: model, replacing: Set(stored.keys), dataName: dataName)
    func values(_ name: String) -> [Float] { stored[name] ?? [] }
    var streams: [AtomicFile.Stream] = []
    if rewriter.hasData {
      streams.append(AtomicFile.Stream(path: dataPath) { try rewriter.writeData(values: values, to: $0) })
    }
    streams.append(AtomicFile.Stream(path: path) { try rewriter.writeModel(values: values, to: $0) })
    try AtomicFile.write(streams)
    return streams.map(\.path)
  }

  /// New values of the file's own tensors, by name. One may hold several of the model's.
  private func merged() throws(WeightWritingError) -> [String: [Float]] {
    var stored: [String: [Float]] = [:], owner: [String: String] = [:]
    let changed = Set(tensors.filter(\.isNew).compactMap(\.parameter.source?.tensor))
    for tensor in tensors {
      guard let source = tensor.parameter.source, changed.contains(source.tensor) else { continue }
      if source.isComputed, tensor.isNew {
        throw WeightWritingError(
          "the export computed '\(tensor.parameter.name)' from several tensors of the model",
          hint: "Export the model with optimize=False, which keeps them apart")
      }
      guard let elements = source.elements else {
        let values = source.copies == 1 ? tensor.values : (0..<source.copies).flatMap { _ in tensor.values }
        if let other = owner[source.tensor], stored[source.tensor] != values {
          throw WeightWritingError(
            "the file holds '\(other)' and '\(tensor.parameter.name)' in one tensor, which cannot have both draws",
            hint: "Write .safetensors, or export the model with optimize=False")
        }
        owner[source.tensor] = tensor.parameter.name
        stored[source.tensor] = values
        for twin in source.twins {
          stored[twin.tensor] = twin.isTransposed ? Self.transposed(values, tensor.parameter.shape) : values
        }
        continue
      }
      let parts = tensors.filter { $0.parameter.source?.tensor == source.tensor }
      let end = parts.compactMap(\.parameter.source?.elements?.upperBound).max() ?? 0
      var all = stored[source.tensor] ?? [Float](repeating: 0, count: end)
      all.replaceSubrange(elements, with: tensor.values)
      stored[source.tensor] = all
    }
    return stored
  }
}

extension WeightWriter {
  /// A matrix with its axes exchanged.
  private static func transposed(_ values: [Float], _ shape: TensorShape) -> [Float] {
    let rows = shape[0], columns = shape[1]
    return (0..<values.count).map { values[$0 % rows * columns + $0 / rows] }
  }
}

/// A tensor under the name that the model has for it.
struct NamedValues {
  var name: String
  var shape: [Int]
  var count: Int
  /// Made when they are written, so that a model's tensors are not in memory twice.
  var values: () -> [Float]
}

/// The error that a file cannot hold what is to be written.
public struct WeightWritingError: Error, Sendable, CustomStringConvertible {
  public var message: String
  public var hint: String

  init(_ message: String, hint: String) { (self.message, self.hint) = (message, hint) }

  public var description: String { TerminalText.safe("\(message). \(hint)") }
}
