import DataSets

/// Opens files of named tensors, whatever their format.
package enum TensorFiles {
  /// What `open` reads, for messages.
  package static let formats =
    "safetensors (or the index.json of its shards), a PyTorch archive (.pt, .pth, .bin), .npz, or "
    + "Keras (.keras, .weights.h5)"

  /// Opens the file at `path`; its format is told by its first bytes, not by its name.
  ///
  /// A directory stands for the model file that it holds under its usual name.
  ///
  /// - Throws: `DataError` naming the byte and the remedy, also for a format that is not read.
  package static func open(path: String) throws(DataError) -> any TensorFile {
    if InputFile.isDirectory(path) { return try open(path: fileOfDirectory(path)) }
    let beginning = try InputFile(path: path).bytes(0..<64)
    switch TensorFormat(beginning: beginning, path: path) {
    case .safetensors: return try SafetensorsFile(path: path)
    case .index: return try ShardedFile(path: path)
    case .hdf5: return try HDF5File(path: path)
    case .zip:
      let archive = try ZipArchive(path: path, limits: .checkpoint)
      if HDF5File.isKeras(archive) { return try HDF5File(archive) }
      if archive.members.contains(where: { $0.name.hasSuffix(".npy") }) { return try NPZFile(archive) }
      return try PyTorchFile(archive)
    case .refused(let what, let hint): throw DataError(path: path, what, hint: hint)
    }
  }

  /// The usual names of a model's weights within its directory, in the order in which they are looked for.
  private static let usualNames = [
    "model.safetensors.index.json", "model.safetensors", "pytorch_model.bin.index.json", "pytorch_model.bin",
    "diffusion_pytorch_model.safetensors.index.json", "diffusion_pytorch_model.safetensors", "adapter_model.safetensors",
    "adapter_model.bin", "consolidated.00.pth",
  ]

  private static func fileOfDirectory(_ path: String) throws(DataError) -> String {
    let prefix = path.hasSuffix("/") ? path : path + "/"
    for name in usualNames where InputFile.exists(prefix + name) { return prefix + name }
    throw DataError(
      path: path, "is a directory without \(usualNames.prefix(4).joined(separator: ", "))", hint: "Name the file of weights")
  }
}
