import DataSets
import NetworkGraph
import ONNXFiles
import TensorFiles

/// The trainable tensors of an ONNX file, by their names in the state dictionary and in the model's own layout.
package struct ModelTensorFile: TensorFile {
  package let path: String
  package let format = "ONNX"
  package let entries: [TensorEntry]
  package let notes: [String]
  private let parameters: [GraphParameter]

  /// Whether a path leads to an ONNX file, by its name or its first bytes.
  ///
  /// A model's first field is its version, the bytes 08 and a small number, and a text, the graph or another version
  /// follows. The length of a safetensors header may look like that; a brace stands behind it.
  package static func isModel(_ path: String) -> Bool {
    if path.lowercased().hasSuffix(".onnx") { return true }
    guard !InputFile.isDirectory(path), let start = try? InputFile(path: path).bytes(0..<9), start.count == 9 else {
      return false
    }
    let isHeader = start[4..<8].allSatisfy { $0 == 0 } && start[8] == 0x7B
    return start[0] == 0x08 && (3...30).contains(start[1]) && (start[2] & 7 == 2 || start[2] == 0x28) && !isHeader
  }

  /// Reads the structure of a model.
  ///
  /// - Parameter path: An ONNX file.
  /// - Throws: As `ONNXImport.model` does; `ImportError` where the file holds no trainable tensors.
  package init(path: String) throws {
    let model = try ONNXImport.model(path: path)
    var entries: [TensorEntry] = [], parameters: [GraphParameter] = [], computed: [String] = []
    for parameter in model.graph.parameters {
      guard !(parameter.source?.isComputed ?? false) else {
        computed.append(parameter.name)
        continue
      }
      guard let entry = TensorEntry(name: parameter.name, type: .float32, shape: parameter.modelShape) else { continue }
      entries.append(entry)
      parameters.append(parameter)
    }
    guard !entries.isEmpty else {
      throw ImportError(
        path: path, "holds no trainable tensors", hint: "Export the model with optimize=False, which keeps them")
    }
    self.path = path
    self.entries = entries
    self.parameters = parameters
    var notes = model.notes.filter { $0.contains("export") || $0.contains("computed as") }
    if !computed.isEmpty {
      notes.append(
        "Left out, because the export computed them from several tensors: \(computed.joined(separator: ", ")).")
    }
    self.notes = notes
  }

  package func read(_ index: Int, into memory: BlockMemory, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let parameter = parameters[index]
    var values = [Float](repeating: 0, count: parameter.shape.count)
    try values.withUnsafeMutableBufferPointer { try parameter.load($0) }
    let own = values.withUnsafeBufferPointer { parameter.inModelOrder($0) }
    try own.withUnsafeBytes { bytes in
      let step = memory.capacity / 4 * 4
      for start in stride(from: 0, to: bytes.count, by: step) {
        try body(UnsafeRawBufferPointer(rebasing: bytes[start..<min(bytes.count, start + step)]))
      }
    }
  }
}
