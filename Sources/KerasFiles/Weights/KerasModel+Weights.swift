import HDF5Files
import NetworkGraph

extension KerasModel {
  /// Every parameter of the network, by node and name, as a file of weights has it.
  ///
  /// - Parameters:
  ///   - path: A `.weights.h5` file, or a `.keras` file that holds one; nil for the model's own.
  ///   - reader: Reads HDF5 files, in a process of its own.
  /// - Returns: The values in the order of our parameters.
  /// - Throws: ``KerasError`` where the file cannot be read, or an array is missing or has other extents.
  public func parameters(path: String?, reader: HDF5Reader) throws(KerasError) -> [String: [Float]] {
    let arrays = try file.arrays(
      path: path, wanted: Set(weights.map(\.source) + slopes.map(\.source)), count: network.parameterCount, reader: reader)
    var parameters: [String: [Float]] = [:]
    for weight in weights { parameters[weight.target] = try arrays.values(of: weight) }
    for slope in slopes {
      guard let array = arrays[slope.source] else { continue }
      guard let odd = array.floats.first(where: { abs(Double($0) - slope.value) > 1e-6 }) else { continue }
      throw KerasError(
        path: arrays.path,
        "'\(slope.source)' has a slope of \(odd) for '\(slope.layer)' (PReLU), where slopes here stay at \(slope.value)",
        hint: "Leave file out of --init, or run the model as a graph, whose slopes are trained: --batch-norm file")
    }
    return parameters
  }
}
