import Foundation
import GraphImport
import NetworkGraph
import ONNXFiles
import SignalPropagation
import TensorFiles
import Testing
import WeightWriting

/// Written weights against PyTorch's own: an export with optimize=False holds the state dictionary tensor by tensor.
@Suite struct WeightWriterTests {
  private static func floats(_ file: any TensorFile, _ index: Int) throws -> [Float] {
    var values: [Float] = []
    try file.read(index, into: BlockMemory()) { values += Array($0.bindMemory(to: Float.self)) }
    return values
  }

  /// The tensors of PyTorch's file by name.
  private static func stateDictionary(_ model: StoredModel) throws -> [String: ONNXTensor] {
    let file = try ONNXModel(path: model.unpacked("noopt.onnx"))
    return Dictionary(uniqueKeysWithValues: file.graph.initializers.map { ($0.name, $0) })
  }

  /// The optimized file has matrices turned around, gates in another order, equal tensors merged: what is written of it is
  /// PyTorch's own, to the bit.
  @Test(arguments: StoredModel.names) func weightsOfTheFileArePyTorchsOwn(_ name: String) throws {
    let model = try StoredModel(name), own = try Self.stateDictionary(model)
    let optimized = try model.unpacked("default.onnx")
    let tensors = try model.tensors(optimized, .file)
    let writer = WeightWriter(tensors, of: optimized), path = model.path("weights.safetensors")
    #expect(try writer.write(to: path, as: .safetensors) == [path])
    let file = try TensorFiles.open(path: path)
    // A tied tensor has more than one name. The export stores it under one of them.
    let aliases = Dictionary(
      uniqueKeysWithValues: tensors.flatMap { tensor in
        (tensor.parameter.source?.aliases ?? []).map { ($0, tensor.parameter.name) }
      })
    #expect(file.entries.count + writer.leftOut.count == tensors.count + aliases.count && !file.entries.isEmpty)
    for (index, entry) in file.entries.enumerated() {
      let name = aliases[entry.name] ?? entry.name
      let expected = try #require(own[entry.name] ?? own[name], "\(entry.name) is none of the state dictionary's")
      #expect(entry.shape == expected.dims, "\(entry.name)")
      #expect(try Self.floats(file, index) == expected.floats(), "\(entry.name)")
    }
    // The same in NumPy's format.
    let arrays = model.path("weights.npz")
    _ = try writer.write(to: arrays, as: .npz)
    let npz = try TensorFiles.open(path: arrays)
    #expect(npz.entries.map(\.name) == file.entries.map(\.name) && npz.entries.map(\.shape) == file.entries.map(\.shape))
    for index in npz.entries.indices {
      #expect(try Self.floats(npz, index) == Self.floats(file, index), "\(npz.entries[index].name)")
    }
  }

