import NetworkGraph

/// Where the samples of a batch lie in a tensor.
///
/// The element at place p in memory belongs to sample `p / inner % count`: samples may lie one after another, or inside
/// other axes, as behind a transpose that puts the steps of a sequence first.
public struct SamplePlace: Sendable, Equatable {
  /// The number of samples.
  public var count: Int
  /// How many elements of one sample lie side by side.
  public var inner: Int

  /// Describes a place.
  ///
  /// - Parameters:
  ///   - count: The number of samples.
  ///   - inner: How many elements of one sample lie side by side.
  public init(count: Int, inner: Int) {
    self.count = count
    self.inner = inner
  }

  /// The axis that counts samples, alone or together with others, and how many of its places belong to one sample in a row;
  /// nil where no single axis does.
  func axis(in shape: TensorShape) -> (axis: Int, step: Int)? {
    guard shape.count > 0 else { return nil }
    var behind = 1
    for axis in shape.extents.indices.reversed() {
      let whole = behind * shape[axis]
      if inner % behind == 0, inner * count <= whole, whole % (inner * count) == 0 { return (axis, inner / behind) }
      behind = whole
    }
    return nil
  }

  /// The shape of one sample: what is left of a tensor's shape; nil where no single axis counts samples.
  public func sampleExtents(of shape: TensorShape) -> [Int]? {
    guard let (axis, _) = axis(in: shape) else { return nil }
    var extents = shape.extents
    extents[axis] /= count
    if extents[axis] == 1 { extents.remove(at: axis) }
    return extents
  }
}

extension OperatorKernel {
  /// Samples stay on their axis: of the same number where the rank stays, else counted from the front or from the back.
  public func samples(of inputs: [SamplePlace?], shapes: [TensorShape], result: TensorShape) -> SamplePlace? {
    for (place, shape) in zip(inputs, shapes) {
      guard let place, let (axis, step) = place.axis(in: shape) else { continue }
      let extent = shape[axis]
      var candidates = [axis]
      if shape.rank != result.rank {
        candidates = [axis + result.rank - shape.rank]
        if shape.extents.prefix(axis + 1) == result.extents.prefix(axis + 1) { candidates.insert(axis, at: 0) }
      }
      for axis in candidates where result.extents.indices.contains(axis) && result[axis] == extent {
        return SamplePlace(count: place.count, inner: step * result.extents[(axis + 1)...].reduce(1, *))
      }
    }
    return nil
  }
}
