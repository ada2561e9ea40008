import DataSets

/// The shards of one model, by the index.json that says which tensor lies in which file: `{"weight_map": {"name": "file"}}`.
struct ShardedFile: TensorFile {
  let path: String
  let format: String
  let entries: [TensorEntry]
  let notes: [String]
  let sharing: [Int]
  private let shards: [any TensorFile]
  /// The shard of each tensor, and its index there.
  private let places: [(shard: Int, index: Int)]

  private static let mostShards = 4096
  private static let remedy = "Fetch the model's files again, all into one directory"

  init(path: String) throws(DataError) {
    func refusal(_ message: String) -> DataError { DataError(path: path, message, hint: Self.remedy) }
    guard let map = try JSONFile.read(path: path).members?["weight_map"]?.members else {
      throw DataError(
        path: path, "has no object 'weight_map', as the index of a model's shards has",
        hint: "Give \(TensorFiles.formats); a model's configuration goes to --config")
    }
    var files: [String: [String]] = [:]
    for (name, value) in map {
      // A shard stands beside its index: whatever else a name says would lead elsewhere.
      guard let file = value.string, !file.isEmpty, !file.contains("/"), file != "..", file != ".", !file.utf8.contains(0)
      else { throw refusal("places tensor '\(name.prefix(120))' in what is no name of a file beside it") }
      files[file, default: []].append(name)
    }
    guard files.count <= Self.mostShards else {
      throw refusal("names \(files.count) files; at most \(Self.mostShards) are read")
    }
    let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    var shards: [any TensorFile] = []
    var entries: [TensorEntry] = [], places: [(shard: Int, index: Int)] = [], sharing: [Int] = []
    var unlisted: [String] = []
    for file in files.keys.sorted() {
      guard directory + file != path, !file.hasSuffix(".json") else { throw refusal("names itself as a shard") }
      let shard = try TensorFiles.open(path: directory + file)
      var missing = Set(files[file] ?? [])
      var ownPlaces: [Int: Int] = [:]
      for (index, entry) in shard.entries.enumerated() {
        guard missing.remove(entry.name) != nil else {
          unlisted.append(entry.name)
          continue
        }
        ownPlaces[index] = entries.count
        sharing.append(ownPlaces[shard.sharing[index]] ?? entries.count)
        entries.append(entry)
        places.append((shards.count, index))
      }
      if let name = missing.min() {
        throw DataError(
          path: directory + file,
          "has no tensor '\(name.prefix(120))', which \(path) says it has"
            + (missing.count > 1 ? ", and \(missing.count - 1) more are missing" : ""), hint: Self.remedy)
      }
      shards.append(shard)
    }
    self.path = path
    format = (shards.first?.format ?? "index") + ", \(shards.count) shard\(shards.count == 1 ? "" : "s")"
    (self.entries, self.places, self.sharing, self.shards) = (entries, places, sharing, shards)
    notes =
      shards.flatMap(\.notes)
      + (unlisted.isEmpty
        ? [] : ["\(unlisted.count) tensors of the shards are not in the index and are left out, such as \(unlisted[0])."])
  }

  var tellsSharing: Bool { shards.allSatisfy(\.tellsSharing) }

  func read(_ index: Int, into memory: BlockMemory, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    try shards[places[index].shard].read(places[index].index, into: memory, body)
  }
}
