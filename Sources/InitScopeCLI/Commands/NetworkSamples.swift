import ArgumentParser
import InitScope
import Spelling
import TensorKernels

/// A network and the samples that it takes: the one place where the commands bring a source and a network together.
///
/// A network file is read first, since a text is cut to the length and vocabulary that it declares; a preset is made for the
/// samples. What comes out is fitted: axes agree, token ids are checked and never scaled, classes are classes.
struct NetworkSamples {
  var network: Network
  /// What is learnt from and what is held out; nil for `gaussian` and `uniform`, which the engine draws.
  var splits: DataSplits?
  /// The file that describes the network; nil for a preset.
  var model: ModelFile?

  /// - Parameters:
  ///   - limit: Samples to read of a large set, without what it holds out; nil for everything.
  ///   - preset: The network where no file describes it, for samples of that set.
  /// - Throws: `DataError`, and what reading the network throws.
  static func load(
    _ source: DataSource, _ data: DataArguments, seed: UInt64, limit: Int?, arguments: NetworkArguments,
    preset: ((any SampleSet)?) throws -> Network
  ) throws -> NetworkSamples {
    let model = arguments.isFile ? try arguments.model() : nil
    let file = model?.network
    let options = data.options(seed: seed, network: file)
    let splits: DataSplits?
    switch source {
    case .gaussian, .uniform:
      if let given = data.given.first(where: { ![.sequenceLength, .vocabulary].contains($0.name) }) {
        let file = given.name == .labels ? "FILE.npy" : "FILE.csv"
        throw ValidationError("--\(given.name.rawValue) needs --input \(file), and the input is \(source).")
      }
      // Options that mean nothing are refused, not ignored.
      _ = try source.load(limit: limit, options)
      splits = nil
    case .digits, .iris: splits = try read(source, options, limit)
    // Reading a file takes one thread as long as compiling a kernel takes the other.
    default: splits = try KernelLibrary.warmingUp { try read(source, options, limit) }
    }
    if file == nil, let set = splits?.training { try refuseChannelsLast(set) }
    let network = try file ?? preset(splits?.training)
    guard let splits else { return NetworkSamples(network: network, splits: nil, model: model) }
    let origin = file == nil ? NetworkOrigin.preset : .file
    let fitted = DataSplits(
      name: splits.name, training: try splits.training.fitted(to: network, from: origin),
      test: try splits.test.map { test throws(DataError) in try test.fitted(to: network, from: origin) })
    // A network that takes them takes an id and the answers, too.
    if let remark = TableColumns.remark(on: fitted.training) { Console.message("Note: in \(splits.name) \(remark)") }
    return NetworkSamples(network: network, splits: fitted, model: model)
  }

  private static func read(
    _ source: DataSource, _ options: LoadingOptions, _ limit: Int?
  ) throws(DataError) -> DataSplits? {
    guard let limit else { return try source.loadSplits(options) }
    return try source.load(limit: limit, options).map { DataSplits(name: source.name, training: $0, test: nil) }
  }

  /// A preset takes an array's axes for channels, height and width.
  private static func refuseChannelsLast(_ set: any SampleSet) throws(DataError) {
    if let error = set.channelsLastProblem { throw error }
  }
}
