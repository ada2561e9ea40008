import FileOutput
import Glibc
import NetworkGraph
import TensorKernels

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A run saved after each epoch, so that a process that is stopped loses at most one epoch.
///
/// There is one file per run: a line that names the format, the length of a JSON header, the header, the parameters, the
/// optimizer's memory, and a checksum of all that. A new file replaces the old one as a whole or not at all.
struct Checkpoint {
  let path: String
  /// What must be the same for a saved run to be continued.
  private let identity: CheckpointIdentity
  /// What the training was meant to be before its number of epochs was raised, in order.
  private var history: [ShorterTraining] = []

  static let magic = Array("initscope checkpoint 2\n".utf8)
  /// The beginning of the first line in every version.
  private static let family = Array("initscope checkpoint ".utf8)
  /// The offset at which the header begins.
  static let headerOffset = magic.count + 8

  private struct Header: Codable {
    var identity: CheckpointIdentity
    var run: TrainingRun
    /// In Double, whose decimal digits read back as the same Float.
    var state: [[Double]]
    var time: Int
    var parameters: Int
    var memory: Int
    /// Whether all of them are finite: a step that went too far leaves others, which show in the next loss.
    var isFinite: Bool?
    /// Absent where the number of epochs was never raised.
    var history: [ShorterTraining]?
  }

  /// A part of a training that was then made longer: how many epochs it was meant to have, and after how many it became
  /// longer. Steps at which gradients are measured are spread over the whole training, and so differ from part to part.
  struct ShorterTraining: Codable, Equatable, Sendable {
    var epochs: Int
    var end: Int
  }

