import HDF5Files
import KerasFiles
import NetworkGraph
import Synchronization

extension ModelFile {
  /// Answers for paths that were asked before: a command asks several times, and large configurations take a while.
  private static let known = Mutex<[String: Bool]>([:])

  /// Whether a file is a Keras model that runs as a graph of operators, because our own layers cannot express it.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - always: Whether every Keras model counts, such as for what only graphs can do.
  public static func isGraph(path: String, always: Bool = false) -> Bool {
    guard let beginning = try? NetworkFile.bytes(path: path),
      let format = ModelFormat.allCases.first(where: { $0.recognizes(beginning, path: path) }), format != .yaml
    else { return false }
    if always { return true }
    if let answer = known.withLock({ $0[path] }) { return answer }
    // What neither can express is refused by the graph, which takes more.
    let answer = (try? format.read(beginning, path: path)) == nil
    known.withLock { $0[path] = answer }
    return answer
  }

  /// A Keras model as a graph of operators.
  ///
  /// - Parameters:
  ///   - path: A `.keras` file, or the JSON of `model.to_json()`.
  ///   - options: What the file leaves open.
  /// - Throws: `NetworkFileError` for a file that is none, and for layers that have no counterpart.
  public static func graph(
    path: String, options: KerasGraphModel.Options = KerasGraphModel.Options()
  ) throws(NetworkFileError) -> KerasGraphModel {
    let beginning = try NetworkFile.bytes(path: path)
    do throws(KerasError) {
      if ModelFormat.keras.recognizes(beginning, path: path) { return try KerasGraphModel(path: path, options: options) }
    } catch {
      throw NetworkFileError(error)
    }
    let bytes =
      beginning.count > NetworkYAML.largestFile
      ? try NetworkFile.bytes(path: path, limit: KerasModel.largestConfiguration) : beginning
    do throws(KerasError) {
      return try KerasGraphModel(configuration: bytes, path: path, options: options)
    } catch {
      throw NetworkFileError(error)
    }
  }

  /// Everything that a file of weights for a Keras model holds, with other values for its parameters.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - values: The values of each parameter, in the graph's order.
  ///   - path: The file that has what is no parameter; nil for the model's own.
  ///   - reader: Reads HDF5 files, in a process of its own.
  /// - Throws: `NetworkFileError` where the file cannot be read or does not fit the model.
  public static func weightArrays(
    _ model: KerasGraphModel, replacing values: [[Float]], path: String?, reader: HDF5Reader = HDF5Reader()
  ) throws(NetworkFileError) -> [KerasArray] {
    do throws(KerasError) {
      return try model.arrays(replacing: values, path: path, reader: reader)
    } catch {
      throw NetworkFileError(error)
    }
  }

  /// A graph of a Keras model with the weights of its own file, or of another one.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - path: A `.weights.h5` file, or a `.keras` file that holds one; nil for the model's own.
  ///   - reader: Reads HDF5 files, in a process of its own.
  /// - Throws: `NetworkFileError` where the file cannot be read or does not fit the model.
  public static func filled(
    _ model: KerasGraphModel, path: String?, reader: HDF5Reader = HDF5Reader()
  ) throws(NetworkFileError) -> GraphModel {
    do throws(KerasError) {
      return try model.filled(path: path, reader: reader)
    } catch {
      throw NetworkFileError(error)
    }
  }
}
