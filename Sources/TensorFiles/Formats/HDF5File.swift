import DataSets
import HDF5Files

/// Weights of Keras: a `.weights.h5` file, the one within a `.keras` file, or a whole model in HDF5 (`.h5`).
///
/// HDF5 is read by a process of its own, which sends all arrays at once: they are kept in memory, unlike those of other
/// formats. An optimizer's state is left out.
struct HDF5File: TensorFile {
  let path: String
  let format: String
  let entries: [TensorEntry]
  let notes: [String]
  private let elements: [[UInt8]]

  private static let weightFile = "model.weights.h5"

  /// Reads a file in HDF5.
  init(path: String, reader: HDF5Reader = HDF5Reader()) throws(DataError) {
    try self.init(try reader.contents(path: path), path: path, format: "HDF5", order: [:])
  }

  /// Whether an archive is a model of Keras.
  static func isKeras(_ archive: ZipArchive) -> Bool {
    let names = Set(archive.members.map(\.name))
    return names.contains("config.json") && (names.contains("metadata.json") || names.contains(weightFile))
  }

  /// Reads the weights within a `.keras` file.
  init(_ archive: ZipArchive, reader: HDF5Reader = HDF5Reader()) throws(DataError) {
    guard let member = archive.members.first(where: { $0.name == Self.weightFile }) else {
      throw DataError(
        path: archive.path, "is a Keras model without \(Self.weightFile)",
        hint: "Save model and weights together: model.save('model.keras')")
    }
    guard member.length <= HDF5Reader.largestFile else {
      throw DataError(
        path: archive.path(of: member), "has \(member.length) bytes; at most \(HDF5Reader.largestFile) are read")
    }
    let contents = try reader.contents(try archive.contents(of: member), path: archive.path(of: member))
    try self.init(contents, path: archive.path, format: "Keras model", order: Self.order(archive))
  }

  private init(_ contents: HDF5Contents, path: String, format: String, order: [String: Int]) throws(DataError) {
    let variables = KerasVariables(contents)
    var entries: [TensorEntry] = [], elements: [[UInt8]] = [], seen: Set<String> = []
    for variable in variables.sorted(by: order) {
      let array = contents.arrays[variable.index]
      // Two layers of one name are told apart by their places in the file.
      let name = seen.insert(variable.name).inserted ? variable.name : array.path
      guard var entry = TensorEntry(name: name, type: Self.type(array.type), shape: array.shape),
        name == variable.name || seen.insert(name).inserted
      else {
        throw DataError(
          path: path, "holds two arrays called '\(name.prefix(120))'", hint: "Give each layer a name of its own")
      }
      entry.keras = variable.origin
      entries.append(entry)
      elements.append(array.bytes)
    }
    guard !entries.isEmpty else {
      throw DataError(
        path: path, "holds no weights", hint: "Build the model before it is saved: model.build(shape), or call it once")
    }
    var notes: [String] = []
    if variables.leftOut > 0 {
      notes.append("The optimizer's state is left out: \(variables.leftOut) arrays.")
    }
    if !contents.leftOut.isEmpty {
      let names = contents.leftOut.prefix(4).map { "'\($0.prefix(60))'" }.joined(separator: ", ")
      notes.append("Left out are arrays that hold no numbers: \(names)\(contents.leftOut.count > 4 ? " and others" : "").")
    }
    (self.path, self.format, self.entries, self.notes, self.elements) = (path, format, entries, notes, elements)
  }

  /// The places of the layers in the model, by their names.
  private static func order(_ archive: ZipArchive) -> [String: Int] {
    guard let member = archive.members.first(where: { $0.name == "config.json" }), member.length <= JSONFile.largestFile,
      let bytes = try? archive.contents(of: member)
    else { return [:] }
    var scanner = JSONScanner(bytes)
    guard let layers = try? scanner.value().members?["config"]?.members?["layers"]?.elements else { return [:] }
    let names = layers.map { $0.members?["config"]?.members?["name"]?.string ?? $0.members?["name"]?.string ?? "" }
    return Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  private static func type(_ type: HDF5Contents.ElementType) -> TensorElementType {
    switch type {
    case .float32: .float32
    case .float64: .float64
    case .float16: .float16
    case .bfloat16: .bfloat16
    case .int64: .int64
    }
  }

  func read(_ index: Int, into memory: BlockMemory, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let size = entries[index].type.size, step = memory.capacity / size * size
    try elements[index].withUnsafeBytes { all in
      var place = 0
      while place < all.count {
        let end = min(place + step, all.count)
        try body(UnsafeRawBufferPointer(rebasing: all[place..<end]))
        place = end
      }
    }
  }
}
