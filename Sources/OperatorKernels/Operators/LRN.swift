import Glibc
import NetworkGraph

extension OperatorEntry {
  static let lrn = OperatorEntry("LRN") { attributes throws(SpecificationError) in
    let size = try attributes.integer("size", 0)
    guard size > 0 else {
      throw SpecificationError("LRN needs a size above 0, got \(size)", hint: "Export the model again")
    }
    return LocalResponseNormalization(
      size: size, alpha: try attributes.float("alpha", 1e-4), beta: try attributes.float("beta", 0.75),
      bias: try attributes.float("bias", 1))
  }
}

/// `x / (bias + alpha / size sum of x^2)^beta`, the sum over `size` channels around each.
public struct LocalResponseNormalization: OperatorKernel {
  public static let kind = "LRN"
  public let traits: OperatorTraits = [.normalizes]
  public let scaleLaw = ScaleLaw.absolute
  public let size: Int
  public let alpha: Double
  public let beta: Double
  public let bias: Double

  /// Makes the operator.
  ///
  /// - Parameters:
  ///   - size: The number of channels in a sum.
  ///   - alpha: The factor on the mean of squares.
  ///   - beta: The exponent.
  ///   - bias: What is added to the mean of squares.
  public init(size: Int, alpha: Double = 1e-4, beta: Double = 0.75, bias: Double = 1) {
    self.size = size
    self.alpha = alpha
    self.beta = beta
    self.bias = bias
  }

  public func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let x = try inputs.float(0, of: Self.kind).type
    guard x.shape.rank >= 2 else {
      throw SpecificationError("LRN takes samples x channels x extents, got \(x.shape)", hint: "Export the model again")
    }
    return [x]
  }

  public func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    KernelRequirements(saved: outputs[0].shape.count, readsInputs: [0])
  }

  /// Channels whose squares count for a channel.
  private func window(_ channel: Int, _ channels: Int) -> ClosedRange<Int> {
    let size = min(size, 2 * channels)
    return max(0, channel - (size - 1) / 2)...min(channels - 1, channel + size / 2)
  }

  public func forward(_ call: ForwardCall) {
    let x = call.input(0).floats, z = call.outputs[0].floats, shape = call.outputs[0].shape
    let channels = shape[1], inner = shape.count(of: 2..<shape.rank)
    call.team.split(shape[0] * channels, grain: max(1, 4096 / max(1, inner))) { rows in
      for row in rows {
        let first = row / channels * channels, window = window(row % channels, channels)
        for place in 0..<inner {
          var sum = 0.0
          for channel in window {
            let value = Double(x[(first + channel) * inner + place])
            sum += value * value
          }
          let level = bias + alpha / Double(size) * sum, at = row * inner + place
          call.saved[at] = Float(level)
          z[at] = Float(Double(x[at]) * pow(level, -beta))
        }
      }
    }
  }

  public func backward(_ call: BackwardCall) {
    guard let g = call.outputGradients[0], let target = call.target(0) else { return }
    let x = call.input(0).floats, shape = call.outputs[0].shape, levels = call.saved
    let channels = shape[1], inner = shape.count(of: 2..<shape.rank)
    call.team.split(shape[0] * channels, grain: max(1, 4096 / max(1, inner))) { rows in
      for row in rows {
        let first = row / channels * channels, channel = row % channels
        for place in 0..<inner {
          let at = row * inner + place
          // Channels in whose windows this one lies.
          var sum = 0.0
          let low = max(0, channel - min(size, 2 * channels) / 2)
          let high = min(channels - 1, channel + (min(size, 2 * channels) - 1) / 2)
          for other in low...high where window(other, channels).contains(channel) {
            let there = (first + other) * inner + place, level = Double(levels[there])
            sum += Double(g[there]) * Double(x[there]) * pow(level, -beta - 1)
          }
          target[at] = Float(
            Double(g[at]) * pow(Double(levels[at]), -beta)
              - 2 * alpha * beta / Double(size) * Double(x[at]) * sum)
        }
      }
    }
  }
}
