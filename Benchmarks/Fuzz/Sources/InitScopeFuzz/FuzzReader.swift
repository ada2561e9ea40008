import Foundation
import InitScope

/// A reader of untrusted files. It may refuse a file by throwing; a trap, a memory error or a hang is a fault.
struct FuzzReader: Sendable {
  var name: String
  var read: @Sendable (Data) -> Void

  static let all: [FuzzReader] = [
    FuzzReader(name: "npy") { load(.npy(path: Scratch.write($0, as: "x.npy"))) },
    FuzzReader(name: "zip") { load(.npz(path: Scratch.write($0, as: "x.npz"))) },
    FuzzReader(name: "npz") { load(.npz(path: Scratch.write(archive(of: $0, pairs: [("x.npy", "y.npy")]), as: "x.npz"))) },
    FuzzReader(name: "idx") { data in
      let (images, labels) = halves(data)
      Scratch.write(images, as: "train-images-idx3-ubyte")
      Scratch.write(labels, as: "train-labels-idx1-ubyte")
      load(.mnist(directory: Scratch.path))
    },
    FuzzReader(name: "gzip") { data in
      Scratch.write(data, as: "train-images-idx3-ubyte.gz")
      Scratch.write(Data([0, 0, 8, 1, 0, 0, 0, 1, 0]), as: "train-labels-idx1-ubyte")
      load(.mnist(directory: Scratch.path))
    },
    FuzzReader(name: "cifar") { data in
      // Records of 3073 bytes: the input's own end is repeated up to a multiple of them where its first byte is odd.
      var bytes = data
      if let first = data.first, first % 2 == 1 { bytes += Data(repeating: first, count: 3073 - data.count % 3073) }
      for index in 1...5 { Scratch.write(bytes, as: "data_batch_\(index).bin") }
      load(.cifar10(directory: Scratch.path))
    },
    FuzzReader(name: "csv") { load(.csv(path: Scratch.write($0, as: "x.csv"))) },
    FuzzReader(name: "text") { load(.text(path: Scratch.write($0, as: "text.csv"))) },
    FuzzReader(name: "imdb") { data in
      load(.imdb(path: Scratch.write(archive(of: data, pairs: [("x_train.npy", "y_train.npy")]), as: "imdb.npz")))
    },
    FuzzReader(name: "tensors") { audit(Scratch.write($0, as: "x.bin")) },
    FuzzReader(name: "safetensors") { data in
      // The header's length is put before the input, so that its JSON is reached.
      let (header, values) = halves(data)
      let length = Data((0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) })
      audit(Scratch.write(length + header + values, as: "x.safetensors"))
    },
    FuzzReader(name: "pickle") { data in
      let (pickle, storage) = halves(data)
      audit(Scratch.write(StoredZip.archive([("x/data.pkl", pickle), ("x/data/0", storage)]), as: "x.pt"))
    },
    FuzzReader(name: "shards") { audit(Scratch.write($0, as: "x.index.json")) },
    FuzzReader(name: "scheme") { data in
      let text = String(decoding: data, as: UTF8.self)
      _ = try? SchemeFile.read(text, path: "x")
      _ = try? WeightBoundsFile.read(text, path: "x")
      _ = try? DeclaredLaw(parsing: text)
      _ = try? ModelConfiguration.read(path: Scratch.write(data, as: "config.json"))
    },
    FuzzReader(name: "network") { FuzzNetwork.read(String(decoding: $0, as: UTF8.self)) },
    FuzzReader(name: "keras") { FuzzNetwork.readKeras([UInt8]($0)) },
    FuzzReader(name: "keras-archive") { data in
      let (configuration, about) = halves(data)
      let archive = StoredZip.archive([("metadata.json", about), ("config.json", configuration)])
      _ = try? ModelFile.read(path: Scratch.write(archive, as: "model.keras"))
    },
    FuzzReader(name: "keras-zip") { _ = try? ModelFile.read(path: Scratch.write($0, as: "whole.keras")) },
    FuzzReader(name: "hdf5-answer") { data in
      let wanted: Set = ["w", "layers/dense/vars/0", "layers/dense/vars/1"]
      _ = try? HDF5Reader.check(answer: [UInt8](data), wanted: wanted, largestCount: 1000)
      _ = try? HDF5Reader.check(answer: [UInt8](data), wanted: nil, largestCount: 1000)
    },
    FuzzReader(name: "bounds") { FuzzNetwork.readBounds(String(decoding: $0, as: UTF8.self)) },
    FuzzReader(name: "baseline") { data in
      guard let report = try? AuditJSON.decode([UInt8](data)) else { return }
      FuzzNetwork.compare(with: report)
      _ = AuditJSON.encode(report)
      _ = AuditCSV.encode(report)
    },
    FuzzReader(name: "specification") { FuzzSpecification.read(String(decoding: $0, as: UTF8.self)) },
    FuzzReader(name: "checkpoint") { FuzzCheckpoint.read($0) },
    FuzzReader(name: "onnx") { FuzzONNX.read(path: Scratch.write($0, as: "x.onnx")) },
  ]

  /// Measures and judges a file of weights, and writes what was found.
  private static func audit(_ path: String) {
    guard let report = try? WeightAudit.run(WeightAuditConfiguration(path: path, threads: 1)) else { return }
    _ = WeightJSON.encode(report, version: "0")
  }

  /// Reads all of a source as training does, takes a batch as an audit does, and removes the files again.
  private static func load(_ source: DataSource) {
    if let set = try? source.load() { fill(set) }
    if let splits = try? source.loadSplits() {
      fill(splits.training)
      if let test = splits.test { fill(test) }
      _ = try? TrainingData(splits.training, test: splits.test, validation: nil, scaling: .standardized, seed: 1)
    }
  }

  private static func fill(_ set: any SampleSet) {
    let count = min(3, set.count)
    guard set.featureCount < 1 << 20 else { return }
    var values = [Float](repeating: 0, count: count * set.featureCount)
    for scaling in Scaling.allCases {
      values.withUnsafeMutableBufferPointer { set.fill($0, indices: Array(set.count - count..<set.count), scaling: scaling) }
    }
  }

  /// Splits the input in two parts, at the place that its first two bytes give.
  private static func halves(_ data: Data) -> (Data, Data) {
    let bytes = [UInt8](data)
    guard bytes.count > 2 else { return (data, Data()) }
    let place = 2 + (Int(bytes[0]) | Int(bytes[1]) << 8) % (bytes.count - 1)
    return (Data(bytes[2..<max(2, min(place, bytes.count))]), Data(bytes[max(2, min(place, bytes.count))...]))
  }

  /// Makes a valid archive of the input's two parts, so that the readers of their contents are reached.
  private static func archive(of data: Data, pairs: [(String, String)]) -> Data {
    let (first, second) = halves(data)
    return StoredZip.archive(pairs.flatMap { [($0.0, first), ($0.1, second)] })
  }
}
