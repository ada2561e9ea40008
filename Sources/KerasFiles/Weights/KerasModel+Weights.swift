import DataSets
import HDF5Files
import NetworkGraph

extension KerasModel {
  /// The file and member that hold weights: a `.weights.h5` file, or the one within a `.keras` file.
  private enum Source {
    case file(String)
    case member(ZipArchive, ZipArchive.Member)

    var path: String {
      switch self {
      case .file(let path): path
      case .member(let archive, let member): archive.path(of: member)
      }
    }
  }

  /// Every parameter of the network, by node and name, as a file of weights has it.
  ///
  /// - Parameters:
  ///   - path: A `.weights.h5` file, or a `.keras` file that holds one; nil for the model's own.
  ///   - reader: Reads HDF5 files, in a process of its own.
  /// - Returns: The values in the order of our parameters.
  /// - Throws: ``KerasError`` where the file cannot be read, or an array is missing or has other extents.
  public func parameters(path: String?, reader: HDF5Reader) throws(KerasError) -> [String: [Float]] {
    let source = try source(path)
    let wanted = Set(weights.map(\.source) + slopes.map(\.source))
    // What Keras keeps beside: moving moments, seeds, an optimizer's state.
    let largest = 4 * network.parameterCount + (1 << 20)
    let found: [HDF5Contents.Array]
    do {
      switch source {
      case .file(let path): found = try reader.arrays(path: path, wanted: wanted, largestCount: largest)
      case .member(let archive, let member):
        let bytes = try archive.contents(of: member)
        found = try reader.arrays(bytes, path: source.path, wanted: wanted, largestCount: largest)
      }
    } catch {
      throw KerasError(error)
    }
    let arrays = Dictionary(found.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    var parameters: [String: [Float]] = [:]
    for weight in weights {
      guard let array = arrays[weight.source] else {
        let held = arrays.keys.sorted().prefix(6).joined(separator: ", ")
        throw KerasError(
          path: source.path, "has no array '\(weight.source)' for the \(weight.title) of '\(weight.layer)'",
          hint: "It has \(held.isEmpty ? "none that the model needs" : held). Save weights of this model: "
            + "model.save_weights('model.weights.h5')")
      }
      guard array.shape == weight.shape else {
        throw KerasError(
          path: source.path,
          "'\(weight.source)' is \(Self.text(array.shape)), the \(weight.title) of '\(weight.layer)' is "
            + "\(Self.text(weight.shape))",
          hint: "Save weights of this model: model.save_weights('model.weights.h5')")
      }
      parameters[weight.target] = weight.values(from: array.floats)
    }
    for slope in slopes {
      guard let array = arrays[slope.source] else { continue }
      guard let odd = array.floats.first(where: { abs(Double($0) - slope.value) > 1e-6 }) else { continue }
      throw KerasError(
        path: source.path,
        "'\(slope.source)' has a slope of \(odd) for '\(slope.layer)' (PReLU), where slopes here stay at \(slope.value)",
        hint: "Leave file out of --init, or audit the model as ONNX: model.export('model.onnx', format='onnx')")
    }
    return parameters
  }

  private static func text(_ extents: [Int]) -> String { extents.map(String.init).joined(separator: " x ") }

  private func source(_ path: String?) throws(KerasError) -> Source {
    let archive: ZipArchive
    if let path {
      guard let own = try? ZipArchive(path: path) else { return .file(path) }
      archive = own
    } else {
      guard let own = self.archive else {
        throw KerasError(
          path: network.name, "is a configuration without weights",
          hint: "Name a file of weights: --weights model.weights.h5")
      }
      archive = own
    }
    guard let member = archive.members.first(where: { $0.name == Self.weightFile }) else {
      throw KerasError(
        path: archive.path, "holds no \(Self.weightFile)", hint: "Name a file of weights: --weights model.weights.h5")
    }
    return .member(archive, member)
  }
}
