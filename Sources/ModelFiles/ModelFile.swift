import Glibc
import HDF5Files
import KerasFiles
import NetworkGraph
import SignalPropagation

/// A network that a file describes, in whatever format: the one place where files become networks.
///
///     let model = try ModelFile.read(path: "model.keras")
///     print(model.format, model.network.parameterCount, model.notes)
///
/// The format is known by the file's content (``ModelFormat``); what the file is called does not matter.
public struct ModelFile: Sendable {
  public var network: Network
  public var format: ModelFormat
  /// Sentences for the user about parts of the file that were left out or read in a way that may surprise.
  public var notes: [String] = []
  /// The line on which each layer stands, from 1, by the layer's name; empty for formats without lines.
  public var lines: [String: Int] = [:]
  /// The Keras model that the file describes; nil for other formats.
  public var keras: KerasModel?

  package init(network: Network, format: ModelFormat) {
    self.network = network
    self.format = format
  }

  /// Reads the file at `path`, `-` for standard input.
  ///
  /// - Parameter path: The file.
  /// - Returns: The network, with what is to be said of it.
  /// - Throws: `NetworkFileError` where the file cannot be read or describes no valid network.
  public static func read(path: String) throws(NetworkFileError) -> ModelFile {
    let beginning = try NetworkFile.bytes(path: path)
    for format in ModelFormat.allCases where format.recognizes(beginning, path: path) {
      return try format.read(beginning, path: path)
    }
    return try ModelFormat.yaml.read(beginning, path: path)
  }

  /// The parameters that the model's own file holds, or another file of weights, by their places in the network.
  ///
  /// - Parameters:
  ///   - path: A file of weights: `.weights.h5`, or a `.keras` file that holds one. Nil for the model's own.
  ///   - reader: Reads HDF5 files, in a process of its own.
  /// - Returns: Every parameter of the network.
  /// - Throws: `NetworkFileError` where the file cannot be read or does not fit the network.
  public func weights(path: String?, reader: HDF5Reader = HDF5Reader()) throws(NetworkFileError) -> GivenTensors {
    guard let keras else {
      throw NetworkFileError(
        path: path ?? network.name, "holds weights for no layer of the network \(network.name)",
        hint: "Weights are read for models of Keras: audit the .keras file, or its model.to_json(), with --weights")
    }
    do throws(KerasError) {
      return GivenTensors(parameters: try keras.parameters(path: path, reader: reader), of: network)
    } catch {
      throw NetworkFileError(error)
    }
  }
}

extension ModelFile {
  /// What stands for the initializers that the file declares: `keras` for a Keras model.
  ///
  /// - Parameter path: What errors call the file.
  /// - Returns: The initializer to audit where none is named.
  /// - Throws: `NetworkFileError` for a format that declares none.
  public func declaredInitializer(_ path: String) throws(NetworkFileError) -> Initializer {
    guard network.declaresInitializers else {
      throw NetworkFileError(
        path: path, "declares no initializers for the whole network", hint: "Name the initializer to audit")
    }
    return .keras
  }
}

extension GivenTensors {
  /// Puts parameters in the places that the engine looks for them: first weights and first biases by their node.
  init(parameters: [String: [Float]], of network: Network) {
    self.init()
    for node in network.nodes {
      var firsts: Set<ParameterTensor.Role> = []
      for tensor in node.parameters {
        guard let values = parameters[tensor.path(in: node.name)] else { continue }
        let isFirst = firsts.insert(tensor.role).inserted
        switch tensor.role {
        case .weight where isFirst: weights[node.name] = values
        case .bias where isFirst: biases[node.name] = values
        default: self.parameters[tensor.path(in: node.name)] = values
        }
      }
    }
  }
}

extension NetworkFileError {
  init(_ error: KerasError) { self.init(path: error.path, error.message, hint: error.hint) }
}
