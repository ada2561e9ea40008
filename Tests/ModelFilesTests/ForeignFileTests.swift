import Foundation
import ModelFiles
import NetworkGraph
import TestSupport
import Testing

/// Files of other programs in a network's place: what a person reads, by the bytes that those programs write.
@Suite struct ForeignFileTests {
  private static let ownLanguage =
    "Networks are read from YAML, from ONNX files and from Keras models (.keras, model.to_json()). Save the model as one of "
    + "these, or write its layers in YAML (`initscope list layers` names them)"
  private static let export = #"torch.onnx.export(model, (example,), "model.onnx", dynamo=True, optimize=False)"#
  private static let toAudit = "To audit the model, export it: \(export), then initscope audit model.onnx"
  private static let fromPython =
    "Export the model in Python: \(export), or with Keras model.save('model.keras'). Then audit that file"
  private static let pickle =
    "is a Python pickle, which is a program: InitScope does not run it. A model in it: load it in Python and export it with "
    + "\(export), then initscope audit model.onnx. Arrays in it: save them with numpy.save and give them to --input"
  /// `PATH` stands for the file's path.
  private static let weightsOnly = "To look at the weights: initscope weights PATH. \(toAudit)"
  private static let data = "Data goes to --input; the network is a YAML file or a preset (`initscope list presets`)"

  /// A local header of a zip archive, with a name and stored contents (PKWARE's APPNOTE, section 4.3.7).
  private static func entry(_ name: String, _ content: [UInt8] = []) -> [UInt8] {
    func little(_ value: Int, _ bytes: Int) -> [UInt8] { (0..<bytes).map { UInt8(value >> (8 * $0) & 0xFF) } }
    return [0x50, 0x4B, 3, 4] + little(20, 2) + little(0, 8) + little(0, 4) + little(content.count, 4)
      + little(content.count, 4) + little(name.utf8.count, 2) + little(0, 2) + Array(name.utf8) + content
  }

