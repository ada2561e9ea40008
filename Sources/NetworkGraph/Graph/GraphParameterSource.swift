/// Where a trainable tensor lies in a model's file, and how the model itself has it.
///
/// Exporters turn matrices around, put gates into another order, merge equal tensors and fold normalizations into weights.
/// What is written back for the model has the model's own layout.
public struct GraphParameterSource: Sendable, Hashable {
  /// How the model's own tensor follows from the graph's.
  public enum Order: Sendable, Hashable {
    case same
    /// A matrix whose axes are exchanged.
    case transposed
    /// Blocks of rows in another order: for each block of the model's tensor its place in the graph's.
    case blocks([Int])
  }

  /// A copy of the tensor in the file.
  public struct Twin: Sendable, Hashable {
    /// The copy's name.
    public var tensor: String
    /// Whether its axes are exchanged.
    public var isTransposed: Bool

    public init(tensor: String, isTransposed: Bool) { (self.tensor, self.isTransposed) = (tensor, isTransposed) }
  }

  /// The name of the file's tensor.
  public var tensor: String
  /// The elements of the file's tensor that are this one's; nil for all of them.
  public var elements: Range<Int>?
  public var order: Order
  /// The extents of the model's own tensor, where they are others than the graph's and `order` does not say it.
  public var extents: [Int]?
  /// How often the file repeats the tensor, one behind the other: a token that an export copied for each sample.
  public var copies = 1
  /// Other tensors of the file that hold the same values: an export computes one transposed copy per use of a module.
  public var twins: [Twin] = []
  /// Other names of the tensor in the model's state dictionary: a tied tensor has one for each module.
  public var aliases: [String] = []
  /// Whether the values are those of another file.
  public var isReplaced = false
  /// Whether an export has computed the values from the model's own, such as by multiplying a normalization in.
  public var isComputed: Bool
  /// Whether the parameter's name is none of the model's, because nothing in the file tells that one.
  public var isUnnamed = false

  /// Describes where a tensor comes from.
  ///
  /// - Parameters:
  ///   - tensor: The name of the file's tensor.
  ///   - elements: The elements of it that are this one's; nil for all.
  ///   - order: How the model's own tensor follows from the graph's.
  ///   - isComputed: Whether an export has computed the values from the model's own.
  public init(tensor: String, elements: Range<Int>? = nil, order: Order = .same, isComputed: Bool = false) {
    (self.tensor, self.elements, self.order, self.isComputed) = (tensor, elements, order, isComputed)
  }
}

extension GraphParameter {
  /// The extents of the model's own tensor.
  public var modelShape: [Int] {
    source?.extents ?? (source?.order == .transposed ? shape.extents.reversed() : shape.extents)
  }

  /// The values in the order in which the model itself has them.
  ///
  /// - Parameter values: The values as the graph has them, row-major.
  /// - Returns: As many values, row-major in `modelShape`.
  public func inModelOrder(_ values: UnsafeBufferPointer<Float>) -> [Float] { reordered(values, backward: false) }

  /// The values in the order in which the graph has them.
  ///
  /// - Parameter values: The values as the model has them, row-major in `modelShape`.
  /// - Returns: As many values, row-major in `shape`.
  public func inGraphOrder(_ values: UnsafeBufferPointer<Float>) -> [Float] { reordered(values, backward: true) }

  private func reordered(_ values: UnsafeBufferPointer<Float>, backward: Bool) -> [Float] {
    switch source?.order ?? .same {
    case .same: return Array(values)
    case .transposed:
      let given = backward ? modelShape : shape.extents
      guard given.count == 2 else { return Array(values) }
      let rows = given[0], columns = given[1]
      return Array(unsafeUninitializedCapacity: values.count) { target, count in
        for row in 0..<rows {
          for column in 0..<columns { target[column * rows + row] = values[row * columns + column] }
        }
        count = values.count
      }
    case .blocks(let places):
      guard !places.isEmpty, values.count % places.count == 0 else { return Array(values) }
      let size = values.count / places.count
      var result = [Float](repeating: 0, count: values.count)
      for (own, graph) in places.enumerated() {
        let (from, to) = backward ? (own, graph) : (graph, own)
        result.replaceSubrange(to * size..<(to + 1) * size, with: values[from * size..<(from + 1) * size])
      }
      return result
    }
  }
}
