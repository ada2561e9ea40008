/// A tensor whose elements are known before anything runs: a constant of the graph, or the result of folding.
public struct TensorConstant: Sendable {
  public enum Elements: Sendable {
    case float32([Float])
    case int64([Int64])
    case bool([Bool])
  }

  public let shape: TensorShape
  public let elements: Elements

  /// Makes a constant.
  ///
  /// - Parameters:
  ///   - shape: The extents.
  ///   - elements: The elements, row-major; as many as the shape has.
  public init(_ shape: TensorShape, _ elements: Elements) {
    self.shape = shape
    self.elements = elements
    precondition(count == shape.count, "\(count) elements for a tensor of \(shape.count)")
  }

  private var count: Int {
    switch elements {
    case .float32(let values): values.count
    case .int64(let values): values.count
    case .bool(let values): values.count
    }
  }

  public var type: ValueType {
    switch elements {
    case .float32: ValueType(.float32, shape)
    case .int64: ValueType(.int64, shape)
    case .bool: ValueType(.bool, shape)
    }
  }

  /// The elements as integers; nil for a tensor of another type.
  public var integers: [Int]? {
    guard case .int64(let values) = elements else { return nil }
    return values.map { Int($0) }
  }

  /// The elements as floats; nil for a tensor of another type.
  public var floats: [Float]? {
    guard case .float32(let values) = elements else { return nil }
    return values
  }

  /// Copies the elements to memory with room for them.
  package func write(to memory: UnsafeMutableRawPointer) {
    switch elements {
    case .float32(let values): memory.assumingMemoryBound(to: Float.self).update(from: values, count: values.count)
    case .int64(let values): memory.assumingMemoryBound(to: Int64.self).update(from: values, count: values.count)
    case .bool(let values):
      let target = memory.assumingMemoryBound(to: UInt8.self)
      for (place, value) in values.enumerated() { target[place] = value ? 1 : 0 }
    }
  }
}
