import DataSets

/// A PyTorch archive, as torch.save writes it since version 1.6: a zip archive with a pickle that describes the tensors
/// (`data.pkl`) and a stored member for the bytes of each storage (`data/0`, `data/1`, ...).
///
/// Tensors may share a storage, as tied weights do, and may be views of it. Its checksums are not looked at: PyTorch can be
/// told to write none that hold.
struct PyTorchFile: TensorFile {
  let path: String
  let format = "PyTorch archive"
  let entries: [TensorEntry]
  let notes: [String]
  let sharing: [Int]
  let tellsSharing = true
  private let file: FileBytes
  private let views: [View]

  private struct View: Hashable {
    var origin: Int
    var strides: [Int]
    var shape: [Int]
    var type: TensorElementType
    var isContiguous: Bool
  }

  private static let largestPickle = 256 << 20
  /// Bytes that expanded views may come to in a file of any size.
  private static let mostExpanded = 256 << 20
  private static let remedy = "Save the state dict again: torch.save(model.state_dict(), path)"

  init(_ archive: ZipArchive) throws(DataError) {
    let path = archive.path
    func refusal(_ message: String, hint: String = Self.remedy) -> DataError {
      DataError(path: path, message, hint: hint)
    }
    let names = Dictionary(uniqueKeysWithValues: archive.members.map { ($0.name, $0) })
    guard let pickle = archive.members.first(where: { $0.name == "data.pkl" || $0.name.hasSuffix("/data.pkl") }) else {
      throw refusal("is a zip archive without data.pkl or a .npy array: no PyTorch archive, and no .npz")
    }
    let prefix = String(pickle.name.dropLast("data.pkl".count))
    if names[prefix + "constants.pkl"] != nil || archive.members.contains(where: { $0.name.hasPrefix(prefix + "code/") }) {
      throw refusal("is a TorchScript program, as torch.jit.save writes it, which is not read")
    }
    let file = try FileBytes(path: path)
    if let order = names[prefix + "byteorder"], !order.isDeflated, order.length < 16,
      try file.bytes(order.dataOffset..<order.dataOffset + order.length) != Array("little".utf8)
    {
      throw refusal("was written big-endian, which is not read", hint: "Save it on a little-endian machine")
    }
    guard pickle.length <= Self.largestPickle else {
      throw refusal("has a pickle of \(pickle.length) bytes; at most \(Self.largestPickle) are read")
    }
    let bytes = try MemberReader.beginning(of: pickle, file, count: pickle.length)
    var machine = PickleMachine(bytes)
    let contents: CheckpointContents
    do throws(PickleMachine.Problem) {
      let root = try machine.run()
      contents = try CheckpointContents(root, of: machine)
    } catch {
      throw DataError(
        path: archive.path(of: pickle), position: .byte(error.offset), "cannot be read: \(error.message)",
        hint: error.hint ?? Self.remedy)
    }
    guard !contents.tensors.isEmpty else {
      throw contents.chosen == nil && !contents.leftOut.isEmpty
        ? refusal(
          "holds the state of an optimizer and no weights of a model",
          hint: "Give the file of the model: torch.save(model.state_dict(), path)")
        : refusal("holds no tensors")
    }
    var entries: [TensorEntry] = [], views: [View] = [], seen: [String: Int] = [:], sharing: [Int] = [],
      known: [View: Int] = [:]
    var total = 0
    for (name, tensor) in contents.tensors {
      guard seen.updateValue(entries.count, forKey: name) == nil else {
        throw refusal("holds two tensors called '\(name.prefix(120))'")
      }
      let storage = machine.storages[tensor.storage]
      guard let member = names[prefix + "data/" + storage.key] else {
        throw refusal("has no storage '\(storage.key.prefix(40))', in which tensor '\(name.prefix(120))' lies")
      }
      let (entry, view) = try Self.view(name, tensor, storage, member, path)
      let (sum, overflow) = total.addingReportingOverflow(entry.byteCount)
      sharing.append(known[view] ?? entries.count)
      if known.updateValue(sharing[entries.count], forKey: view) == nil {
        total = sum
        // An expanded mask or bias of a small model is larger than its file by any factor.
        guard !overflow, total <= max(file.size * 64, Self.mostExpanded) else {
          throw refusal(
            "describes tensors of more than 64 times the file's size, all views of the same few storages: "
              + "'\(name.prefix(120))' and those before it",
            hint: "Save what they repeat: call contiguous() on parts of them, or leave such buffers out")
        }
      }
      entries.append(entry)
      views.append(view)
    }
    (self.path, self.file, self.entries, self.views, self.sharing) = (path, file, entries, views, sharing)
    let left = contents.leftOut.prefix(6).map { "'\($0.prefix(40))'" }.joined(separator: ", ")
    notes =
      contents.chosen.map {
        left.isEmpty ? [] : ["Read what the checkpoint holds under '\($0)'; \(left) and what is in them are left out."]
      } ?? (left.isEmpty ? [] : ["Left out, because they are the state of an optimizer: \(left)."])
  }

  /// Checks a tensor against its storage.
  private static func view(
    _ name: String, _ tensor: PickleMachine.Tensor, _ storage: PickleMachine.Storage, _ member: ZipArchive.Member,
    _ path: String
  ) throws(DataError) -> (TensorEntry, View) {
    func refusal(_ message: String) -> DataError {
      DataError(path: path, position: .byte(member.dataOffset), "tensor '\(name.prefix(120))' \(message)", hint: remedy)
    }
    guard !member.isDeflated else { throw refusal("lies in a storage that is compressed, as torch.save never writes it") }
    guard let entry = TensorEntry(name: name, type: tensor.type, shape: tensor.shape),
      let span = StridedView.span(shape: tensor.shape, strides: tensor.strides)
    else { throw refusal("has the shape \(tensor.shape) and strides \(tensor.strides), more than 64 bits can count") }
    let size = tensor.type.size
    let (end, overflow) = tensor.offset.addingReportingOverflow(span)
    guard !overflow, entry.count == 0 || end <= member.length / size else {
      throw refusal(
        "reaches to element \(overflow ? "2^63" : "\(end)") of a storage of \(member.length / size) elements: "
          + "the file is truncated or lies")
    }
    let isContiguous = StridedView.isContiguous(shape: tensor.shape, strides: tensor.strides)
    let strides = isContiguous ? [] : tensor.strides
    // The offset times the size fits, since the end does; an empty tensor may lie anywhere.
    let origin = member.dataOffset + (entry.count == 0 ? 0 : tensor.offset * size)
    return (
      entry, View(origin: origin, strides: strides, shape: tensor.shape, type: tensor.type, isContiguous: isContiguous)
    )
  }

  func read(_ index: Int, into memory: BlockMemory, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let view = views[index], entry = entries[index], size = entry.type.size
    guard entry.count > 0 else { return }
    if view.isContiguous {
      return try file.read(view.origin..<view.origin + entry.byteCount, unit: size, into: memory, body)
    }
    try StridedView(shape: view.shape, strides: view.strides, origin: view.origin, elementSize: size)
      .read(file, into: memory, body)
  }
}
