/// Average pooling: the mean of the values in each window. Padding counts in neither the sum nor the number.
public struct AveragePool: PoolLayer {
  public static let kind = "average_pool"
  public var traits: OperatorTraits { [.pools, .averages] }
  public var theory: LayerTheory { .pooling }
  public let window: SlidingWindow

  /// Makes a pooling with windows of `size`, `stride` apart; by default they touch and do not overlap.
  public init(_ size: Extents, stride: Extents? = nil, padding: Padding = .valid) {
    window = SlidingWindow(size: size, stride: stride ?? size, padding: padding)
  }

  init(window: SlidingWindow) { self.window = window }
}

extension LayerEntry {
  static let averagePool = LayerEntry(
    kind: AveragePool.kind, summary: "Mean of each window, on images or along sequences.", shorthand: "size",
    fields: SlidingWindow.poolFields, lists: SlidingWindow.poolLists
  ) { fields throws(SpecificationError) in
    AveragePool(window: try SlidingWindow(pool: fields, kind: AveragePool.kind))
  }
}
