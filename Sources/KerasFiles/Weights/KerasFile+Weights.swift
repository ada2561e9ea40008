import DataSets
import HDF5Files

/// Arrays of a Keras file of weights, by their paths in it.
struct KerasArrays {
  /// What errors call the file.
  let path: String
  private let arrays: [String: HDF5Contents.Array]

  subscript(path: String) -> HDF5Contents.Array? { arrays[path] }

  /// The values of a parameter, in its order.
  func values(of weight: KerasWeight) throws(KerasError) -> [Float] {
    guard let array = arrays[weight.source] else {
      let held = arrays.keys.sorted().prefix(6).joined(separator: ", ")
      throw KerasError(
        path: path, "has no array '\(weight.source)' for the \(weight.title) of '\(weight.layer)'",
        hint: "It has \(held.isEmpty ? "none that the model needs" : held). Save weights of this model: "
          + "model.save_weights('model.weights.h5')")
    }
    guard array.shape == weight.shape else {
      throw KerasError(
        path: path,
        "'\(weight.source)' is \(Self.text(array.shape)), the \(weight.title) of '\(weight.layer)' is "
          + "\(Self.text(weight.shape))",
        hint: "Save weights of this model: model.save_weights('model.weights.h5')")
    }
    return weight.values(from: array.floats)
  }

  private static func text(_ extents: [Int]) -> String { extents.map(String.init).joined(separator: " x ") }

  fileprivate init(_ found: [HDF5Contents.Array], path: String) {
    arrays = Dictionary(found.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    self.path = path
  }
}

extension KerasFile {
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

  /// Arrays of a file of weights, as far as it has them.
  ///
  /// - Parameters:
  ///   - path: A `.weights.h5` file, or a `.keras` file that holds one; nil for the model's own.
  ///   - wanted: The arrays' places in the file.
  ///   - count: The number of values that the model needs.
  ///   - reader: Reads HDF5 files, in a process of its own.
  func arrays(
    path: String?, wanted: Set<String>, count: Int, reader: HDF5Reader
  ) throws(KerasError) -> KerasArrays {
    let source = try source(path)
    // What Keras keeps beside: moving moments, seeds, an optimizer's state.
    let largest = 4 * count + (1 << 20)
    do {
      switch source {
      case .file(let path):
        return KerasArrays(try reader.arrays(path: path, wanted: wanted, largestCount: largest), path: path)
      case .member(let archive, let member):
        let bytes = try archive.contents(of: member)
        let found = try reader.arrays(bytes, path: source.path, wanted: wanted, largestCount: largest)
        return KerasArrays(found, path: source.path)
      }
    } catch {
      throw KerasError(error)
    }
  }

  /// All arrays of a file of weights but those of an optimizer.
  ///
  /// - Parameters:
  ///   - path: A `.weights.h5` file, or a `.keras` file that holds one; nil for the model's own.
  ///   - reader: Reads HDF5 files, in a process of its own.
  func everyArray(path: String?, reader: HDF5Reader) throws(KerasError) -> [KerasArray] {
    let source = try source(path)
    do {
      let contents =
        switch source {
        case .file(let path): try reader.contents(path: path)
        case .member(let archive, let member):
          try reader.contents(try archive.contents(of: member), path: source.path)
        }
      var found: [KerasArray] = []
      for array in contents.arrays where !array.path.hasPrefix("optimizer/") {
        switch array.type {
        case .float32: found.append(KerasArray(path: array.path, shape: array.shape, values: .floats(array.floats)))
        case .int64: found.append(KerasArray(path: array.path, shape: array.shape, values: .integers(array.integers)))
        default:
          throw KerasError(
            path: source.path, "holds '\(array.path.prefix(120))' in a type of floats other than float32",
            hint: "Load the model in Keras with float32 as its policy and save it again")
        }
      }
      return found
    } catch let error as KerasError {
      throw error
    } catch let error as DataError {
      throw KerasError(error)
    } catch {
      throw KerasError(path: source.path, "\(error)")
    }
  }

  private func source(_ path: String?) throws(KerasError) -> Source {
    let archive: ZipArchive
    if let path {
      guard let own = try? ZipArchive(path: path) else { return .file(path) }
      archive = own
    } else {
      guard let own = self.archive else {
        throw KerasError(
          path: name, "is a configuration without weights",
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
