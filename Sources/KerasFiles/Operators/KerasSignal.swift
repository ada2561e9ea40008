import NetworkGraph

/// A signal while a Keras model becomes a graph of operators: the graph's value that holds it.
struct KerasSignal {
  var value: ValueID
  /// Whether `value` has Keras's last axis, the channels, as its second: operators of convolution take it so.
  var isMoved = false
  /// The extents as Keras has them, samples in front.
  var extents: [Int]
  /// Measuring points whose results it is made of.
  var sources: Set<Int> = []
  /// The measuring point whose result it is itself, so that an activation behind it belongs to that point.
  var point: Int?

  var rank: Int { extents.count }
  /// The extent of the last axis.
  var features: Int { extents.last ?? 1 }
}
