import DataSets

/// A safetensors file: eight bytes with the header's length, the header in JSON, and the tensors one behind another
/// (github.com/huggingface/safetensors, "Format").
///
/// Nothing that the header says is trusted. It must be UTF-8 and JSON without a key that comes twice; every tensor's range
/// must have the length that its type and shape need, begin at a multiple of its element's size, and follow the range before
/// it without a gap; and the last one must end with the file.
struct SafetensorsFile: TensorFile {
  let path: String
  let format = "safetensors"
  let entries: [TensorEntry]
  let tellsSharing: Bool
  private let file: FileBytes
  /// Where each tensor lies in the file.
  private let ranges: [Range<Int>]

  /// The largest header that the format allows.
  static let largestHeader = 100_000_000

  init(path: String) throws(DataError) {
    self.path = path
    let file = try FileBytes(path: path)
    func refusal(_ offset: Int, _ message: String) -> DataError {
      DataError(path: path, position: .byte(offset), message, hint: Self.remedy)
    }
    guard file.size >= 8 else {
      throw refusal(file.size, "is too short for a safetensors file, whose first 8 bytes are the header's length")
    }
    let length = try file.bytes(0..<8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(Self.largestHeader) else {
      throw refusal(0, "states a header of \(length) bytes; the format allows at most \(Self.largestHeader)")
    }
    let start = 8 + Int(length)
    guard start <= file.size else {
      throw refusal(0, "states a header of \(length) bytes, and only \(file.size - 8) follow: the file is truncated or lies")
    }
    let text = try file.bytes(8..<start)
    guard text.first == UInt8(ascii: "{") else { throw refusal(8, "has a header that does not begin with '{'") }
    let header: SafetensorsHeader
    do throws(JSONScanner.Problem) {
      header = try SafetensorsHeader(parsing: text)
    } catch {
      throw refusal(8 + error.offset, "has a header that is not as it should be: \(error.message)")
    }
    try Self.check(header.tensors, dataSize: file.size - start, start: start, path: path)
    entries = header.tensors.map(\.entry)
    tellsSharing = header.metadata["sharing"] == "one name each"
    ranges = header.tensors.map { start + $0.range.lowerBound..<start + $0.range.upperBound }
    self.file = file
  }

  func read(_ index: Int, into memory: BlockMemory, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    try file.read(ranges[index], unit: entries[index].type.size, into: memory, body)
  }

  private static let remedy = "Fetch or write the file again (safetensors.torch.save_file)"

  /// Requires that the ranges follow one another from the beginning to the end of the data.
  private static func check(
    _ tensors: [SafetensorsHeader.Tensor], dataSize: Int, start: Int, path: String
  ) throws(DataError) {
    var end = 0
    for tensor in tensors {
      let name = tensor.entry.name.prefix(120), range = tensor.range
      guard range.lowerBound >= end else {
        throw DataError(
          path: path, position: .byte(start + range.lowerBound),
          "tensor '\(name)' overlaps the tensor before it, which ends at byte \(end) of the data", hint: remedy)
      }
      guard range.lowerBound == end else {
        throw DataError(
          path: path, position: .byte(start + end),
          "bytes \(end) to \(range.lowerBound) of the data, before tensor '\(name)', belong to no tensor", hint: remedy)
      }
      guard range.lowerBound % tensor.entry.type.size == 0 else {
        throw DataError(
          path: path, position: .byte(start + range.lowerBound),
          "tensor '\(name)' is misaligned: it begins at byte \(range.lowerBound) of the data, no multiple of the "
            + "\(tensor.entry.type.size) bytes of its elements", hint: remedy)
      }
      end = range.upperBound
      guard end <= dataSize else {
        throw DataError(
          path: path, position: .byte(start + dataSize),
          "tensor '\(name)' ends at byte \(end) of the data, and there are only \(dataSize): the file is truncated or lies",
          hint: remedy)
      }
    }
    guard end == dataSize else {
      throw DataError(
        path: path, position: .byte(start + end), "\(dataSize - end) bytes follow the last tensor and belong to none",
        hint: remedy)
    }
  }
}
