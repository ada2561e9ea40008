import CTensorKernels
import NetworkGraph

extension OperatorEntry {
  static let averagePool = OperatorEntry("AveragePool") { attributes throws(SpecificationError) in
    try AveragePool(attributes)
  }
}

/// The mean of each window.
public struct AveragePool: OperatorKernel {
  public static let kind = "AveragePool"
  public let traits: OperatorTraits = [.pools, .averages]
  public let scaleLaw = ScaleLaw.homogeneous
  let window: WindowAttributes
  let countsPadding: Bool

  /// Makes the operator of windows that are resolved already. Padding does not count.
  ///
  /// - Parameter window: The windows.
  package init(_ window: WindowAttributes) { (self.window, countsPadding) = (window, false) }

  /// Reads the operator from a node's attributes.
  ///
  /// - Parameter attributes: The node's attributes.
  /// - Throws: `SpecificationError` for values outside their domain.
  public init(_ attributes: OperatorAttributes) throws(SpecificationError) {
    window = try WindowAttributes(attributes, of: Self.kind)
    countsPadding = try attributes.integer("count_include_pad", 0) != 0
  }

  public func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    [ValueType(.float32, try window.pool(inputs, of: Self.kind).1)]
  }

  private func fast(_ pass: PoolPass, planes: Int) -> initscope_pool? {
    let isPadded = pass.axes.contains { $0.before > 0 || $0.after > 0 }
    return countsPadding && isPadded ? nil : pass.fast(planes: planes)
  }

  public func forward(_ call: ForwardCall) {
    let x = call.input(0), pass = window.pool(x.shape, of: Self.kind), z = call.outputs[0].floats
    pass.split(call.team) { first, count in
      let source = x.floats + first * pass.inputCount, target = z + first * pass.outputCount
      if var pool = fast(pass, planes: count) {
        initscope_average_pool(&pool, source, target)
      } else {
        var windows = pass.windows
        initscope_window_mean(&windows, source, count, countsPadding ? 1 : 0, target)
      }
    }
  }

  public func backward(_ call: BackwardCall) {
    guard let g = call.outputGradients[0], let target = call.target(0) else { return }
    let pass = window.pool(call.input(0).shape, of: Self.kind)
    pass.split(call.team) { first, count in
      let source = g + first * pass.outputCount, target = target + first * pass.inputCount
      if var pool = fast(pass, planes: count) {
        initscope_average_pool_gradient(&pool, source, target)
      } else {
        var windows = pass.windows
        initscope_window_mean_gradient(&windows, source, count, countsPadding ? 1 : 0, target)
      }
    }
  }
}
