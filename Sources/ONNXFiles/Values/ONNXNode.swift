/// One operator of a graph, with the names of what goes in and comes out.
public struct ONNXNode: Sendable {
  /// The node's own name, often empty.
  public var name: String
  /// The operator, such as `Conv`.
  public var opType: String
  /// The set that the operator belongs to; empty for ONNX's own (`ai.onnx` is read as empty).
  public var domain: String
  /// Which one is meant of several functions of the same name.
  public var overload: String
  /// Names of values; an empty one stands for an optional input that is left out.
  public var inputs: [String]
  /// Names of values; an empty one stands for an optional output that is left out.
  public var outputs: [String]
  public var attributes: [String: ONNXAttribute]
  /// What the exporter says about the node's origin.
  public var metadata: ONNXNodeMetadata

  package init(
    name: String = "", opType: String = "", domain: String = "", overload: String = "", inputs: [String] = [],
    outputs: [String] = [], attributes: [String: ONNXAttribute] = [:], metadata: ONNXNodeMetadata = ONNXNodeMetadata()
  ) {
    (self.name, self.opType, self.domain, self.overload) = (name, opType, domain, overload)
    (self.inputs, self.outputs, self.attributes, self.metadata) = (inputs, outputs, attributes, metadata)
  }
}

/// What PyTorch's exporter says about a node's origin.
///
/// `stack_trace` and `class_hierarchy` are never kept: they hold paths of the exporter's machine and most of the text.
public struct ONNXNodeMetadata: Sendable, Hashable {
  /// Module names from the outermost on, and the name of the node in the exported program:
  /// `["", "layer1", "layer1.0", "conv2d"]`; empty where the file does not say. Key `pkg.torch.onnx.name_scopes`.
  public var nameScopes: [String]
  /// Module names with their classes, as the file has it; empty where it does not say. Key `namespace`.
  public var namespace: String
  /// The exported program's line for the node; empty where the file does not say. Key `pkg.torch.onnx.fx_node`.
  public var fxNode: String
  /// The rewrite that made the node, such as `FuseBatchNormIntoGemm`; empty where the file does not say. Key
  /// `pkg.onnxscript.rewriter.rule_name`.
  public var rewriteRule: String

  package init(nameScopes: [String] = [], namespace: String = "", fxNode: String = "", rewriteRule: String = "") {
    (self.nameScopes, self.namespace, self.fxNode, self.rewriteRule) = (nameScopes, namespace, fxNode, rewriteRule)
  }
}
