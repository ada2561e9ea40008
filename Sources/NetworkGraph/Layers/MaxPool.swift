/// Max pooling: the largest value of each window. The gradient goes to the first place where that value stands.
public struct MaxPool: PoolLayer {
  public static let kind = "max_pool"
  public var traits: OperatorTraits { [.pools, .takesLargest] }
  public var theory: LayerTheory { .pooling }
  public let window: SlidingWindow

  /// Makes a pooling with windows of `size`, `stride` apart; by default they touch and do not overlap.
  public init(_ size: Extents, stride: Extents? = nil, padding: Padding = .valid) {
    window = SlidingWindow(size: size, stride: stride ?? size, padding: padding)
  }

  init(window: SlidingWindow) { self.window = window }
}

extension LayerEntry {
  static let maxPool = LayerEntry(
    kind: MaxPool.kind, summary: "Largest value of each window, on images or along sequences.", shorthand: "size",
    fields: SlidingWindow.poolFields, lists: SlidingWindow.poolLists
  ) { fields throws(SpecificationError) in
    MaxPool(window: try SlidingWindow(pool: fields, kind: MaxPool.kind))
  }
}
