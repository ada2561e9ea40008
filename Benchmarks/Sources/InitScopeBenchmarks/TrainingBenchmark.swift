import ArgumentParser
import Foundation
import InitScope

/// Measures the training of textbook networks, alternately with PyTorch and Keras.
struct TrainingBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "training", abstract: "InitScope's training as a multiple of PyTorch's and Keras's rate.",
    discussion: """
      One epoch of 784-64-32-10 (batch 32, SGD) and of 784-256-128-10 (batch 64, momentum) on Fashion-MNIST; four \
      initializers side by side against one after the other; training steps of a CNN, a simple RNN and an LSTM (batch 32, \
      Adam). A peer runs with one and with two threads, and the faster counts.
      """)

  @Option(help: "Python interpreter that can import torch.") var python = "python3"
  @Option(help: "Python interpreter that can import tensorflow; left out where empty.") var kerasPython = ""
  @Option var rounds = 3

  func run() throws {
    let set = try FashionMNIST.load(limit: nil)
    let table = SampleTable(set, indices: Array(5_000..<60_000), scaling: .unit)
    let data = TrainingData(name: "fashion-mnist", training: table)
    try epochs(data, hidden: [64, 32], batch: 32, momentum: 0, name: "784-64-32-10, batch 32", keras: true)
    try epochs(data, hidden: [256, 128], batch: 64, momentum: 0.9, name: "784-256-128-10, batch 64", keras: false)
    try sideBySide(data)
    try steps()
  }

  private func network(_ hidden: [Int]) throws -> Network {
    try Network(input: .features(784)) {
      for units in hidden { Dense(units, activation: .relu) }
      Dense(10).named("output")
    }
  }

  private func epochs(
    _ data: TrainingData, hidden: [Int], batch: Int, momentum: Double, name: String, keras: Bool
  ) throws {
    let configuration = TrainingConfiguration(
      network: try network(hidden), initializers: [.heNormal], data: data,
      optimizer: .sgd(learningRate: 0.01, momentum: momentum), epochs: 2, batch: batch, replicas: 1)
    var torch: [Double] = [], other: [Double] = []
    for _ in 0..<rounds {
      // The second epoch, since first calls compile kernels.
      let own = try Training(configuration).run().runs[0].epochs[1].seconds
      let sizes = hidden.map(String.init).joined(separator: ",")
      let peer = try [1, 2].map { threads in
        try last(
          "train_torch.py", python,
          [
            "--hidden", sizes, "--batch", "\(batch)", "--momentum", "\(momentum)", "--epochs", "2", "--threads",
            "\(threads)",
          ],
          "seconds")
      }
      torch.append((peer.min() ?? 0) / own)
      print(String(format: "%@: InitScope %.3f s, PyTorch %.3f s (1 thread), %.3f s (2)", name, own, peer[0], peer[1]))
      if keras, !kerasPython.isEmpty {
        let seconds = try last("train_keras.py", kerasPython, [], "seconds")
        other.append(seconds / own)
        print(String(format: "%@: Keras %.3f s", name, seconds))
      }
    }
    print(summary("\(name), one epoch, of PyTorch's rate", torch))
    if !other.isEmpty { print(summary("\(name), one epoch, of Keras's rate", other)) }
  }

  private func sideBySide(_ data: TrainingData) throws {
    var configuration = TrainingConfiguration(
      network: try network([256, 128]), initializers: [.heNormal, .glorotUniform, .orthogonal, .lsuv], data: data,
      optimizer: .sgd(learningRate: 0.01, momentum: 0.9), epochs: 1, batch: 64, replicas: 1)
    var ratios: [Double] = []
    for _ in 0..<rounds {
      configuration.threads = 1
      let alone = try Measuring.seconds { _ = try Training(configuration).run() }
      configuration.threads = 2
      let together = try Measuring.seconds { _ = try Training(configuration).run() }
      ratios.append(alone / together)
    }
    print(summary("four initializers on two threads against one", ratios))
  }

  private func steps() throws {
    let pixels = SampleTable(
      values: (0..<32 * 3072).map { Float(($0 * 7919) % 1000) / 500 - 1 }, features: 3072,
      labels: (0..<32).map { Int32($0 % 10) }, classCount: 10)
    let cnn = try Network(input: .image(channels: 3, height: 32, width: 32)) {
      Conv2D(32, kernel: 3, activation: .relu)
      MaxPool(2)
      Conv2D(64, kernel: 3, activation: .relu)
      MaxPool(2)
      Flatten()
      Dense(64, activation: .relu)
      Dense(10)
    }
    let tokens = SampleTable(
      values: (0..<32 * 200).map { Float(($0 * 7919) % 10_000) }, features: 200, labels: (0..<32).map { Int32($0 % 2) },
      classCount: 2)
    let rnn = try Network(input: .features(200)) {
      Embedding(vocabulary: 10_000, dimension: 32)
      SimpleRNN(32)
      Dense(1)
    }
    let lstm = try Network(input: .features(200)) {
      Embedding(vocabulary: 10_000, dimension: 32)
      LSTM(32)
      Dense(1)
    }
    let cases: [(String, String, Network, SampleTable, Loss, Int)] = [
      ("CNN", "cifar_cnn_ms", cnn, pixels, .crossEntropy, 60),
      ("simple RNN", "simple_rnn_ms", rnn, tokens, .binaryCrossEntropy, 60),
      ("LSTM", "lstm_ms", lstm, tokens, .binaryCrossEntropy, 60),
    ]
    for (name, key, network, table, loss, count) in cases {
      var ratios: [Double] = []
      for _ in 0..<rounds {
        // One batch per epoch; the last epochs, whose kernels are compiled.
        let own = try [1, 2].map { threads in
          let configuration = TrainingConfiguration(
            network: network, initializers: [.glorotUniform], data: TrainingData(name: "batch", training: table), loss: loss,
            optimizer: .adam(), epochs: count, batch: 32, replicas: 1, threads: threads)
          let epochs = try Training(configuration).run().runs[0].epochs.dropFirst(5)
          return 1000 * epochs.map(\.seconds).reduce(0, +) / Double(epochs.count)
        }
        let peer = try [1, 2].map { try last("steps_torch.py", python, ["\($0)"], key) }
        ratios.append((peer.min() ?? 0) / (own.min() ?? 1))
        print(
          String(
            format: "%@ step: InitScope %.2f, %.2f ms (1, 2 threads), PyTorch %.2f, %.2f ms", name, own[0], own[1], peer[0],
            peer[1]))
      }
      print(summary("\(name), training step, of PyTorch's rate", ratios))
    }
  }

  private func summary(_ what: String, _ ratios: [Double]) -> String {
    String(
      format: "== %@: %.2f (%.2f..%.2f), median of %d", what, Measuring.median(ratios), ratios.min() ?? 0, ratios.max() ?? 0,
      ratios.count)
  }

  /// A number from the last line of JSON that a script prints.
  private func last(_ script: String, _ interpreter: String, _ arguments: [String], _ key: String) throws -> Double {
    let process = Process(), pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [interpreter, "Benchmarks/peers/\(script)"] + arguments
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let line = String(decoding: data, as: UTF8.self).split(separator: "\n").last.map(String.init) ?? ""
    guard let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
      let value = object[key] as? Double
    else { throw ValidationError("\(script) printed no JSON with \(key)") }
    return value
  }
}
