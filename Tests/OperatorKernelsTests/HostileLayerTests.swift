import NetworkGraph
import OperatorKernels
import Testing

/// Nodes of damaged or hostile files are refused with a message, or inferred and planned; nothing traps.
@Suite struct HostileLayerTests {
  private static func floats(_ shape: [Int]) throws -> ValueFacts { ValueFacts(ValueType(.float32, try TensorShape(shape))) }

  private static let operators = [
    "Conv", "ConvTranspose", "MaxPool", "AveragePool", "LpPool", "GlobalAveragePool", "GlobalMaxPool",
    "BatchNormalization", "LayerNormalization", "InstanceNormalization", "GroupNormalization", "RMSNormalization",
    "LpNormalization", "LRN", "MeanVarianceNormalization", "Softmax", "LogSoftmax", "Hardmax", "Attention",
    "RotaryEmbedding", "LSTM", "GRU", "RNN", "Einsum", "Resize", "Upsample", "DepthToSpace", "SpaceToDepth", "MatMul",
    "Gemm",
  ]

  @Test(arguments: operators) func isInferredOrRefused(op: String) throws {
    let shapes: [[Int]] = [
      [], [0], [3], [2, 3], [0, 3], [2, 0, 4], [1, 4, 4], [2, 4, 4, 4], [1, 0, 3, 3], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1],
      [1, 1, 1 << 40], [1 << 20, 1 << 20, 4, 4], [1, 1, 1 << 23, 1 << 23],
    ]
    let numbers = [Int.min, -1, 0, 1, 2, 1 << 20, 1 << 24, 1 << 40, Int.max]
    var attributes: [[String: OperatorAttributes.Value]] = [[:]]
    for n in numbers {
      for key in [
        "axis", "group", "num_groups", "size", "p", "blocksize", "num_heads", "rotary_embedding_dim", "hidden_size",
      ] {
        attributes.append([key: .integer(n), "kernel_shape": .integers([2, 2])])
      }
      for key in ["kernel_shape", "strides", "dilations", "pads", "output_padding", "output_shape", "axes"] {
        for count in [0, 1, 2, 4] {
          var set: [String: OperatorAttributes.Value] = ["kernel_shape": .integers([1, 1])]
          set[key] = .integers([Int](repeating: n, count: count))
          attributes.append(set)
        }
      }
      attributes.append(["q_num_heads": .integer(n), "kv_num_heads": .integer(n)])
    }
    for text in [
      "", "->", "ij,jk->ik", "i->ii", "...,...->...", "....", "i..j->", "é->", ">>", "a-b", "ij,ij,ij->", "ab->c",
    ] {
      attributes.append(["equation": .text(text), "mode": .text(text), "direction": .text(text), "auto_pad": .text(text)])
    }
    for value in [Double.nan, .infinity, -1, 0, 1e300] {
      attributes.append(["epsilon": .float(value), "scale": .float(value), "softcap": .float(value), "clip": .float(value)])
      attributes.append(["scales": .floats([value, value]), "kernel_shape": .integers([1])])
    }
    attributes.append(["activations": .texts(["Tanh"]), "kernel_shape": .integers([1 << 24, 1 << 24])])
    var refused = 0
    for first in shapes {
      for second in [nil, first, [4, 4, 2, 2]] {
        let one = try Self.floats(first), two = try second.map { try Self.floats($0) }
        for inputs in [[one, two], [one, two, two, nil, nil], [one, two, two, two, two, two, two, two]] {
          for set in attributes {
            for outputs in [inputs.count > 2 ? 4 : 1] {
              do throws(SpecificationError) {
                guard let entry = OperatorCatalogue[op] else { continue }
                let made = OperatorAttributes(
                  version: 18, values: set, outputCount: outputs, givesInput: inputs.map { $0 != nil })
                let operation = try entry.make(made)
                let types = try operation.results(of: inputs)
                // A compiled pass of a huge convolution would need the memory itself.
                guard types.allSatisfy({ $0.shape.count < 1 << 16 }), one.shape.count < 1 << 16 else { continue }
                let needs = operation.requirements(inputs: inputs.map { $0?.type }, outputs: types)
                #expect(needs.saved >= 0 && needs.forwardWorkspace >= 0 && needs.backwardWorkspace >= 0)
                _ = operation.scales(of: inputs.map { _ in 0 }, isFloat: inputs.map { $0 != nil })
              } catch {
                refused += 1
                #expect(!error.message.isEmpty && error.hint != nil, "\(op): \(error)")
              }
            }
          }
        }
      }
    }
    #expect(refused > 0)
  }
}
