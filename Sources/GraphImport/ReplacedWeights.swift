import DataSets
import NetworkGraph
import TensorFiles

extension GraphModel {
  /// The model with the weights of another file, by name.
  ///
  /// - Parameter path: safetensors, a PyTorch archive or .npz, whose names are those of the model's state dictionary; a
  ///   common prefix such as `module.` may stand before all of them.
  /// - Throws: `DataError` for a file that cannot be read, holds none of the model's tensors, or one of another shape.
  public func replacingWeights(path: String) throws -> GraphModel {
    let file = try TensorFiles.open(path: path)
    let entries = Dictionary(file.entries.enumerated().map { ($1.name, $0) }) { first, _ in first }
    let prefix = Self.prefix(of: file.entries.map(\.name), before: graph.parameters.map(\.name))
    var model = self, missing: [String] = [], used: Set<Int> = []
    for (place, parameter) in graph.parameters.enumerated() {
      // A tied tensor may be saved under one of its names alone.
      let names = [parameter.name] + (parameter.source?.aliases ?? [])
      let found = names.compactMap { entries[prefix + $0] ?? entries[$0] }
      guard let index = found.first else {
        missing.append(parameter.name)
        continue
      }
      let entry = file.entries[index]
      guard entry.type.isFloat else {
        throw DataError(
          path: path, "the tensor '\(entry.name)' holds \(entry.type.rawValue), where weights are floats",
          hint: "Save the model's state dictionary")
      }
      // An export may have put axes of one element in front.
      guard
        entry.shape == parameter.modelShape || entry.shape.filter({ $0 != 1 }) == parameter.modelShape.filter({ $0 != 1 })
      else {
        throw DataError(
          path: path, "the tensor '\(entry.name)' has the shape \(entry.shape), and the model's has \(parameter.modelShape)",
          hint: "Save the state dictionary of the model that was exported")
      }
      used.formUnion(found)
      model.graph.parameters[place].source?.isReplaced = true
      model.graph.parameters[place].load = { target in
        let values = try TensorValues.floats(file, index)
        let ordered = values.withUnsafeBufferPointer { parameter.inGraphOrder($0) }
        _ = target.update(from: ordered)
      }
    }
    guard !used.isEmpty else {
      throw DataError(
        path: path, "holds none of the model's tensors, which are \(Self.listed(graph.parameters.map(\.name)))",
        hint: "It holds \(Self.listed(file.entries.map(\.name))). Save the state dictionary of the model that was exported")
    }
    if !missing.isEmpty {
      model.notes.append(
        "\(missing.count) of the model's tensors are not in the file of weights and stay as they are: "
          + "\(Self.listed(missing))."
      )
    }
    let folded = graph.parameters.filter { $0.source?.isComputed ?? false }.map(\.name)
    if !folded.isEmpty {
      model.notes.append(
        "The export had computed \(Self.listed(folded)) from several tensors; those of the file of "
          + "weights stand there alone."
      )
    }
    let rest = file.entries.indices.filter { !used.contains($0) && file.entries[$0].type.isFloat }
    if !rest.isEmpty {
      model.notes.append(
        "\(rest.count) tensors of the file of weights are none of the model's: "
          + "\(Self.listed(rest.map { file.entries[$0].name }))."
      )
    }
    return model
  }

  /// What stands before all names that the two have in common; empty where nothing does.
  private static func prefix(of names: [String], before own: [String]) -> String {
    let all = Set(names)
    guard let first = own.first(where: { !all.contains($0) }), own.allSatisfy({ !all.contains($0) }) else { return "" }
    for name in names where name.hasSuffix("." + first) {
      let prefix = String(name.dropLast(first.count))
      if own.count(where: { all.contains(prefix + $0) }) * 2 > own.count { return prefix }
    }
    return ""
  }

  private static func listed(_ names: [String]) -> String {
    names.count > 4
      ? names.prefix(3).joined(separator: ", ") + " and \(names.count - 3) more" : names.joined(separator: ", ")
  }
}