  /// A model written as ONNX holds the drawn values, and everything else as it was.
  @Test(arguments: ["gpt2_sdpa", "lstm", "unet", "vit"]) func drawnModelsAreReadAgain(_ name: String) throws {
    let model = try StoredModel(name), path = try model.unpacked("noopt.onnx")
    let tensors = try model.tensors(path, .heNormal), drawn = model.path("drawn.onnx")
    #expect(tensors.contains(where: \.isNew) && tensors.contains { !$0.isNew })
    #expect(try WeightWriter(tensors, of: path).write(to: drawn, as: .onnx) == [drawn])
    let again = try model.tensors(drawn, .file)
    #expect(again.map(\.parameter.name) == tensors.map(\.parameter.name))
    for (old, new) in zip(tensors, again) { #expect(old.values == new.values, "\(old.parameter.name)") }
    let (before, after) = (try ONNXModel(path: path), try ONNXModel(path: drawn))
    #expect(after.graph.nodes.map(\.name) == before.graph.nodes.map(\.name))
    #expect(after.graph.initializers.map(\.name) == before.graph.initializers.map(\.name))
    #expect(after.graph.initializers.map(\.dims) == before.graph.initializers.map(\.dims))
  }

  /// Tensors with data in a file beside the model get a new file beside the new one.
  @Test func tensorsBesideAModelAreWrittenBesideTheNewOne() throws {
    let model = try StoredModel("mlp_bn"), path = try model.unpacked("noopt.onnx")
    let outside = try ExternalCopy.write(path, to: model.path("outside.onnx"))
    let tensors = try model.tensors(outside, .heNormal)
    try FileManager.default.createDirectory(atPath: model.path("new"), withIntermediateDirectories: true)
    let drawn = model.path("new/drawn.onnx")
    #expect(try WeightWriter(tensors, of: outside).write(to: drawn, as: .onnx) == [drawn + ".data", drawn])
    let again = try model.tensors(drawn, .file)
    for (old, new) in zip(tensors, again) { #expect(old.values == new.values, "\(old.parameter.name)") }
  }

  /// Weights go into a model by name, in the model's own layout.
  @Test(arguments: ["lstm", "transformer_encoder", "gpt2_sdpa"]) func weightsReplaceAModelsOwn(_ name: String) throws {
    let model = try StoredModel(name), path = try model.unpacked("noopt.onnx")
    let tensors = try model.tensors(path, .orthogonal), weights = model.path("weights.safetensors")
    _ = try WeightWriter(tensors, of: path).write(to: weights, as: .safetensors)
    let optimized = try ONNXImport.model(path: model.unpacked("default.onnx")).replacingWeights(path: weights)
    let drawn = Dictionary(uniqueKeysWithValues: tensors.map { ($0.parameter.name, $0) })
    var compared = 0
    for parameter in optimized.graph.parameters where !(parameter.source?.isComputed ?? true) {
      let expected = try #require(drawn[parameter.name], "\(parameter.name)")
      var values = [Float](repeating: 0, count: parameter.shape.count)
      try values.withUnsafeMutableBufferPointer { try parameter.load($0) }
      let own = values.withUnsafeBufferPointer { parameter.inModelOrder($0) }
      #expect(own == expected.values.withUnsafeBufferPointer { expected.parameter.inModelOrder($0) }, "\(parameter.name)")
      compared += 1
    }
    #expect(compared > 10)
  }

  /// Weights of another file are written into a model, also a token that the export copied for each sample.
  @Test(arguments: ["vit", "lstm"]) func replacedWeightsAreWritten(_ name: String) throws {
    let model = try StoredModel(name), path = try model.unpacked("noopt.onnx"),
      optimized = try model.unpacked("default.onnx")
    var other = try model.tensors(path, .orthogonal)
    for place in other.indices where other[place].values.count < 200 {
      other[place].values = other[place].values.indices.map { Float($0) / 8 }
      other[place].isNew = true
    }
    let weights = model.path("weights.npz"), written = model.path("written.onnx")
    _ = try WeightWriter(other, of: path).write(to: weights, as: .npz)
    let given = try ONNXImport.model(path: optimized).replacingWeights(path: weights)
    let tensors = try AuditConfiguration(model: given, initializers: [.file]).drawnTensors() ?? []
    let expected = Dictionary(uniqueKeysWithValues: other.map { ($0.parameter.name, $0) })
    do {
      _ = try WeightWriter(tensors, of: optimized).write(to: written, as: .onnx)
    } catch let error as WeightWritingError {
      // Biases that the export merged differ now, which one tensor cannot hold.
      #expect(error.message.contains("in one tensor"))
      return
    }
    var compared = 0
    for tensor in try model.tensors(written, .file) where !(tensor.parameter.source?.isComputed ?? true) {
      let own = tensor.values.withUnsafeBufferPointer { tensor.parameter.inModelOrder($0) }
      let wanted = try #require(expected[tensor.parameter.name])
      #expect(own == wanted.values.withUnsafeBufferPointer { wanted.parameter.inModelOrder($0) }, "\(tensor.parameter.name)")
      compared += 1
    }
    #expect(compared > 10)
  }

  @Test func weightsOfAnotherModelAreRefused() throws {
    let lstm = try StoredModel("lstm"), vit = try StoredModel("vit")
    let path = try vit.unpacked("noopt.onnx"), weights = vit.path("weights.npz")
    _ = try WeightWriter(vit.tensors(path, .file), of: path).write(to: weights, as: .npz)
    let other = try ONNXImport.model(path: lstm.unpacked("noopt.onnx"))
    let error = #expect(throws: (any Error).self) { try other.replacingWeights(path: weights) }
    #expect(error.map { "\($0)".contains("holds none of the model's tensors") } ?? false)
  }

  /// One stored tensor that stands for several of the model's cannot take two draws.
  @Test func mergedTensorsAreRefusedInONNX() throws {
    let model = try StoredModel("bert"), path = try model.unpacked("default.onnx")
    let tensors = try model.tensors(path, .file)
    var changed = tensors
    let merged = Dictionary(grouping: tensors.indices) { tensors[$0].parameter.source?.tensor ?? "" }
    let group = try #require(merged.values.first { $0.count > 1 && tensors[$0[0]].parameter.source?.elements == nil })
    changed[group[0]].values[0] += 1
    changed[group[0]].isNew = true
    let error = #expect(throws: WeightWritingError.self) {
      try WeightWriter(changed, of: path).write(to: model.path("new.onnx"), as: .onnx)
    }
    #expect(error?.description.contains("in one tensor") ?? false)
    #expect(!FileManager.default.fileExists(atPath: model.path("new.onnx")))
  }
}
