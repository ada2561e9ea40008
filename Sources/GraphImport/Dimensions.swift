import NetworkGraph
import ONNXFiles

/// Gives every symbolic extent of a model's inputs a number.
struct Dimensions {
  /// What was chosen, by symbol, in the order of the inputs.
  private(set) var chosen: [(name: String, extent: Int)] = []
  private var given: [String: Int]
  private let path: String

  /// The number of samples where nothing says how many there are.
  static let standardBatch = 8
  /// The extent of other symbolic dimensions: steps of a sequence, sides of an image.
  static let standardExtent = 16

  init(_ options: ImportOptions, path: String, inputs: [ONNXValueInfo]) throws(ImportError) {
    given = options.dimensions
    self.path = path
    var known: Set<String> = []
    for input in inputs { for case .symbol(let name) in input.dims ?? [] { known.insert(name) } }
    for name in options.dimensions.keys.sorted() where !known.contains(name) {
      throw ImportError(
        path: path, "--dim \(name)=...: the model has no symbolic dimension of that name",
        hint: known.isEmpty ? "All its dimensions are fixed" : "It has \(known.sorted().joined(separator: ", "))")
    }
    if let batch = options.batch { try setSamples(batch, inputs) }
    // Arrays that are given decide.
    for input in inputs {
      if let shape = options.givenShapes[input.name], shape.first == 0 { _ = try made(shape, input.name) }
      guard let shape = options.givenShapes[input.name], let dims = input.dims, dims.count == shape.count else { continue }
      for case (.symbol(let name), let extent) in zip(dims, shape) { given[name] = extent }
    }
  }

  /// Gives the open first dimensions of all inputs a number of samples.
  private mutating func setSamples(_ batch: Int, _ inputs: [ONNXValueInfo]) throws(ImportError) {
    let first = inputs.compactMap { $0.dims?.first }
    let open = Set(first.compactMap { if case .symbol(let name) = $0 { name } else { nil } })
    guard !open.isEmpty else {
      let fixed = first.compactMap { if case .known(let extent) = $0 { extent } else { nil } }.first
      // The number that the model has anyway is no contradiction: a file of bounds names it.
      if fixed == batch { return }
      throw ImportError(
        path: path, "--batch \(batch): the model's number of samples is fixed" + (fixed.map { " at \($0)" } ?? ""),
        hint: "Export it with another example, or with dynamic_shapes, which leave the dimension open")
    }
    for name in open.sorted() {
      guard given[name] ?? batch == batch else {
        throw ImportError(
          path: path, "--batch \(batch) and --dim \(name)=\(given[name] ?? 0) both give the number of samples",
          hint: "Leave one of them out")
      }
      given[name] = batch
    }
  }

  /// The shape of an input.
  mutating func shape(of input: ONNXValueInfo, options: ImportOptions) throws(ImportError) -> TensorShape {
    if input.dims == nil, let shape = options.givenShapes[input.name] { return try made(shape, input.name) }
    guard let dims = input.dims else {
      throw ImportError(
        path: path, "the input '\(input.name)' has no shape",
        hint: "Give the array with --input FILE.npz, or export it again")
    }
    var extents: [Int] = []
    for (axis, dim) in dims.enumerated() {
      switch dim {
      case .known(let extent): extents.append(extent)
      case .symbol(let name): extents.append(extent(of: name, axis: axis))
      case .unknown: extents.append(extent(of: "\(input.name)[\(axis)]", axis: axis))
      }
    }
    return try made(extents, input.name)
  }

  private func made(_ extents: [Int], _ name: String) throws(ImportError) -> TensorShape {
    // Other extents may be zero, as those of a cache that is empty at the start.
    if extents.first == 0 {
      throw ImportError(
        path: path, "the input '\(name)' has the shape \(extents): there are no samples",
        hint: "Give at least one sample; more give better statistics")
    }
    do {
      return try TensorShape(extents)
    } catch {
      throw ImportError(path: path, "input '\(name)': \(error.message)", hint: error.hint)
    }
  }

  private mutating func extent(of name: String, axis: Int) -> Int {
    if let extent = given[name] { return extent }
    let isBatch = axis == 0 || ["batch", "batch_size", "n", "b"].contains(name.lowercased())
    let extent = isBatch ? Self.standardBatch : Self.standardExtent
    given[name] = extent
    chosen.append((name, extent))
    return extent
  }
}
