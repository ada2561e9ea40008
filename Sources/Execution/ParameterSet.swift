import NetworkGraph
import TensorKernels

/// The values of a graph's parameters, keyed by their place in the graph: what a draw or a file fills.
///
/// Read-only while a graph runs, so that replicas of one set share it.
public final class ParameterSet: @unchecked Sendable {
  /// One buffer per parameter, row-major in the graph's layout, times 2^exponent of its place.
  public let buffers: [FloatBuffer]
  public var exponents: [Double]

  /// Makes room for a graph's parameters, with arbitrary values.
  ///
  /// - Parameter graph: The graph.
  /// - Throws: `OutOfMemory`.
  public init(_ graph: Graph) throws(OutOfMemory) {
    var buffers: [FloatBuffer] = []
    for parameter in graph.parameters { buffers.append(try FloatBuffer(capacity: max(1, parameter.shape.count))) }
    self.buffers = buffers
    exponents = [Double](repeating: 0, count: buffers.count)
  }

  /// The values of a parameter.
  ///
  /// - Parameters:
  ///   - place: Its place in the graph's parameters.
  ///   - graph: The graph.
  public func values(_ place: Int, of graph: Graph) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: buffers[place].pointer, count: graph.parameters[place].shape.count)
  }

  /// Fills every parameter with the file's values.
  ///
  /// - Parameter graph: The graph.
  /// - Throws: What reading the file throws.
  public func load(_ graph: Graph) throws {
    for place in graph.parameters.indices { try graph.parameters[place].load(values(place, of: graph)) }
  }
}