  /// A protocol buffer's field with a length (its wire type 2).
  private static func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
    [number << 3 | 2, UInt8(content.count)] + content
  }

  /// ModelProto of onnx.proto: ir_version 1, producer_name 2, producer_version 3, graph 7, opset_import 8.
  private static let onnx: [UInt8] =
    [0x08, 8] + field(2, Array("pytorch".utf8)) + field(3, Array("2.4.0".utf8)) + field(7, field(1, [1, 2, 3]))
    + field(8, [0x10, 17])

  /// The same model with its graph first: a node with an input and an operator.
  private static let graphFirst: [UInt8] = {
    let node: [UInt8] = [0x0A, 1, 0x78, 0x22, 4] + Array("Relu".utf8)
    return field(7, field(1, node)) + [0x08, 8] + field(8, [0x10, 17])
  }()

  private static func utf16(_ text: String, _ encoding: String.Encoding) -> [UInt8] {
    text.data(using: encoding).map { [UInt8]($0) } ?? []
  }

  static let files: [(name: String, bytes: [UInt8], error: String)] = [
    (
      "model.pt", entry("archive/data.pkl", [0x80, 2]) + entry("archive/data/0", [1, 2]),
      "is a PyTorch file: it holds weights and no layers. \(weightsOnly)"
    ),
    (
      "old.pth", [0x80, 2, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A],
      "is a PyTorch file in the format from before version 1.6: it holds weights and no layers. To look at the weights, "
        + "save them again: torch.save(torch.load(path, weights_only=True), path), then initscope weights PATH. \(toAudit)"
    ),
    (
      "pytorch_model.bin", entry("pytorch_model/data.pkl"),
      "is a PyTorch file: it holds weights and no layers. \(weightsOnly)"
    ),
    (
      "script.pt", entry("net/code/__torch__.py") + entry("net/data.pkl"),
      "is a TorchScript model, saved by PyTorch, which is not read. \(toAudit)"
    ),
    (
      "model.onnx", onnx,
      "is an ONNX model, which `train` does not take, and which is never read from standard input. `initscope audit "
        + "model.onnx` shows what its initialization does. To train a network, write its layers in YAML (`initscope list "
        + "layers` names them) or save it from Keras"
    ),
    // By its bytes, not its name; a graph may reach beyond what is read.
    (
      "model", [0x08, 7, 0x12, 7] + Array("pytorch".utf8) + [0x3A, 0xFF, 0xFF, 0xFF, 0x7F, 1],
      "is an ONNX model, which `train` does not take, and which is never read from standard input. `initscope audit "
        + "model.onnx` shows what its initialization does. To train a network, write its layers in YAML (`initscope list "
        + "layers` names them) or save it from Keras"
    ),
    // A writer may put the graph first: its node, then what the model says of itself.
    (
      "graph-first.onnx",
      graphFirst,
      "is an ONNX model, which `train` does not take, and which is never read from standard input. `initscope audit "
        + "model.onnx` shows what its initialization does. To train a network, write its layers in YAML (`initscope list "
        + "layers` names them) or save it from Keras"
    ),
    // Of an archive that breaks off, the member that names the layers is missing.
    (
      "model.keras", entry("metadata.json") + entry("config.json") + entry("model.weights.h5"),
      "byte 130: has no end record: the archive is truncated. Fetch or write the file again"
    ),
    (
      "model.h5", [0x89] + Array("HDF".utf8) + [0x0D, 0x0A, 0x1A, 0x0A, 0, 0],
      "is an HDF5 file, as Keras writes models and weights (.h5). Load it in Keras and write model.save('model.keras'), "
        + "which can be audited. To look at weights alone (.weights.h5): initscope weights FILE"
    ),
    (
      "model.safetensors", [64, 0, 0, 0, 0, 0, 0, 0] + Array("{\"w\":{\"dtype\":\"F32\"".utf8),
      "is a safetensors file: it holds weights and no layers. \(weightsOnly)"
    ),
    ("weights.npz", entry("dense/kernel.npy"), "is a NumPy archive (.npz): it holds arrays and no layers. \(weightsOnly)"),
    ("x.npy", [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0], "is a NumPy array. \(data)"),
    (
      "model.gguf", Array("GGUF".utf8) + [3, 0, 0, 0],
      "is a GGUF file: it holds trained weights and no layers. The weights before training are in the model that it was "
        + "made from. \(toAudit)"
    ),
    ("model.tflite", [0x1C, 0, 0, 0] + Array("TFL3".utf8), "is a TensorFlow Lite model. \(fromPython)"),
    ("saved_model.pb", [0x08, 1, 0x12, 0x80, 0x10, 0x0A, 5], "is a TensorFlow SavedModel. \(fromPython)"),
    // Archives and noise under a name that says what they should be.
    (
      "model.keras", entry("readme.txt"),
      "is called a Keras model (.keras) and lacks what one holds: it is damaged, or was written by another program. Save "
        + "the model again: model.save('model.keras')"
    ),
    (
      "model.keras", [1, 2, 0, 4, 5],
      "is called a Keras model (.keras) and is none inside: it is damaged, or was written by another program. Save the "
        + "model again: model.save('model.keras')"
    ),
    (
      "model.pth", entry("readme.txt"),
      "is called a PyTorch file (.pth) and lacks what one holds: it is damaged. Save it again. \(toAudit)"
    ),
    ("all.zip", entry("readme.txt"), "is a zip archive. \(ownLanguage)"),
    ("net.yaml.gz", [0x1F, 0x8B, 8, 0], "is compressed with gzip. Unpack it first: gunzip FILE"),
    ("net.yaml", [0xFF, 0xFE] + utf16("input: 3", .utf16LittleEndian), "is text in UTF-16. Save it as UTF-8"),
    ("net.yaml", utf16("input: 3\nlayers: 4", .utf16BigEndian), "is text in UTF-16. Save it as UTF-8"),
    ("net.yaml", [0xFF, 0xFE, 0, 0] + utf16("input", .utf32LittleEndian), "is text in UTF-32. Save it as UTF-8"),
    // Written by pickle.dumps(value, protocol) of Python 3.11: {'a': 1} and [1] by protocol 0, {'a': 1} by 1, 2, 4 and 5,
    // numpy.zeros(1) by 0.
    ("d.pkl", Array("(dp0\nVa\np1\nI1\ns.".utf8), pickle), ("l.pkl", Array("(lp0\nI1\na.".utf8), pickle),
    (
      "d.pkl", [0x7D, 0x71, 0, 0x58, 1, 0, 0, 0, 0x61, 0x71, 1, 0x4B, 1, 0x73, 0x2E], pickle
    ),
    (
      "d.pickle", [0x80, 2, 0x7D, 0x71, 0, 0x58, 1, 0, 0, 0, 0x61, 0x71, 1, 0x4B, 1, 0x73, 0x2E], pickle
    ),
    (
      "model.bin",
      [0x80, 4, 0x95, 10, 0, 0, 0, 0, 0, 0, 0, 0x7D, 0x94, 0x8C, 1, 0x61, 0x94, 0x4B, 1, 0x73, 0x2E], pickle
    ),
    (
      "x", [0x80, 5, 0x95, 10, 0, 0, 0, 0, 0, 0, 0, 0x7D, 0x94, 0x8C, 1, 0x61, 0x94, 0x4B, 1, 0x73, 0x2E], pickle
    ),
    ("a.pkl", Array("cnumpy.core.multiarray\n_reconstruct\np0\n(cnumpy\nndarray\np1\n.".utf8), pickle),
    // random.Random(0).randbytes(32): no zero gives it away.
    (
      "noise.bin",
      [
        0xCD, 0x07, 0x2C, 0xD8, 0xBE, 0x6F, 0x9F, 0x62, 0xAC, 0x4C, 0x09, 0xC2, 0x82, 0x06, 0xE7, 0xE3, 0x55, 0x94, 0xAA,
        0x6B, 0x34, 0x2F, 0x5D, 0x0A, 0x3A, 0x5E, 0x48, 0x42, 0xFA, 0xB4, 0x28, 0xF7,
      ], "is a binary file, not text. \(ownLanguage)"
    ),
    ("noise", [1, 2, 0, 4, 5], "is a binary file, not text. \(ownLanguage)"),
    // "é" in Latin-1.
    (
      "net.yaml", Array("name: caf".utf8) + [0xE9, 0x0A],
      "is not UTF-8 text: byte 9 belongs to no character. Give a YAML file, saved as UTF-8"
    ),
    ("picture.png", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], "is a PNG picture. \(ownLanguage)"),
    (
      "config.json",
      Array(#"{"class_name": "Sequential", "config": {"name": "net", "layers": []}, "keras_version": "2.15"}"#.utf8),
      "the model has no layers"
    ),
    (
      "config.json", Array(#"{"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "n_layer": 12}"#.utf8),
      "is the configuration of a Hugging Face model, which names no layers. \(fromPython)"
    ),
    (
      "audit.json", Array(#"{"schemaVersion": 1, "tool": {}, "runs": []}"#.utf8),
      "is a report that InitScope wrote, not a network. Give the network's file or preset; a report goes to "
        + "`initscope check --baseline`"
    ),
    (
      "bounds.yaml", Array("version: 1\nbounds:\n  - {of: activations, variance: [0.5, 2]}\n".utf8),
      "is a file of bounds, not a network. Give it to `initscope check --bounds`; it may name its network itself"
    ),
    (
      "net.py", Array("import torch\n\nnet = torch.nn.Linear(3, 4)\n".utf8),
      "is a program, and programs are not run. \(fromPython)"
    ),
    (
      "net", Array("# a model\nfrom torch import nn\nclass Net(nn.Module):\n  pass\n".utf8),
      "is a program, and programs are not run. \(fromPython)"
    ),
    ("samples.csv", Array("a,b,label\n1,2,0\n".utf8), "is a table. \(data)"),
    ("page.html", Array("<!doctype html>".utf8), "is XML or HTML. \(ownLanguage)"),
    ("empty.yaml", [], "the file is empty. Give input: and layers:"),
  ]

  private func error(_ name: String, _ bytes: [UInt8]) throws -> NetworkFileError? {
    let folder = URL.temporaryDirectory.appending(path: "foreign-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: name).path
    try Data(bytes).write(to: URL(filePath: path))
    var error = refusal { try NetworkFile.read(path: path) }
    error?.path = name
    let hint = error?.hint?.replacing(path, with: "PATH")
    error?.hint = hint
    return error
  }

  @Test(arguments: files.indices) func aFileThatDescribesNoNetworkIsNamed(index: Int) throws {
    let (name, bytes, message) = Self.files[index]
    #expect(try error(name, bytes)?.description == "\(name): \(message)")
  }

  @Test func aDirectoryIsNamed() throws {
    let folder = URL.temporaryDirectory.appending(path: "foreign-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(
      refusal { try NetworkFile.read(path: folder.path) }?.description
        == "\(folder.path): is a directory. Give a network file in YAML, or a preset's name")
    try Data().write(to: folder.appending(path: "saved_model.pb"))
    #expect(
      refusal { try NetworkFile.read(path: folder.path) }?.description
        == "\(folder.path): is a TensorFlow SavedModel. \(Self.fromPython)")
  }

  /// A network is a network, whatever its file is called; a mistake in one keeps its own message.
  @Test func networksAreNeverTakenForOthers() throws {
    #expect(try error("net.py", Array("input: 3\nlayers: [dense: x]\n".utf8))?.line == nil)
    for name in ["net.yaml", "net.onnx", "net.json", "net"] {
      #expect(try error(name, Array("input: 3\nlayers: [dens: 2]\n".utf8))?.message == "unknown layer kind 'dens'")
    }
    // Characters beyond ASCII, cut by no limit.
    #expect(try error("net.yaml", Array("name: größe\ninput: 3\n".utf8))?.message == "the key layers is missing")
  }

  /// Text beyond the limit is too large, wherever reading ended.
  @Test func aLargeTextIsTooLargeWhateverItsCharacters() throws {
    for shift in 0...2 {
      let text = String(repeating: "#", count: shift) + String(repeating: "é", count: 600_000)
      #expect(try error("net.yaml", Array(text.utf8))?.message == "is larger than a network file's limit of 1048576 bytes")
    }
  }

  /// Bytes that begin like a format and end at once are refused, not read beyond.
  @Test func cutFilesAreRefused() throws {
    for (name, bytes, _) in Self.files {
      for count in 0..<min(bytes.count, 40) {
        #expect(try error(name, Array(bytes.prefix(count))) != nil, "\(name) \(count)")
      }
    }
  }
}
