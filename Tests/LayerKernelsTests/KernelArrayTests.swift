import LayerKernels
import NetworkGraph
import TensorKernels
import Testing

/// What a memory plan counts for a kernel is what its passes take.
@Suite struct KernelArrayTests {
  static let layers: [(layer: any Layer & Sendable, input: Shape)] = [
    (SelfAttention(heads: 8), .sequence(steps: 96, features: 32)),
    (SelfAttention(heads: 2), .sequence(steps: 24, features: 64)),
    (SimpleRNN(48), .sequence(steps: 40, features: 12)),
    (LSTM(48), .sequence(steps: 40, features: 12)),
    (LSTM(16, returns: .sequence), .sequence(steps: 40, features: 64)),
    (GRU(48), .sequence(steps: 40, features: 12)),
    (Conv2D(24, kernel: 3), .image(channels: 5, height: 20, width: 20)),
    (MaxPool(2), .image(channels: 8, height: 32, width: 32)),
    (Dropout(0.5), .features(4096)),
    (LayerNorm(), .features(4096)),
    (Softmax(), .features(4096)),
  ]

  private static func node(_ index: Int) throws -> Network.Node {
    let (layer, input) = layers[index]
    return Network.Node(
      name: "layer", layer: layer, inputs: ["input"], inputShapes: [input], shape: try layer.outputShape(from: [input]))
  }

  private static func kernel(_ node: Network.Node, batch: Int) throws -> any LayerKernel {
    try KernelCatalogue.make(
      KernelContext(
        layer: node.layer, inputShapes: node.inputShapes, outputShape: node.shape, batch: batch,
        stream: RandomStream(seed: 1, replica: 0, node: "layer", tensor: .probe)), name: "layer")
  }

  /// All buffers that a kernel owns, found by reflection, whatever their names are.
  private static func floats(in value: Any) -> Int {
    if let buffer = value as? FloatBuffer { return buffer.capacity }
    return Mirror(reflecting: value).children.reduce(0) { $0 + floats(in: $1.value) }
  }

  /// The pool rounds each array up to 64 floats, and the workspaces of the two directions may have no size in common.
  @Test(arguments: layers.indices) func passesTakeWhatIsCounted(index: Int) throws {
    let node = try Self.node(index), batch = 16, pool = BufferPool()
    let kernel = try Self.kernel(node, batch: batch), counted = KernelCatalogue.arrayBytes(node, batch: batch)
    try kernel.memory.take(for: .forward, from: pool)
    let forward = pool.heldBytes
    kernel.memory.giveWorkspace()
    kernel.memory.give()
    let again = BufferPool()
    try kernel.memory.take(for: .backward, from: again)
    let most = Double(max(forward, again.heldBytes)), sum = counted.kept + counted.workspace
    #expect(most >= sum && most <= sum + 256 * 20, "\(node.layer.kind): \(sum) bytes counted, \(most) taken")
  }

  /// A kernel without its memory owns nothing that grows with the batch.
  @Test(arguments: layers.indices) func nothingElseGrowsWithTheBatch(index: Int) throws {
    let node = try Self.node(index)
    let small = Self.floats(in: try Self.kernel(node, batch: 2)), large = Self.floats(in: try Self.kernel(node, batch: 64))
    #expect(small == large, "\(node.layer.kind)")
  }

  /// Sizes whose product leaves Int are counted as more than there is, not trapped on.
  @Test func absurdSizesAreCounted() throws {
    let layer = LSTM(1 << 16), input = Shape.sequence(steps: 1 << 20, features: 16)
    let node = Network.Node(
      name: "layer", layer: layer, inputs: ["input"], inputShapes: [input], shape: .features(1 << 16))
    #expect(KernelCatalogue.arrayBytes(node, batch: 1 << 30).kept >= 0x1p60)
  }
}
