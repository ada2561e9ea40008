/// A function of the model's own: an operator that is defined by other operators.
public struct ONNXFunction: Sendable {
  public var name: String = ""
  public var domain: String = ""
  /// Which one is meant of several functions of the same name.
  public var overload: String = ""
  public var inputs: [String] = []
  public var outputs: [String] = []
  /// Names of attributes without a default.
  public var attributeNames: [String] = []
  /// Attributes with a default.
  public var attributeDefaults: [String: ONNXAttribute] = [:]
  public var nodes: [ONNXNode] = []
  /// Versions of operator sets by domain; ONNX's own has an empty name.
  public var opsets: [String: Int] = [:]
  public var valueInfo: [ONNXValueInfo] = []

  package init() {}
}
