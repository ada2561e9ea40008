/// A graph of operators: nodes in an order in which they can run, stored tensors, inputs and outputs.
public struct ONNXGraph: Sendable {
  public var name: String = ""
  public var nodes: [ONNXNode] = []
  /// Stored tensors, weights among them.
  public var initializers: [ONNXTensor] = []
  public var sparseInitializers: [ONNXSparseTensor] = []
  /// Inputs as the file lists them. Files before IR version 4 list initializers here, too: see `openInputs`.
  public var inputs: [ONNXValueInfo] = []
  public var outputs: [ONNXValueInfo] = []
  /// Types of values in between, as far as the file has them.
  public var valueInfo: [ONNXValueInfo] = []
  /// Texts by key, without `stack_trace` and `class_hierarchy`.
  public var metadata: [String: String] = [:]

  package init() {}

  /// Inputs that no stored tensor fills.
  public var openInputs: [ONNXValueInfo] {
    let stored = Set(initializers.map(\.name) + sparseInitializers.map(\.values.name))
    return inputs.filter { !stored.contains($0.name) }
  }

  /// What `torch.export` says about inputs and outputs: names of parameters and buffers, those among them that were folded
  /// away; nil where the file does not say.
  public var signature: ONNXGraphSignature? {
    metadata["pkg.torch.export.ExportedProgram.graph_signature"].flatMap(ONNXGraphSignature.init(parsing:))
  }
}
