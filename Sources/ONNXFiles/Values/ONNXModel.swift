/// An ONNX model as its file has it: nothing is interpreted, and tensors stay in the file until they are asked for.
///
/// Source: onnx.proto of ONNX 1.23 (IR version 14). Fields that it does not have are passed by.
public struct ONNXModel: Sendable {
  public var path: String
  public var irVersion: Int = 0
  /// The program that wrote the file, such as `pytorch`, and its version.
  public var producerName: String = ""
  public var producerVersion: String = ""
  public var domain: String = ""
  public var modelVersion: Int = 0
  /// Versions of operator sets by domain; ONNX's own has an empty name (`ai.onnx` is read as empty).
  public var opsets: [String: Int] = [:]
  public var graph = ONNXGraph()
  /// Texts by key, without `stack_trace` and `class_hierarchy`.
  public var metadata: [String: String] = [:]
  public var functions: [ONNXFunction] = []
  /// Whether the file also describes a training step, which is not read.
  public var hasTrainingInfo = false

  /// Reads the structure of a model. The file stays open as long as a tensor of it is in use.
  ///
  /// - Parameter path: An .onnx file.
  /// - Throws: `ONNXError` that names the byte, the place in the model and the remedy.
  public init(path: String) throws(ONNXError) { try self.init(source: ModelSource(path: path)) }

  /// Reads the structure of a model in memory. External data of it cannot be read.
  ///
  /// - Parameters:
  ///   - bytes: The contents of an .onnx file.
  ///   - path: What errors call it.
  /// - Throws: `ONNXError` that names the byte, the place in the model and the remedy.
  public init(bytes: [UInt8], path: String) throws(ONNXError) {
    try self.init(source: ModelSource(bytes: bytes, path: path))
  }

  private init(source: ModelSource) throws(ONNXError) {
    var start = [UInt8](repeating: 0, count: min(64, source.size))
    let outcome: Result<Void, ONNXError> = start.withUnsafeMutableBytes { buffer in
      do throws(ONNXError) { return .success(try source.read(at: 0, into: buffer)) } catch { return .failure(error) }
    }
    try outcome.get()
    if let other = FileSignature.other(than: start, size: source.size) {
      throw ONNXError(path: source.path, other.what, hint: other.hint)
    }
    path = source.path
    var reader = WireReader(source)
    try reader.readModel(into: &self)
  }
}
