import LayerKernels
import NetworkGraph
import TensorKernels
import Testing

/// What a memory plan counts for a kernel is what the kernel allocates.
@Suite struct KernelArrayTests {
  static let layers: [(layer: any Layer & Sendable, input: Shape)] = [
    (SelfAttention(heads: 8), .sequence(steps: 96, features: 32)),
    (SelfAttention(heads: 2), .sequence(steps: 24, features: 64)),
    (SimpleRNN(48), .sequence(steps: 40, features: 12)),
    (LSTM(48), .sequence(steps: 40, features: 12)),
    (LSTM(16, returns: .sequence), .sequence(steps: 40, features: 64)),
    (GRU(48), .sequence(steps: 40, features: 12)),
    (MaxPool(2), .image(channels: 8, height: 32, width: 32)),
    (Dropout(0.5), .features(4096)),
    (LayerNorm(), .features(4096)),
    (Softmax(), .features(4096)),
  ]

  /// All buffers that a kernel owns, found by reflection, whatever their names are.
  private static func floats(in value: Any) -> Int {
    if let buffer = value as? FloatBuffer { return buffer.capacity }
    return Mirror(reflecting: value).children.reduce(0) { $0 + floats(in: $1.value) }
  }

  /// Vectors of one step or one matrix's packing may be rounded: a fiftieth, and a thousand floats.
  @Test(arguments: layers.indices) func arraysAreCounted(index: Int) throws {
    let (layer, input) = Self.layers[index], batch = 16
    let output = try layer.outputShape(from: [input])
    let kernel = try KernelCatalogue.make(
      KernelContext(
        layer: layer, inputShapes: [input], outputShape: output, batch: batch,
        stream: RandomStream(seed: 1, replica: 0, node: "layer", tensor: .probe)), name: "layer")
    let node = Network.Node(name: "layer", layer: layer, inputs: ["input"], inputShapes: [input], shape: output)
    let held = Double(Self.floats(in: kernel)), counted = KernelCatalogue.arrayBytes(node, batch: batch) / 4
    #expect(abs(counted - held) <= held / 50 + 1000, "\(layer.kind): \(counted) floats counted, \(held) held")
  }
}
