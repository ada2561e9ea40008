import FileOutput
import NetworkGraph

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A run saved after each epoch, so that a process that dies loses one epoch at most.
///
/// One file a run: a line that names the format, the length of a JSON header, the header, the parameters, the optimizer's
/// memory, and a checksum of all that. It replaces the one before it whole or not at all.
struct Checkpoint {
  let path: String
  /// What must be the same for a saved run to go on.
  private let identity: String

  private static let magic = Array("initscope checkpoint 1\n".utf8)

  struct Saved {
    var run: TrainingRun
    var state: [[Float]]
  }

  private struct Header: Codable {
    var identity: String
    var run: TrainingRun
    var state: [[Float]]
    var time: Int
    var parameters: Int
    var memory: Int
  }

  init(directory: String, configuration c: TrainingConfiguration, run: TrainingRun) {
    let place = c.initializers.firstIndex { $0.description == run.initializer } ?? 0
    let name = String(run.initializer.map { $0.isLetter || $0.isNumber || $0 == "_" ? $0 : "-" }.prefix(60))
    path = "\(directory)/\(place)-\(name)-seed\(run.seed).checkpoint"
    let layers = c.network.nodes.map { node in
      let fields = node.layer.fields.values.sorted { $0.key < $1.key }
      return "\(node.name):\(node.layer.kind):\(fields):\(node.inputs)"
    }
    let penalties = c.penalties.map { "\($0.layer ?? "*"):\($0.penalty)" }
    identity = [
      run.initializer, "\(run.seed)", "\(c.seed)", "\(c.network.input)", layers.joined(separator: ";"), c.data.name,
      "\(c.data.training.count)", c.loss.rawValue, c.optimizer.description, c.schedule.description,
      c.clipping?.description ?? "", penalties.joined(separator: ";"), "\(c.batch)", "\(c.epochs)", "\(c.stepsPerEpoch ?? 0)",
    ].joined(separator: "|")
  }

  func save(_ run: TrainingRun, parameters: ParameterBlock, optimizer: OptimizerState, state: [[Float]]) throws {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    let header = Array(
      try encoder.encode(
        Header(
          identity: identity, run: run, state: state, time: optimizer.time, parameters: parameters.count,
          memory: optimizer.memory.count)))
    var bytes = Self.magic
    bytes += Self.bytes(UInt64(header.count)) + header
    bytes += UnsafeRawBufferPointer(UnsafeBufferPointer(start: parameters.values, count: parameters.count))
    bytes += UnsafeRawBufferPointer(optimizer.memory)
    bytes += Self.bytes(Self.checksum(bytes[...]))
    let directory = path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex)
    if !directory.isEmpty { try AtomicFile.createDirectory(String(directory)) }
    try AtomicFile.write(bytes, to: path)
  }

  /// The run as it was saved, its parameters and optimizer in place; nil where none was.
  ///
  /// - Throws: `CheckpointError` for a file that is damaged or belongs to another training.
  func load(parameters: ParameterBlock, optimizer: OptimizerState) throws(CheckpointError) -> Saved? {
    guard let data = FileManager.default.contents(atPath: path) else {
      guard !FileManager.default.fileExists(atPath: path) else { throw damaged("it cannot be read") }
      return nil
    }
    let bytes = [UInt8](data)
    let start = Self.magic.count + 8
    guard bytes.starts(with: Self.magic) else { throw damaged("it does not begin as a checkpoint does") }
    guard bytes.count >= start + 8, Self.number(bytes[(bytes.count - 8)...]) == Self.checksum(bytes.dropLast(8)) else {
      throw damaged("its checksum does not fit its \(bytes.count) bytes")
    }
    let length = Self.number(bytes[Self.magic.count..<start])
    guard length <= UInt64(bytes.count - start - 8) else { throw damaged("its header ends beyond its end") }
    let floats = start + Int(length)
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    guard let header = try? decoder.decode(Header.self, from: Data(bytes[start..<floats])) else {
      throw damaged("its header cannot be read")
    }
    guard header.identity == identity else {
      throw CheckpointError(
        path: path, message: "it belongs to another training", hint: "Name another checkpoint directory, or remove the file")
    }
    guard header.parameters == parameters.count, header.memory == optimizer.memory.count,
      bytes.count - 8 - floats == 4 * (header.parameters + header.memory), header.state.count <= Network.largestNodeCount
    else { throw damaged("its tensors do not have the network's size") }
    bytes.withUnsafeBytes { raw in
      let values = UnsafeMutableRawPointer(parameters.values)
      values.copyMemory(from: raw.baseAddress! + floats, byteCount: 4 * header.parameters)
      if let memory = optimizer.memory.baseAddress, header.memory > 0 {
        UnsafeMutableRawPointer(memory).copyMemory(
          from: raw.baseAddress! + floats + 4 * header.parameters, byteCount: 4 * header.memory)
      }
    }
    optimizer.time = header.time
    return Saved(run: header.run, state: header.state)
  }

  private func damaged(_ reason: String) -> CheckpointError {
    CheckpointError(path: path, message: reason, hint: "Remove it to train from the start")
  }

  private static func bytes(_ value: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// FNV-1a over eight bytes at a time: it tells damage, not malice.
  private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    bytes.withUnsafeBytes { raw in
      var offset = 0
      while offset + 8 <= raw.count {
        hash = (hash ^ raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* 0x100_0000_01B3
        offset += 8
      }
      while offset < raw.count {
        hash = (hash ^ UInt64(raw[offset])) &* 0x100_0000_01B3
        offset += 1
      }
    }
    return hash
  }
}

/// A saved run that cannot be taken up again.
public struct CheckpointError: Error, Sendable, CustomStringConvertible {
  public var path: String
  public var message: String
  public var hint: String
  public var description: String { "checkpoint \(path): \(message). \(hint)" }
}
