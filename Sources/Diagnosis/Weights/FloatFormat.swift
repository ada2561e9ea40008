import Glibc
import SignalPropagation

/// A binary floating-point format that training may use.
package struct FloatFormat: Sendable {
  package var name: String
  /// Magnitudes below 2^this round to zero: half of the smallest subnormal.
  package var vanishingExponent: Int
  /// Magnitudes from here on round to infinity.
  package var overflow: Double

  /// IEEE 754 binary32: 24 bits, smallest subnormal 2^-149, largest (2 - 2^-23) 2^127.
  package static let float32 = FloatFormat(name: "float32", vanishingExponent: -150, overflow: 0x1p128 * (1 - 0x1p-25))
  /// bfloat16: float32's exponents with 8 bits, smallest subnormal 2^-133, largest (2 - 2^-7) 2^127.
  package static let bfloat16 = FloatFormat(name: "bfloat16", vanishingExponent: -134, overflow: 0x1p128 * (1 - 0x1p-9))
  /// IEEE 754 binary16: 11 bits, smallest normal 2^-14, smallest subnormal 2^-24, largest 65504.
  package static let float16 = FloatFormat(name: "float16", vanishingExponent: -25, overflow: 65520)
}

/// What a number format would lose of the signals of one direction.
package struct FormatLoss {
  /// One tensor's magnitudes, shifted by a power of two.
  package struct Tensor {
    package var layer: LayerResult
    package var title: String
    package var magnitudes: MagnitudeHistogram
    /// log2 of the largest finite magnitude, over all values of all replicas.
    package var log2Largest: Double
    /// The power of two by which the measured values are multiplied.
    package var shift: Int

    package init(layer: LayerResult, title: String, magnitudes: MagnitudeHistogram, log2Largest: Double, shift: Int) {
      self.layer = layer
      self.title = title
      self.magnitudes = magnitudes
      self.log2Largest = log2Largest
      self.shift = shift
    }

    /// The share of the values other than 0 that round to zero after multiplication by 2^scale.
    package func vanishing(_ format: FloatFormat, scale: Int = 0) -> Double {
      share(magnitudes.count(below: format.vanishingExponent - shift - scale))
    }

    /// The share of the values other than 0 that round to infinity; at least one value of the sample where any value does.
    package func overflowing(_ format: FloatFormat) -> Double {
      let certain = magnitudes.count(from: Int(log2(format.overflow).rounded(.up)) - shift)
      return share(log2Largest + Double(shift) >= log2(format.overflow) ? max(1, certain) : certain)
    }

    private func share(_ count: Int) -> Double { Double(count) / Double(max(1, magnitudes.nonzero)) }
  }

  package var tensors: [Tensor]

  package init(tensors: [Tensor]) { self.tensors = tensors }

  static func activations(of run: InitializerRun) -> FormatLoss {
    FormatLoss(
      tensors: run.layers.flatMap { layer in
        [tensor(layer, "Pre-activations", layer.preactivation, 0), tensor(layer, "Activations", layer.activation, 0)]
          .compactMap(\.self)
      })
  }

  /// The gradients from the output back. Where the backward pass started from N(0, 1) values, they are scaled down to the
  /// gradient of a cross-entropy averaged over the batch.
  static func gradients(of run: InitializerRun, _ context: RuleContext) -> FormatLoss {
    let shift = Self.shift(context)
    return FormatLoss(
      tensors: run.layers.reversed().flatMap { layer in
        [
          tensor(layer, "Gradients of the activations", layer.gradient, shift),
          tensor(layer, "Gradients of the pre-activations", layer.preactivationGradient, shift),
          layer.weightGradient.flatMap { tensor(layer, "Gradients of the weights", $0, shift) },
        ].compactMap(\.self)
      })
  }

  /// log2 of that gradient's root mean square, (softmax - onehot) / batch for C equally likely classes: sqrt(C - 1) / (C
  /// batch), rounded to a whole number; 1 / batch for one output. 0 where a loss's own gradient was measured.
  package static func shift(_ backward: BackwardSource, outputs: Int, batch: Int) -> Int {
    guard backward == .gaussian else { return 0 }
    let classes = Double(outputs)
    let size = classes > 1 ? (classes - 1).squareRoot() / classes : 1
    return Int(log2(size / Double(batch)).rounded())
  }

  static func shift(_ context: RuleContext) -> Int {
    shift(context.backward, outputs: context.network.output.count, batch: context.input.batch)
  }

  private static func tensor(_ layer: LayerResult, _ title: String, _ signal: SignalSummary, _ shift: Int) -> Tensor? {
    guard let magnitudes = signal.magnitudes, magnitudes.nonzero > 0, signal.nonFinite == 0 else { return nil }
    // Beyond Double's range the bins know more than the extremes.
    let largest = max(abs(signal.min), abs(signal.max))
    let top = Double(magnitudes.low + magnitudes.counts.count - 1)
    return Tensor(
      layer: layer, title: title, magnitudes: magnitudes,
      log2Largest: largest.isFinite && largest > 0 ? max(top, log2(largest)) : top, shift: shift)
  }

  /// The tensor that loses the largest share to zero.
  func mostVanishing(_ format: FloatFormat) -> Tensor? {
    tensors.max { $0.vanishing(format) < $1.vanishing(format) }
  }

  /// The first tensor in the direction of travel that overflows.
  func firstOverflowing(_ format: FloatFormat) -> Tensor? { tensors.first { $0.overflowing(format) > 0 } }

  /// log2 of the factor on the loss that saves gradients, and the largest share that is lost even with it.
  ///
  /// The smallest power of two at which no tensor loses more than `tolerable` of its values, as far as the largest gradient
  /// stays a factor of 2 below overflow; where none does, the largest that this allows.
  package func lossScale(_ format: FloatFormat, tolerable: Double) -> (exponent: Int, lost: Double)? {
    guard let largest = tensors.map({ $0.log2Largest + Double($0.shift) }).max() else { return nil }
    let most = Int((log2(format.overflow) - 1 - largest).rounded(.down))
    func lost(_ scale: Int) -> Double { tensors.map { $0.vanishing(format, scale: scale) }.max() ?? 0 }
    if most > 0, let enough = (0...most).first(where: { lost($0) <= tolerable }) { return (enough, lost(enough)) }
    return (most, lost(most))
  }
}
