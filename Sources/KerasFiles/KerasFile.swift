import DataSets
import NetworkGraph

/// A `.keras` file, or the JSON of a model, opened: its configuration, the version that wrote it, and where weights are.
struct KerasFile: Sendable {
  static let configuration = "config.json"
  static let metadata = "metadata.json"
  static let weightFile = "model.weights.h5"

  let document: JSONValue
  let version: KerasVersion
  /// What errors call the configuration.
  let path: String
  /// The archive that holds the model's weights; nil for a configuration alone.
  let archive: ZipArchive?

  /// Opens a `.keras` file.
  init(path: String) throws(KerasError) {
    let archive: ZipArchive
    let text: [UInt8], about: [UInt8]?
    do {
      archive = try ZipArchive(path: path)
      guard let member = archive.members.first(where: { $0.name == Self.configuration }) else {
        throw KerasError(path: path, "holds no \(Self.configuration)", hint: "Write it with model.save('model.keras')")
      }
      text = try Self.contents(of: member, in: archive)
      let notes = archive.members.first { $0.name == Self.metadata }
      about = if let notes { try Self.contents(of: notes, in: archive) } else { nil }
    } catch let error as KerasError {
      throw error
    } catch let error as DataError {
      throw KerasError(error)
    } catch {
      throw KerasError(path: path, "\(error)")
    }
    let version = about.flatMap { try? JSONParser.parse($0) }?["keras_version"]?.string
    try self.init(text, version: version, path: "\(path)(\(Self.configuration))", archive: archive)
  }

  /// Takes the JSON of `model.to_json()`.
  init(configuration: [UInt8], path: String) throws(KerasError) {
    try self.init(configuration, version: nil, path: path, archive: nil)
  }

  private static func contents(of member: ZipArchive.Member, in archive: ZipArchive) throws(DataError) -> [UInt8] {
    let largest = KerasModel.largestConfiguration
    guard member.length <= largest else {
      throw DataError(
        path: archive.path(of: member), "has \(member.length) bytes; at most \(largest) are read",
        hint: "Save a model of fewer layers")
    }
    return try archive.contents(of: member)
  }

  private init(_ configuration: [UInt8], version: String?, path: String, archive: ZipArchive?) throws(KerasError) {
    guard configuration.count <= KerasModel.largestConfiguration else {
      throw KerasError(
        path: path, "has \(configuration.count) bytes; at most \(KerasModel.largestConfiguration) are read")
    }
    do {
      document = try JSONParser.parse(configuration)
    } catch {
      throw KerasError(
        path: path, "byte \(error.offset): \(error.message)", hint: "Write it again with model.save or model.to_json()")
    }
    // Keras 3 writes the module of every class, and its version beside the configuration.
    let stated = version ?? document["keras_version"]?.string
    let isThree = document["module"] != nil
    self.version = stated.flatMap(KerasVersion.init) ?? KerasVersion(isThree ? .newestKeras : .lastKerasTwo)
    (self.path, self.archive) = (path, archive)
  }

  /// The model's own name.
  var name: String { KerasModel.printable(document["config"]?["name"]?.string ?? "keras") }
}
