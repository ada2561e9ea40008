import Foundation
import TestSupport
import Testing

/// ONNX files as a user gives them to the command.
@Suite struct ModelCommandTests {
  private static let layouts = Repository.fixtures.appending(path: "models/layouts.onnx").path
  private static let arrays = Repository.fixtures.appending(path: "models/layouts.npz").path

  /// A safetensors file of float32 arrays, by hand.
  private static func safetensors(_ tensors: [(name: String, type: String, shape: [Int], bytes: Data)]) -> Data {
    var header: [String] = [], data = Data()
    for tensor in tensors {
      header.append(
        "\"\(tensor.name)\":{\"dtype\":\"\(tensor.type)\",\"shape\":\(tensor.shape),"
          + "\"data_offsets\":[\(data.count),\(data.count + tensor.bytes.count)]}")
      data += tensor.bytes
    }
    let text = Data("{\(header.joined(separator: ","))}".utf8)
    var length = UInt64(text.count).littleEndian
    return Data(bytes: &length, count: 8) + text + data
  }

  private static func floats(_ count: Int, _ value: Float = 1) -> Data {
    [Float](repeating: value, count: count).withUnsafeBytes { Data($0) }
  }

  private static func integers(_ values: [Int64]) -> Data { values.withUnsafeBytes { Data($0) } }