  init(directory: String, identity: CheckpointIdentity, initializer: Initializer, replica: Int) {
    self.identity = identity
    let text = initializer.description
    let name = String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber) || $0 == "_" ? $0 : "-" }.prefix(60))
    // Two initializers may differ in a way that a file's name cannot show.
    let digest = String(SipHash.hash(text.utf8, key: (0, 0)), radix: 36).suffix(6)
    path =
      "\(directory.hasSuffix("/") ? String(directory.dropLast()) : directory)/\(name)-\(digest)-seed\(replica).checkpoint"
  }

  func save(_ run: TrainingRun, parameters: ParameterBlock, optimizer: OptimizerState, state: [[Float]]) throws {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    let header = Array(
      try encoder.encode(
        Header(
          identity: identity, run: run, state: state.map { $0.map(Double.init) }, time: optimizer.time,
          parameters: parameters.count, memory: optimizer.memory.count,
          isFinite: Self.areFinite(parameters) && optimizer.memory.allSatisfy(\.isFinite),
          history: history.isEmpty ? nil : history)))
    var bytes = Self.magic
    bytes.reserveCapacity(Self.headerOffset + header.count + 4 * (parameters.count + optimizer.memory.count) + 8)
    bytes += Self.bytes(UInt64(header.count)) + header
    bytes += UnsafeRawBufferPointer(UnsafeBufferPointer(start: parameters.values, count: parameters.count))
    bytes += UnsafeRawBufferPointer(optimizer.memory)
    bytes += Self.bytes(Self.checksum(bytes[...]))
    try AtomicFile.write(bytes, to: path)
  }

  /// Loads the saved run, with its parameters, the optimizer and the graph's state; nil where none was saved. A run that was
  /// to have fewer epochs goes on where its schedule does not depend on their number.
  ///
  /// - Throws: `CheckpointError` for a file that is damaged, holds what no training could have left, or belongs to another
  ///   training. Nothing has been changed then.
  mutating func load(
    _ expected: CheckpointExpectation, parameters: ParameterBlock, optimizer: OptimizerState, graph: TrainingGraph
  ) throws(CheckpointError) -> TrainingRun? {
    guard let bytes = try read() else { return nil }
    let start = Self.headerOffset
    guard bytes.starts(with: Self.magic) else {
      if bytes.starts(with: Self.family) { throw damaged("it was saved by another version of InitScope", at: 0) }
      throw damaged("it does not begin as a checkpoint does", at: 0)
    }
    guard bytes.count >= start + 8, Self.number(bytes[(bytes.count - 8)...]) == Self.checksum(bytes.dropLast(8)) else {
      throw damaged("its checksum does not fit its \(bytes.count) bytes", at: max(0, bytes.count - 8))
    }
    let length = Self.number(bytes[Self.magic.count..<start])
    guard length <= UInt64(bytes.count - start - 8) else {
      throw damaged("its header of \(length) bytes ends beyond its end", at: Self.magic.count)
    }
    let floats = start + Int(length)
    let header = try decode(bytes[start..<floats])
    var parts = header.history ?? []
    let shorter = expected.configuration.schedule.dependsOnLength ? nil : identity.extended(from: header.identity)
    if let shorter {
      parts.append(ShorterTraining(epochs: shorter, end: header.run.epochs.count))
    } else if let difference = identity.difference(from: header.identity) {
      throw CheckpointError(
        path: path, message: "it belongs to another training: \(difference)",
        hint: "Train with what it was saved with, name another directory, or remove the file to train from the start")
    }
    guard header.parameters == parameters.count, header.memory == optimizer.memory.count else {
      throw damaged(
        "it has \(header.parameters) parameters and \(header.memory) values of the optimizer, "
          + "the training \(parameters.count) and \(optimizer.memory.count)", at: start)
    }
    let needed = 4 * (parameters.count + optimizer.memory.count)
    guard bytes.count - 8 - floats == needed else {
      throw damaged("its tensors take \(bytes.count - 8 - floats) bytes instead of \(needed)", at: floats)
    }
    do throws(CheckpointExpectation.Flaw) {
      try expected.check(header.run, time: header.time, history: parts, isFinite: header.isFinite == true)
    } catch {
      throw damaged("\(error.place) in its header \(error.message)", at: start)
    }
    let state = header.state.map { $0.map { Float($0) } }
    if let node = graph.mismatch(state: state) {
      let place = node < graph.stepCount ? "state[\(node)]" : "state"
      throw damaged("\(place) in its header does not fit the network's layers", at: start)
    }
    let squares = floats + 4 * (parameters.count + optimizer.squares.lowerBound)
    if let place = Self.first(bytes, squares, optimizer.squares.count, where: { $0 < 0 }) {
      throw damaged("a mean of squares is negative", at: place)
    }
    if header.isFinite == true, let place = Self.first(bytes, floats, needed / 4, where: { !$0.isFinite }) {
      throw damaged("a value is no finite number, and all were when it was saved", at: place)
    }
    bytes.withUnsafeBytes { raw in
      guard let base = raw.baseAddress else { return }
      UnsafeMutableRawPointer(parameters.values).copyMemory(from: base + floats, byteCount: 4 * header.parameters)
      if let memory = optimizer.memory.baseAddress, header.memory > 0 {
        UnsafeMutableRawPointer(memory).copyMemory(
          from: base + floats + 4 * header.parameters, byteCount: 4 * header.memory)
      }
    }
    history = parts
    optimizer.time = header.time
    graph.state = state
    return header.run
  }

  // MARK: Bytes

  /// Reads the whole file; nil where there is none.
  private func read() throws(CheckpointError) -> [UInt8]? {
    // A pipe in the file's place must not make anybody wait.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw unreadable(String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw unreadable("it is no file") }
    let size = Int(status.st_size)
    // Checked before Swift's arrays, which end the process where there is no memory.
    guard AddressSpace.canMap(2 * size) else {
      throw unreadable("there is no memory for its \(size) bytes")
    }
    var count = 0, code: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
      while count < size {
        let more = Glibc.read(descriptor, buffer.baseAddress?.advanced(by: count), size - count)
        if more < 0 && errno == EINTR { continue }
        if more < 0 { code = errno }
        if more <= 0 { break }
        count += more
      }
      filled = count
    }
    guard code == 0 else { throw unreadable(String(cString: strerror(code))) }
    return bytes
  }

  private func decode(_ bytes: ArraySlice<UInt8>) throws(CheckpointError) -> Header {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    do {
      return try decoder.decode(Header.self, from: Data(bytes))
    } catch {
      throw damaged("its header cannot be read\(Self.place(of: error))", at: Self.headerOffset)
    }
  }

  /// The key at which decoding failed: `, at run.epochs[2].loss`.
  private static func place(of error: any Error) -> String {
    let path: [any CodingKey]
    switch error {
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
      DecodingError.dataCorrupted(let context):
      path = context.codingPath
    case DecodingError.keyNotFound(let key, let context): path = context.codingPath + [key]
    default: return ""
    }
    let text = path.reduce("") { $0 + ($1.intValue.map { "[\($0)]" } ?? ($0.isEmpty ? "" : ".") + $1.stringValue) }
    return text.isEmpty ? "" : ", at \(text)"
  }

  /// The offset of the first value among `count` Floats from `start` on that is as said.
  private static func first(_ bytes: [UInt8], _ start: Int, _ count: Int, where isSo: (Float) -> Bool) -> Int? {
    bytes.withUnsafeBytes { raw in
      for index in 0..<count where isSo(raw.loadUnaligned(fromByteOffset: start + 4 * index, as: Float.self)) {
        return start + 4 * index
      }
      return nil
    }
  }

  private static func areFinite(_ parameters: ParameterBlock) -> Bool {
    UnsafeBufferPointer(start: parameters.values, count: parameters.count).allSatisfy(\.isFinite)
  }

  private func damaged(_ reason: String, at offset: Int) -> CheckpointError {
    CheckpointError(path: path, message: "\(reason) (byte \(offset))", hint: "Remove it to train from the start")
  }

  private func unreadable(_ reason: String) -> CheckpointError {
    CheckpointError(path: path, message: "it cannot be read: \(reason)", hint: "Remove it to train from the start")
  }

  private static func bytes(_ value: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// A checksum, FNV-1a over eight bytes at a time. It finds damage, not forgery.
  static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
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

/// The error that a saved run cannot be continued.
public struct CheckpointError: Error, Sendable, CustomStringConvertible {
  public var path: String
  public var message: String
  public var hint: String
  public var description: String { "checkpoint \(path): \(message). \(hint)" }
}
