import HDF5Files
import NetworkGraph

/// One array of a Keras file of weights.
public struct KerasArray: Sendable {
  /// The array's values: floats, or whole numbers such as the state of a generator of random numbers.
  public enum Values: Sendable {
    case floats([Float])
    case integers([Int64])
  }

  /// Its place in the file: `layers/dense/vars/0`.
  public var path: String
  public var shape: [Int]
  public var values: Values
}

extension KerasGraphModel {
  /// Everything that a file of weights for the model holds, with other values for its parameters.
  ///
  /// - Parameters:
  ///   - values: The values of each parameter, in the graph's order.
  ///   - path: The file that has what is no parameter: moving moments, generators. Nil for the model's own.
  ///   - reader: Reads HDF5 files, in a process of its own.
  /// - Throws: ``KerasError`` where the file cannot be read, or an array is missing or has other extents.
  public func arrays(
    replacing values: [[Float]], path: String? = nil, reader: HDF5Reader = HDF5Reader()
  ) throws(KerasError) -> [KerasArray] {
    precondition(values.count == weights.count, "\(values.count) tensors for \(weights.count) parameters")
    var arrays = try everyArray(path: path, reader: reader)
    let places = Dictionary(arrays.enumerated().map { ($1.path, $0) }, uniquingKeysWith: { first, _ in first })
    for (weight, values) in zip(weights, values) {
      guard let place = places[weight.source], arrays[place].shape == weight.shape,
        case .floats(var stored) = arrays[place].values
      else {
        throw KerasError(
          path: path ?? "the model's file", "has no array '\(weight.source)' for the \(weight.title) of '\(weight.layer)'",
          hint: "Name a file of weights of this model: --weights model.weights.h5")
      }
      weight.put(values, into: &stored)
      arrays[place].values = .floats(stored)
    }
    return arrays
  }
}
