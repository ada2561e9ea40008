import Foundation
import InitScope

/// Tests damaged saved trainings: the input is written over a valid one, and the checksum is corrected.
enum FuzzCheckpoint {
  private static let directory = Scratch.path + "/runs"

  private static func training(epochs: Int) -> Training? {
    guard let splits = try? DataSource.synthetic(.blobs).loadSplits(),
      let data = try? TrainingData(splits.training, test: nil, validation: nil, scaling: .standardized, seed: 1),
      let network = try? Network(
        input: .features(2),
        {
          Dense(3, activation: .tanh); BatchNorm(); Dropout(0.2); Dense(3)
        })
    else { return nil }
    var configuration = TrainingConfiguration(
      network: network, initializers: [.heNormal], data: data, optimizer: .adam(), epochs: epochs, batch: 16, replicas: 1,
      threads: 1)
    configuration.stepsPerEpoch = 1
    configuration.checkpoints = directory
    return Training(configuration)
  }

  /// A valid checkpoint and the path of its file.
  nonisolated(unsafe) private static var original: (path: String, bytes: Data)? = {
    try? FileManager.default.removeItem(atPath: directory)
    _ = try? training(epochs: 2)?.run()
    guard let name = try? FileManager.default.contentsOfDirectory(atPath: directory).first,
      let bytes = FileManager.default.contents(atPath: "\(directory)/\(name)")
    else { return nil }
    return ("\(directory)/\(name)", bytes)
  }()

  static func read(_ data: Data) {
    guard let original else { fatalError("no checkpoint was written") }
    // Edits of four bytes each: where (two bytes, of the whole file), and what (one byte, how often).
    var bytes = [UInt8](original.bytes.dropLast(8)), edits = [UInt8](data)[...]
    while edits.count >= 4 {
      let edit = Array(edits.prefix(4))
      edits = edits.dropFirst(4)
      let place = (Int(edit[0]) << 8 | Int(edit[1])) % bytes.count
      switch edit[3] % 4 {
      case 0: bytes[place] = edit[2]
      case 1: bytes.removeSubrange(place..<min(bytes.count - 1, place + Int(edit[2] % 8)))
      case 2: bytes.insert(edit[2], at: place)
      default: bytes[place] ^= 1 << (edit[2] % 8)
      }
    }
    let file = bytes + withUnsafeBytes(of: checksum(bytes).littleEndian, Array.init)
    try? Data(file).write(to: URL(filePath: original.path))
    _ = try? training(epochs: 2)?.run()
  }

  /// FNV-1a over eight bytes at a time, as the program has it.
  private static func checksum(_ bytes: [UInt8]) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325, offset = 0
    while offset + 8 <= bytes.count {
      let word = (0..<8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[offset + $1]) }
      hash = (hash ^ word) &* 0x100_0000_01B3
      offset += 8
    }
    while offset < bytes.count {
      hash = (hash ^ UInt64(bytes[offset])) &* 0x100_0000_01B3
      offset += 1
    }
    return hash
  }
}
