import FileOutput

/// Writes arrays as an HDF5 file: groups by the parts of their paths, and one contiguous data set for each array.
///
/// The oldest superblock and object headers, with links as messages in the headers of groups: what every version of HDF5
/// since 1.8 reads. Source: the HDF5 File Format Specification, version 3.0.
public struct HDF5Writer {
  /// One array to write.
  public struct Array: Sendable {
    /// Elements, in row-major order.
    public enum Elements: Sendable {
      case floats([Float])
      case integers([Int64])
    }

    public var path: String
    public var shape: [Int]
    public var elements: Elements

    /// Describes an array.
    ///
    /// - Parameters:
    ///   - path: Its place: names of groups and its own, with slashes between.
    ///   - shape: Its extents.
    ///   - elements: As many elements as the shape has.
    public init(path: String, shape: [Int], elements: Elements) {
      (self.path, self.shape, self.elements) = (path, shape, elements)
    }
  }

  /// A group or a data set, before it has an address.
  private final class Node {
    var children: [(name: String, node: Node)] = []
    var array: Array?

    func child(_ name: String) -> Node {
      if let known = children.first(where: { $0.name == name }) { return known.node }
      let node = Node()
      children.append((name, node))
      return node
    }
  }

  private static let undefined = [UInt8](repeating: 0xFF, count: 8)
  private static let superblock = 96
  private let root = Node()

  /// Prepares a file of these arrays.
  ///
  /// - Throws: ``WeightWritingError`` for a path that is taken, empty or too long.
  public init(_ arrays: [Array]) throws(WeightWritingError) {
    for array in arrays {
      var node = root
      let names = array.path.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
      for name in names {
        guard name.utf8.count < 256 else {
          throw WeightWritingError("the name '\(name.prefix(60))' is too long for a file of weights", hint: "Shorten it")
        }
        node = node.child(name)
      }
      guard !names.isEmpty, node.array == nil, node.children.isEmpty else {
        throw WeightWritingError("two arrays would stand at '\(array.path.prefix(120))'", hint: "Save the model again")
      }
      node.array = array
      guard arrays.count < 1 << 16 else {
        throw WeightWritingError("\(arrays.count) arrays are too many for a file of weights", hint: "At most 65535 fit")
      }
    }
  }

  /// The bytes of the file.
  public func bytes() -> [UInt8] {
    var file = [UInt8](repeating: 0, count: Self.superblock)
    let address = Self.append(root, to: &file)
    var head: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 0, 0, 8, 8, 0]
    // Sizes of nodes of old groups, which the format asks for and nothing here has; flags.
    head += Self.little(4, 2) + Self.little(16, 2) + Self.little(0, 4)
    head += Self.little(0, 8) + Self.undefined + Self.little(file.count, 8) + Self.undefined
    head += Self.little(0, 8) + Self.little(address, 8) + [UInt8](repeating: 0, count: 24)
    file.replaceSubrange(0..<Self.superblock, with: head)
    return file
  }

  /// Appends what stands below a node, then the node; its address.
  private static func append(_ node: Node, to file: inout [UInt8]) -> Int {
    if let array = node.array { return append(array, to: &file) }
    var messages: [(type: Int, data: [UInt8])] = [(0x02, [0, 0] + undefined + undefined), (0x0A, [0, 0])]
    for (name, child) in node.children {
      let address = append(child, to: &file)
      messages.append((0x06, [1, 0, UInt8(name.utf8.count)] + Swift.Array(name.utf8) + little(address, 8)))
    }
    return append(messages, to: &file)
  }

  private static func append(_ array: Array, to file: inout [UInt8]) -> Int {
    let data = file.count, size: Int, type: [UInt8]
    switch array.elements {
    case .floats(let values):
      for value in values { withUnsafeBytes(of: value.bitPattern.littleEndian) { file.append(contentsOf: $0) } }
      size = 4 * values.count
      // IEEE single precision: sign at 31, exponent of 8 bits at 23, mantissa of 23 with its first bit implied.
      type = [0x11, 0x20, 31, 0] + little(4, 4) + little(0, 2) + little(32, 2) + [23, 8, 0, 23] + little(127, 4)
    case .integers(let values):
      for value in values { withUnsafeBytes(of: value.littleEndian) { file.append(contentsOf: $0) } }
      size = 8 * values.count
      // Signed, of 64 bits.
      type = [0x10, 0x08, 0, 0] + little(8, 4) + little(0, 2) + little(64, 2)
    }
    while file.count % 8 != 0 { file.append(0) }
    let space = [1, UInt8(array.shape.count), 0, 0] + little(0, 4) + array.shape.flatMap { little($0, 8) }
    return append(
      [
        (0x01, space), (0x03, type), (0x05, [2, 2, 2, 0]),
        (0x08, [3, 1] + (size == 0 ? undefined : little(data, 8)) + little(size, 8)),
      ], to: &file)
  }

  /// Appends an object header with its messages; its address.
  private static func append(_ messages: [(type: Int, data: [UInt8])], to file: inout [UInt8]) -> Int {
    var body: [UInt8] = []
    for (type, data) in messages {
      let padding = [UInt8](repeating: 0, count: (8 - data.count % 8) % 8)
      body += little(type, 2) + little(data.count + padding.count, 2) + [0, 0, 0, 0] + data + padding
    }
    let address = file.count
    file += [1, 0] + little(messages.count, 2) + little(1, 4) + little(body.count, 4) + little(0, 4) + body
    return address
  }

  private static func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
