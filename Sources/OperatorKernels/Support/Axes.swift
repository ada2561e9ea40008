import NetworkGraph

extension TensorShape {
  /// An axis that the shape has, counted from the front. Other than `resolved`, it refuses every axis of a single value.
  ///
  /// - Parameters:
  ///   - axis: The axis, in `-rank ..< rank`.
  ///   - kind: The operator's name, for the error.
  /// - Throws: `SpecificationError` for an axis that the shape does not have.
  func axis(_ axis: Int, of kind: String) throws(SpecificationError) -> Int {
    guard rank > 0, axis >= -rank, axis < rank else {
      throw SpecificationError(
        "\(kind) names axis \(axis) of a tensor of rank \(rank)",
        hint: rank == 0 ? "A single value has no axes" : "It must lie in \(-rank)..<\(rank)")
    }
    return axis < 0 ? axis + rank : axis
  }

  /// Axes that the shape has, each once, in ascending order.
  ///
  /// - Parameters:
  ///   - axes: The axes, each in `-rank ..< rank`.
  ///   - kind: The operator's name, for the error.
  /// - Throws: `SpecificationError` for an axis that the shape does not have, or that is named twice.
  func axes(_ axes: [Int], of kind: String) throws(SpecificationError) -> [Int] {
    var resolved: [Int] = []
    // Hostile lists may be long: no more axes than there are can be right.
    guard axes.count <= rank else {
      throw SpecificationError(
        "\(kind) names \(axes.count) axes of a tensor of rank \(rank)", hint: "Each axis may be named once")
    }
    for axis in axes { resolved.append(try self.axis(axis, of: kind)) }
    resolved.sort()
    for (left, right) in zip(resolved, resolved.dropFirst()) where left == right {
      throw SpecificationError("\(kind) names axis \(left) twice", hint: "Each axis may be named once")
    }
    return resolved
  }

  /// The numbers of elements before, along and after an axis.
  ///
  /// - Parameter axis: An axis of this shape.
  func around(_ axis: Int) -> (before: Int, extent: Int, after: Int) {
    (count(of: 0..<axis), extents[axis], count(of: axis + 1..<rank))
  }
}

extension TensorView {
  /// All elements of an int64 tensor.
  var allIntegers: [Int] { (0..<count).map { Int(integers[$0]) } }
  /// Bytes of one element.
  var elementBytes: Int { type.element.bytes }
}

extension ForwardCall {
  /// The elements of an optional int64 input; nil where it is left out.
  ///
  /// - Parameter place: Its place.
  func integers(_ place: Int) -> [Int]? { optional(place)?.allIntegers }

  /// Fills all elements of a result with zeros.
  ///
  /// - Parameter place: The result's place.
  func clear(_ place: Int = 0) {
    let output = outputs[place]
    output.memory.initializeMemory(as: UInt8.self, repeating: 0, count: output.type.bytes)
  }

  /// Copies the first input's elements to the first result, in their order.
  func copyThrough() {
    let source = input(0), target = outputs[0], bytes = target.elementBytes
    team.split(target.count, grain: StridedWalk.grain) { piece in
      (target.memory + piece.lowerBound * bytes).copyMemory(
        from: source.memory + piece.lowerBound * bytes, byteCount: piece.count * bytes)
    }
  }
}

extension BackwardCall {
  /// The elements of an optional int64 input; nil where it is left out.
  ///
  /// - Parameter place: Its place.
  func integers(_ place: Int) -> [Int]? { optional(place)?.allIntegers }

  /// Copies the gradient of the first result to that of the first input, in the order of elements.
  func copyThrough() {
    guard let gradient = outputGradients[0], let target = target(0) else { return }
    team.split(input(0).count, grain: StridedWalk.grain) { piece in
      (target + piece.lowerBound).update(from: gradient + piece.lowerBound, count: piece.count)
    }
  }
}

extension [ValueFacts?] {
  /// Integers that older operator sets have as an attribute and newer ones as an input; nil where both are left out.
  ///
  /// - Parameters:
  ///   - place: The input's place.
  ///   - kind: The operator's name, for the error.
  ///   - attribute: The attribute, which comes first.
  /// - Throws: `SpecificationError` where an input depends on data.
  func integers(
    _ place: Int, of kind: String, orAttribute attribute: [Int]?
  ) throws(SpecificationError) -> [Int]? {
    if let attribute { return attribute }
    return try integers(place, of: kind)
  }
}

/// The remedy where a file contradicts itself.
let damagedFile = "Export the model again; the file may be damaged"
