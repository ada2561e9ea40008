import DataSets
import NetworkGraph

/// Recognizes files that describe no network of ours, by their first bytes: what a file is called says little.
///
/// Nothing of such a file is decoded: the beginning is compared with the marks that formats have there.
enum ForeignFile {
  /// What a file that is no text is, and what to do; nil where the bytes may be text.
  ///
  /// - Parameter path: What the file is called. It is told in commands, and says what a damaged file was meant to be.
  static func binary(_ bytes: [UInt8], path: String) -> (what: String, hint: String)? {
    if let archive = archive(bytes, path) { return archive }
    if has(bytes, legacyMark, at: 0) {
      return (
        "is a PyTorch file in the format from before version 1.6: it holds weights and no layers",
        "To look at the weights, save them again: torch.save(torch.load(path, weights_only=True), path), then "
          + "\(command(path)). \(toAudit)"
      )
    }
    for (mark, place, what, hint) in marks where has(bytes, mark, at: place) { return (what, hint) }
    if isSafetensors(bytes) { return ("is a safetensors file: it holds weights and no layers", weightsOnly(path)) }
    if isPickle(bytes) { return pickle }
    if let protobuf = protobuf(bytes) { return protobuf }
    if let encoding = wideText(bytes) { return ("is text in \(encoding)", "Save it as UTF-8") }
    // No text of ours has a zero byte.
    guard bytes.prefix(4096).contains(0) || isNoise(bytes.prefix(4096)) else { return nil }
    return damaged(path, "and is none inside") ?? ("is a binary file, not text", ownLanguage)
  }

  /// What a file was meant to be by its name, where its content is something else.
  private static func damaged(_ path: String, _ content: String) -> (what: String, hint: String)? {
    let path = path.lowercased()
    func ends(_ endings: String...) -> Bool { endings.contains { path.hasSuffix($0) } }
    if ends(".keras") {
      return (
        "is called a Keras model (.keras) \(content): it is damaged, or was written by another program",
        "Save the model again: model.save('model.keras')"
      )
    }
    if ends(".onnx") {
      return ("is called an ONNX model (.onnx) \(content): it is damaged", "Export the model again: \(export)")
    }
    if ends(".pt", ".pth") {
      return (
        "is called a PyTorch file (\(path.hasSuffix("h") ? ".pth" : ".pt")) \(content): it is damaged",
        "Save it again. \(toAudit)"
      )
    }
    return nil
  }

  // MARK: Remedies

  /// What InitScope reads, and how to get there.
  static let ownLanguage = """
    Networks are read from YAML, from ONNX files and from Keras models (.keras, model.to_json()). Save the model as one of \
    these, or write its layers in YAML (`initscope list layers` names them)
    """
  /// The call that writes a PyTorch model as a file that can be audited.
  static let export = #"torch.onnx.export(model, (example,), "model.onnx", dynamo=True, optimize=False)"#
  /// How a model gets from Python into a file that can be audited.
  static let fromPython = """
    Export the model in Python: \(export), or with Keras model.save('model.keras'). Then audit that file
    """
  private static let toAudit = "To audit the model, export it: \(export), then initscope audit model.onnx"

  private static func command(_ path: String) -> String {
    "initscope weights \(path == "standard input" ? "FILE" : path)"
  }

  private static func weightsOnly(_ path: String) -> String {
    "To look at the weights: \(command(path)). \(toAudit)"
  }

  private static let asKeras = """
    Load it in Keras and write model.save('model.keras'), which can be audited. To look at weights alone (.weights.h5): \
    initscope weights FILE
    """
  private static let dataHint = "Data goes to --input; the network is a YAML file or a preset (`initscope list presets`)"

  // MARK: Marks

