/// The format of a file of tensors, told by its first bytes; the name decides only where those cannot.
enum TensorFormat: Equatable {
  case safetensors
  case index
  case zip
  case hdf5
  /// A format that is not read: what it is, and what to do.
  case refused(String, hint: String)

  private static let remedy = "Save the weights with safetensors.torch.save_file(model.state_dict(), \"model.safetensors\")"

  init(beginning: [UInt8], path: String) {
    func starts(_ bytes: [UInt8]) -> Bool { beginning.starts(with: bytes) }
    func has(_ text: String, at place: Int) -> Bool { beginning.dropFirst(place).starts(with: text.utf8) }
    let name = path.lowercased()
    if has("PK", at: 0) {
      self = .zip
    } else if starts([0x89]) && has("HDF", at: 1) {
      self = .hdf5
    } else if has("{", at: 8) && beginning[5...7].allSatisfy({ $0 == 0 }) {
      // Eight bytes of length, then JSON. The length may begin with the bytes 80 02, as a pickle does.
      self = .safetensors
    } else if starts([0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]) {
      // The pickled number 0x1950A86A20F9469CFC6C, with which torch.save began before version 1.6.
      self = .refused(
        "is in PyTorch's legacy format, from before version 1.6, which is not read",
        hint: "Save it again: torch.save(torch.load(path, weights_only=True), path)")
    } else if has("ustar", at: 257) || name.hasSuffix(".tar") || name.hasSuffix(".tar.gz") {
      self = .refused("is a tar archive", hint: "Unpack it, and name the file of weights")
    } else if starts([0x80]) && beginning.count > 1 && (2...5).contains(beginning[1]) {
      self = .refused("is a bare Python pickle, which could run code", hint: Self.remedy)
    } else if has("GGUF", at: 0) {
      self = .refused("is a GGUF file, which holds trained weights, often in coarse numbers", hint: Self.remedy)
    } else if has("{", at: 8) {
      self = .safetensors
    } else if starts([0x93]) && has("NUMPY", at: 1) {
      self = .refused(
        "is one array without a name", hint: "Save arrays by name: numpy.savez(path, **{\"layer.weight\": array})")
    } else if name.hasSuffix(".safetensors") {
      self = .safetensors
    } else if name.hasSuffix(".json") || has("{", at: 0) {
      self = .index
    } else if name.hasSuffix(".onnx") || name.hasSuffix(".pb") {
      self = .refused("is an ONNX or TensorFlow graph, whose weights this version does not read", hint: Self.remedy)
    } else {
      self = .refused(
        beginning.isEmpty ? "is empty" : "is no file of tensors that is known",
        hint: "Give \(TensorFiles.formats)")
    }
  }
}