  @Test func anAuditHasEveryLayerAndParameterOfTheModel() throws {
    let run = try Command.run("audit", Self.layouts, "--input", Self.arrays, "--json", "--no-png")
    #expect(run.status == 0)
    let first = try #require((try run.json()["runs"] as? [[String: Any]])?.first)
    #expect(first["initializer"] as? String == "file")
    let parameters = try #require(first["parameters"] as? [[String: Any]])
    #expect(
      Set(parameters.compactMap { $0["name"] as? String }) == [
        "conv.weight", "conv.bias", "norm.weight", "norm.bias", "mix.weight", "mix.bias", "out.weight", "out.bias",
      ])
    let table = try Command.run("audit", Self.layouts, "--no-png", "--init", "file,he_normal,lsuv")
    #expect(table.status == 0 && table.output.contains("he_normal") && table.output.contains("lsuv"))
    #expect(table.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
  }

  @Test func describeShowsTheGraphsLayers() throws {
    let run = try Command.run("describe", Self.layouts)
    #expect(run.status == 0)
    for name in ["conv", "norm", "mix", "out"] { #expect(run.output.contains(name)) }
  }

  /// Arrays that do not fit are refused with what is given and what is needed, before anything runs.
  @Test func arraysThatDoNotFitAreNamed() throws {
    let directory = try TemporaryDirectory()
    let x = ("x", "F32", [16, 3, 20], Self.floats(960))
    let cases: [(tensors: [(name: String, type: String, shape: [Int], bytes: Data)], backward: String, message: String)] = [
      ([("y", "F32", [16, 3, 20], Self.floats(960))], "gaussian", "the model has no input of that name"),
      (
        [("x", "F32", [16, 20, 3], Self.floats(960))], "gaussian",
        "the array 'x' is 16 x 20 x 3, the model takes 16 x 3 x 20"
      ),
      ([("x", "I64", [2], Self.integers([1, 2]))], "gaussian", "the array 'x' is 2, the model takes"),
      ([x, ("cotangent", "F32", [3], Self.floats(3))], "gaussian", "has 3 values, the model's output 64"),
      (
        [x, ("labels", "I64", [4], Self.integers([0, 1, 2, 3]))], "cross_entropy",
        "has 4 labels, and the model's output (16 x 4) makes 16 predictions"
      ),
      (
        [x, ("labels", "I64", [16], Self.integers([Int64](repeating: 7, count: 16)))], "cross_entropy",
        "class 0 of the array 'labels' is 7"
      ),
      ([x, ("labels", "F32", [16], Self.floats(16, 0.5))], "cross_entropy", "where a whole number belongs"),
      ([x, ("labels", "I64", [16], Self.integers([Int64](repeating: 1, count: 16)))], "gaussian", "takes none"),
    ]
    for (tensors, backward, message) in cases {
      try Self.safetensors(tensors).write(to: URL(filePath: directory.path).appending(path: "in.safetensors"))
      let run = try Command.run(
        "audit", Self.layouts, "--input", "in.safetensors", "--backward", backward, "--no-png", in: directory)
      #expect(run.status == 2 && run.message.contains(message), "\(message): \(run.status) \(run.message)")
    }
  }

  /// A class for each place of an image: PyTorch's cross_entropy has the classes in the second axis, and so has this one.
  /// Single precision against double: sums of 192 predictions differ by less than 1e-5 of their size.
  @Test func classesOfAnImagesPlacesAreItsSecondAxis() throws {
    struct Reference: Decodable {
      var loss: Double
      var gradients: [String: Double]
    }
    let folder = Repository.fixtures.appending(path: "models")
    let wanted = try JSONDecoder().decode(
      Reference.self, from: Data(contentsOf: folder.appending(path: "segmentation.json")))
    let run = try Command.run(
      "audit", folder.appending(path: "segmentation.onnx").path, "--input",
      folder.appending(path: "segmentation.npz").path, "--backward", "cross_entropy", "--no-png", "--no-verdict", "--json")
    #expect(run.message.contains("axis 1 of the output (4 x 4 x 6 x 8) for the 4 classes"), "\(run.message)")
    let report = try #require((try run.json()["runs"] as? [[String: Any]])?.first)
    #expect(abs(try #require(report["lossAtInitialization"] as? Double) - wanted.loss) < 1e-5 * wanted.loss)
    #expect(abs(try #require(report["lossOfGuess"] as? Double) - log(4)) < 1e-12)
    let layers = try #require(report["layers"] as? [[String: Any]])
    for (layer, name) in [(0, "0.weight"), (1, "2.weight")] {
      let gradient = try #require((layers[layer]["weightGradient"] as? [String: Any])?["secondMoment"] as? Double)
      let expected = try #require(wanted.gradients[name])
      #expect(abs(gradient - expected) < 1e-5 * expected, "\(name): \(gradient), not \(expected)")
    }
  }

  /// The number of samples that an export left open is `--batch`, as it is for networks of our own.
  @Test func batchGivesTheSamplesThatAFileLeavesOpen() throws {
    let open = Repository.fixtures.appending(path: "models/small/open.onnx").path
    func run(_ path: String, _ arguments: String...) throws -> Command {
      try Command.run(
        Command.program, ["audit", path, "--no-png", "--no-verdict"] + arguments, in: nil, input: "", environment: [:])
    }
    #expect(try run(open, "--batch", "7").output.contains("batch 7,"))
    #expect(try run(open, "--dim", "samples=9").output.contains("batch 9,"))
    #expect(try run(open).message.contains("chosen: samples = 8"))
    let both = try run(open, "--batch", "7", "--dim", "samples=9")
    #expect(both.status == 2 && both.message.contains("both give the number of samples"), "\(both.message)")
    let fixed = try run(Self.layouts, "--batch", "7")
    #expect(fixed.status == 2 && fixed.message.contains("number of samples is fixed at 16"), "\(fixed.message)")
  }

  /// Bounds name the number of samples, which a model may have fixed at that.
  @Test func boundsOfAModelAreReadAgain() throws {
    let directory = try TemporaryDirectory()
    let written = try Command.run("check", Self.layouts, "--init", "file", "--init-bounds", "bounds.yaml", in: directory)
    #expect(written.status == 0, "\(written.message)")
    let checked = try Command.run("check", Self.layouts, "--init", "file", "--bounds", "bounds.yaml", in: directory)
    #expect(checked.status == 0, "\(checked.message)\(checked.output)")
  }

  @Test func aModelThatDoesNotFitIntoMemoryIsRefusedEarly() throws {
    let run = try Command.run("audit", Self.layouts, "--memory", "1M", "--no-png")
    #expect(run.status == 2 && run.message.contains("MiB"), "\(run.message)")
  }

  @Test func checkPassesAModelThatIsWell() throws {
    let run = try Command.run("check", Self.layouts, "--no-verdict")
    #expect(run.status == 0 || run.status == 1)
    #expect(run.signal == nil && !run.output.isEmpty)
  }

  // MARK: fix

  /// What is written is what the next audit of it measures, in each format.
  @Test func fixedWeightsAreAuditedAsTheyWereDrawn() throws {
    let directory = try TemporaryDirectory()
    func moments(_ arguments: [String]) throws -> [String: Double] {
      let run = try Command.run(
        Command.program, ["audit"] + arguments + ["--json", "--no-png", "--seeds", "1"], in: directory, input: "",
        environment: [:])
      #expect(run.status == 0, "\(run.message)")
      let first = try #require((try run.json()["runs"] as? [[String: Any]])?.first)
      let parameters = try #require(first["parameters"] as? [[String: Any]])
      return Dictionary(
        uniqueKeysWithValues: parameters.map { ($0["name"] as? String ?? "", $0["secondMoment"] as? Double ?? .nan) })
    }
    let expected = try moments([Self.layouts, "--init", "he_normal"])
    for name in ["drawn.onnx", "drawn.safetensors", "drawn.npz"] {
      let run = try Command.run("fix", Self.layouts, "--init", "he_normal", "--output", name, in: directory)
      #expect(run.status == 0 && run.message.contains("wrote \(name)"), "\(run.message)")
      let got = try moments(name.hasSuffix(".onnx") ? [name] : [Self.layouts, "--weights", name])
      #expect(got == expected, "\(name)")
    }
    #expect(try directory.files() == ["drawn.onnx", "drawn.safetensors", "drawn.npz"])
  }

  /// Other weights stand beside drawn ones: biases and gains come from there.
  @Test func otherWeightsGoWithDrawnOnes() throws {
    let directory = try TemporaryDirectory()
    let fix = try Command.run("fix", Self.layouts, "--init", "file", "--output", "w.npz", in: directory)
    #expect(fix.status == 0)
    let run = try Command.run(
      "audit", Self.layouts, "--weights", "w.npz", "--init", "he_normal", "--no-png", "--no-verdict", in: directory)
    #expect(run.status == 0, "\(run.message)")
    let preset = try Command.run("audit", "mlp", "--weights", "w.npz", "--no-png", in: directory)
    #expect(preset.status == 64 && preset.message.contains("--weights gives a model's file other weights"))
  }

  @Test func fixChoosesAnInitializerThatIsExpectedToTrain() throws {
    let directory = try TemporaryDirectory()
    let run = try Command.run("fix", Self.layouts, "--output", "drawn.npz", in: directory)
    #expect(run.message.contains("expected to train"))
    let isEmpty = try directory.files().isEmpty
    #expect(run.status == (isEmpty ? 1 : 0))
  }

  /// What was asked for is written, and what becomes of it is said.
  @Test(arguments: [("zeros", "these weights"), ("he_normal", "these weights"), ("file", "took ")])
  func fixSaysWhatBecomesOfAnInitializer(_ name: String, _ words: String) throws {
    let directory = try TemporaryDirectory()
    let run = try Command.run("fix", Self.layouts, "--init", name, "--output", "drawn.npz", in: directory)
    #expect(run.status == 0 && run.message.contains(words), "\(run.message)")
    #expect(try directory.files() == ["drawn.npz"])
  }

  @Test func fixSaysWhatItCannotDo() throws {
    let directory = try TemporaryDirectory()
    func message(_ arguments: String..., status: Int32) throws -> String {
      let run = try Command.run(Command.program, ["fix"] + arguments, in: directory, input: "", environment: [:])
      #expect(run.status == status, "\(arguments): \(run.message)")
      return run.message
    }
    #expect(try message(Self.layouts, "--output", "w.pt", status: 64).contains(".safetensors, .npz or .onnx"))
    #expect(try message("none.onnx", "--init", "lsuv", "--output", "w.npz", status: 2).contains("none.onnx"))
    #expect(
      try message(Self.layouts, "--init", "lsuv", "--output", "no/w.npz", status: 2).contains("no"))
    try directory.write("nodes: []", as: "net.yaml")
    #expect(try message("net.yaml", "--init", "lsuv", "--output", "w.npz", status: 2).contains("net.yaml"))
    #expect(
      try message(Self.layouts, "--weights", "net.yaml", "--init", "file", "--output", "w.npz", status: 2).contains(
        "net.yaml"))
    #expect(try directory.files() == ["net.yaml"])
  }
}