  private static let marks: [(mark: [UInt8], place: Int, what: String, hint: String)] = [
    (
      [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], 0, "is an HDF5 file, as Keras writes models and weights (.h5)",
      asKeras
    ),
    ([0x93] + Array("NUMPY".utf8), 0, "is a NumPy array", dataHint),
    (
      Array("GGUF".utf8), 0, "is a GGUF file: it holds trained weights and no layers",
      "The weights before training are in the model that it was made from. \(toAudit)"
    ),
    (Array("TFL3".utf8), 4, "is a TensorFlow Lite model", fromPython),
    ([0x1F, 0x8B], 0, "is compressed with gzip", "Unpack it first: gunzip FILE"),
    (Array("ustar".utf8), 257, "is a tar archive", "Unpack it first: tar -xf FILE"),
    ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], 0, "is a PNG picture", ownLanguage),
    ([0xFF, 0xD8, 0xFF], 0, "is a JPEG picture", ownLanguage), (Array("%PDF".utf8), 0, "is a PDF document", ownLanguage),
    ([0x7F] + Array("ELF".utf8), 0, "is a program", ownLanguage),
  ]

  /// The magic number of torch.save before PyTorch 1.6, pickled.
  private static let legacyMark: [UInt8] = [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9]

  private static func has(_ bytes: [UInt8], _ mark: [UInt8], at place: Int) -> Bool {
    bytes.count >= place + mark.count && bytes[place...].starts(with: mark)
  }

  // MARK: Archives

  /// Whether the file is a zip archive with the members of a Keras model.
  static func isKeras(_ beginning: [UInt8], path: String) -> Bool {
    guard has(beginning, [0x50, 0x4B, 0x03, 0x04], at: 0) else { return false }
    let names = path == "-" ? nil : (try? ZipArchive(path: path))?.members.map(\.name)
    // A damaged archive is recognized by what can still be seen of it.
    let known = names ?? entryNames(beginning)
    return known.contains("config.json") && (known.contains("metadata.json") || known.contains("model.weights.h5"))
  }

  private static func archive(_ bytes: [UInt8], _ path: String) -> (what: String, hint: String)? {
    if has(bytes, [0x50, 0x4B, 0x05, 0x06], at: 0) { return ("is an empty zip archive", ownLanguage) }
    guard has(bytes, [0x50, 0x4B, 0x03, 0x04], at: 0) else { return nil }
    let names = entryNames(bytes)
    func holds(_ ending: String) -> Bool { names.contains { $0.hasSuffix(ending) } }
    if holds("model.weights.h5") || names.contains("config.json") && names.contains("metadata.json") {
      return ("is a Keras model (.keras)", "It describes a network: give it in the network's place")
    }
    if names.contains(where: { $0.contains("/code/") }) || holds("/constants.pkl") {
      return ("is a TorchScript model, saved by PyTorch, which is not read", toAudit)
    }
    if holds("/data.pkl") || holds("/byteorder") || holds("/.format_version") {
      return ("is a PyTorch file: it holds weights and no layers", weightsOnly(path))
    }
    if holds(".npy") { return ("is a NumPy archive (.npz): it holds arrays and no layers", weightsOnly(path)) }
    return damaged(path, "and lacks what one holds") ?? ("is a zip archive", ownLanguage)
  }

  /// Names of the archive's entries, as far as their headers lie within the bytes.
  private static func entryNames(_ bytes: [UInt8]) -> [String] {
    var names: [String] = []
    var place = 0
    // A header has 30 bytes before the name, whose length stands at 26.
    while place + 30 <= bytes.count {
      guard bytes[place] == 0x50, has(bytes, [0x50, 0x4B, 0x03, 0x04], at: place) else {
        place += 1
        continue
      }
      let length = Int(bytes[place + 26]) | Int(bytes[place + 27]) << 8
      let end = min(place + 30 + length, bytes.count)
      names.append(String(decoding: bytes[(place + 30)..<end], as: UTF8.self))
      place += 30
    }
    return names
  }

  // MARK: Formats without a mark

  private static let pickle = (
    what: "is a Python pickle, which is a program: InitScope does not run it",
    hint: "A model in it: load it in Python and export it with \(export), then initscope audit model.onnx. Arrays in it: "
      + "save them with numpy.save and give them to --input"
  )

  /// Whether the bytes are what Python's pickle module writes (its protocols 0 to 5).
  static func isPickle(_ bytes: [UInt8]) -> Bool {
    // From protocol 2 on: PROTO and the protocol. What torch.save writes has its own mark.
    if bytes.count > 3, bytes[0] == 0x80, (2...5).contains(bytes[1]) { return true }
    guard let first = bytes.first, bytes.count > 4, bytes.last == UInt8(ascii: ".") else { return false }
    // Protocol 1: an empty container, stored under the number 0.
    if [UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ")")].contains(first), bytes[1] == UInt8(ascii: "q"),
      bytes[2] == 0
    {
      return true
    }
    // Protocol 0 is text: a container or a class, stored under the number 0 at the end of a line.
    let text = bytes.prefix(256), stored = Array("p0\n".utf8)
    return [UInt8(ascii: "("), UInt8(ascii: "c")].contains(first)
      && text.indices.contains { text[$0...].starts(with: stored) }
  }

  private static func isControl(_ byte: UInt8) -> Bool {
    byte < 0x20 && ![0x09, 0x0A, 0x0C, 0x0D, 0x1B].contains(byte) || byte == 0x7F
  }

  /// Whether so many bytes are control characters or belong to no character that they cannot be text in any usual encoding:
  /// a text in Latin-1 has few of them.
  private static func isNoise(_ bytes: some Collection<UInt8>) -> Bool {
    var parser = Unicode.UTF8.ForwardParser()
    var rest = bytes.makeIterator()
    var strange = bytes.count { isControl($0) }
    parsing: while true {
      switch parser.parseScalar(from: &rest) {
      case .valid: continue
      case .error(let length): strange += length
      case .emptyInput: break parsing
      }
    }
    return bytes.count >= 8 && strange * 5 > bytes.count
  }

  /// Eight bytes with the length of a JSON header, which begins with a brace.
  private static func isSafetensors(_ bytes: [UInt8]) -> Bool {
    guard bytes.count > 9, bytes[8] == 0x7B else { return false }
    // Real headers are far below 2^40 bytes; text has no zero bytes there.
    return bytes[5...7].allSatisfy { $0 == 0 }
  }

  /// ONNX and TensorFlow write protocol buffers: fields of a number, a type and a length, one after the other.
  private static func protobuf(_ bytes: [UInt8]) -> (what: String, hint: String)? {
    let onnx = (
      what: "is an ONNX model, which `train` does not take, and which is never read from standard input",
      hint: "`initscope audit model.onnx` shows what its initialization does. To train a network, write its layers in YAML "
        + "(`initscope list layers` names them) or save it from Keras"
    )
    // Writers may put the graph first. A graph begins with a node or with its own name, and no text has such bytes.
    if bytes.first == 0x3A, let (_, start) = length(bytes, at: 1), start < bytes.count, [0x0A, 0x12].contains(bytes[start]),
      bytes.prefix(64).contains(where: isControl), isONNX(bytes)
    {
      return onnx
    }
    // Field 1, a number: the version of the format, small in both.
    guard bytes.count > 3, bytes[0] == 0x08, (1...64).contains(bytes[1]) else { return nil }
    // SavedModel: field 2 is a graph with its tags, which begins with their description. In ONNX field 2 is a name.
    if bytes[1] == 1, bytes[2] == 0x12, let (_, start) = length(bytes, at: 3), start < bytes.count, bytes[start] == 0x0A {
      return ("is a TensorFlow SavedModel", fromPython)
    }
    return isONNX(bytes) ? onnx : nil
  }

  /// Whether fields of an ONNX ModelProto follow each other, a graph (7) or a set of operators (8) among them.
  private static func isONNX(_ bytes: [UInt8]) -> Bool {
    // Numbers 1 and 5 are integers, the others have a length: names, documentation, graph, operators, metadata, functions.
    let integers: Set<Int> = [1, 5], lengths: Set<Int> = [2, 3, 4, 6, 7, 8, 14, 20, 25, 26]
    var place = 0
    var hasContent = false
    while place < bytes.count {
      guard let (tag, afterTag) = length(bytes, at: place) else { return false }
      let field = tag >> 3
      switch tag & 7 {
      case 0:
        guard integers.contains(field), let (_, next) = length(bytes, at: afterTag) else { return false }
        place = next
      case 2:
        guard lengths.contains(field), let (count, next) = length(bytes, at: afterTag) else { return false }
        hasContent = hasContent || field == 7 || field == 8
        // The graph may reach beyond what was read.
        guard count <= bytes.count - next else { return hasContent }
        place = next + count
      default: return false
      }
    }
    return hasContent
  }

  /// A number of seven bits a byte, and where it ends; nil beyond what a file of 2^40 bytes needs.
  private static func length(_ bytes: [UInt8], at start: Int) -> (value: Int, next: Int)? {
    var value = 0
    for (count, place) in (start..<min(start + 6, bytes.count)).enumerated() {
      value |= Int(bytes[place] & 0x7F) << (7 * count)
      if bytes[place] < 0x80 { return (value, place + 1) }
    }
    return nil
  }

  /// The encoding of text that has two or four bytes a character; nil where it has not.
  private static func wideText(_ bytes: [UInt8]) -> String? {
    if has(bytes, [0xFF, 0xFE, 0, 0], at: 0) || has(bytes, [0, 0, 0xFE, 0xFF], at: 0) { return "UTF-32" }
    if has(bytes, [0xFF, 0xFE], at: 0) || has(bytes, [0xFE, 0xFF], at: 0) { return "UTF-16" }
    // Without a mark: every second byte of plain letters is zero.
    let beginning = bytes.prefix(256)
    guard beginning.count >= 8 else { return nil }
    for offset in [0, 1] {
      let pairs = stride(from: offset, to: beginning.count - 1, by: 2)
      let isPlain =
        pairs.allSatisfy { beginning[$0] == 0 }
        && stride(from: 1 - offset, to: beginning.count, by: 2).allSatisfy { beginning[$0] != 0 }
      if isPlain { return "UTF-16" }
    }
    return nil
  }
}
