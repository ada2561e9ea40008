/// Recognizes files that people give in place of an ONNX model, by their first bytes.
enum FileSignature {
  /// What the file is, and what to do; nil where nothing speaks against ONNX.
  static func other(than start: [UInt8], size: Int) -> (what: String, hint: String)? {
    func begins(_ text: String, at offset: Int = 0) -> Bool {
      start.count >= offset + text.utf8.count && start.dropFirst(offset).starts(with: text.utf8)
    }
    let export = "Export the model with torch.onnx.export(model, args, \"model.onnx\", dynamo=True, optimize=False)"
    if size == 0 { return ("is empty", "Export or copy it again") }
    if begins("PK\u{3}\u{4}") {
      return ("is a zip archive, as PyTorch's checkpoints and .keras files are, and no ONNX model", export)
    }
    if start.starts(with: [0x89] + Array("HDF\r\n".utf8)) {
      return ("is an HDF5 file and no ONNX model", "Give the .onnx file")
    }
    if start.starts(with: [0x80, 0x02]) || start.starts(with: [0x80, 0x04]) {
      return ("is a Python pickle, as old PyTorch checkpoints are, and no ONNX model", export)
    }
    if begins("GGUF") { return ("is a GGUF file of weights and no ONNX model", export) }
    if begins("ORTM", at: 4) {
      return ("is a model in onnxruntime's own format", "Give the .onnx file that it was made from")
    }
    if begins("TFL3", at: 4) { return ("is a TensorFlow Lite model", "Give the model as ONNX: tf2onnx converts it") }
    if begins("version https://git-lfs") {
      return ("is the pointer that Git LFS leaves in place of a file", "Fetch the file itself: git lfs pull")
    }
    if begins("<!DOCTYPE") || begins("<html") { return ("is a web page and no ONNX model", "Download the file itself") }
    if start.count > 9, start[8] == 0x7B, start[3...7].allSatisfy({ $0 == 0 }) {
      return ("is a safetensors file of weights and no ONNX model", export)
    }
    return nil
  }
}
