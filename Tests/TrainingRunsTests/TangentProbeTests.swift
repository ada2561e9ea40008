import Foundation
import NetworkGraph
import Testing
import TrainingRuns

/// Tangent readings against closed forms, written out in Double for one linear layer, and against what is known of depth.
@Suite struct TangentProbeTests {
  /// Sixteen samples of four features in three classes; every sample is in the probe's batch.
  static let features = 4, classes = 3, count = 16
  static let values: [Double] = spread(count * features, by: 37, over: 23)
  static let labels: [Int] = (0..<count).map { ($0 * 5) % 3 }
  static let weights: [Double] = spread(classes * features, by: 13, over: 17)

  /// Values in -1...1 without pattern, the same in Float and Double to six digits.
  private static func spread(_ count: Int, by step: Int, over modulus: Int) -> [Double] {
    (0..<count).map { index -> Double in
      let place = (index * step + 5) % modulus
      return 2 * Double(place) / Double(modulus - 1) - 1
    }
  }

  private static func value(_ row: Int, _ feature: Int) -> Double { values[row * features + feature] }

  static func reading() throws -> TangentReading {
    let network = try Network(input: .features(features)) { Dense(classes, hasBias: false).named("output") }
    let table = SampleTable(
      values: values.map(Float.init), features: features, labels: labels.map(Int32.init), classCount: classes)
    let task = try #require(ProbeTask(table, outputs: classes))
    let probe = try TangentProbe(
      network: network, initializer: .heNormal, task: task, seed: 3, given: ["output/weight": weights.map(Float.init)])
    return try #require(probe.measure(replicas: 1, workers: 1).first)
  }

  private static func isClose(_ log10: Double, to value: Double, _ decimals: Double) -> Bool {
    abs(log10 - Foundation.log10(value)) < decimals
  }

  /// `J^T u = sum_i u_i x_i^T`, so that u^T K u is the squared norm of a matrix of 12 numbers. Float keeps six digits.
  @Test func theSignalOfALinearLayerIsItsClosedForm() throws {
    let mean = (0..<Self.classes).map { c -> Double in Double(Self.labels.filter { $0 == c }.count) / Double(Self.count) }
    let codes = Self.labels.map { label -> [Double] in
      (0..<Self.classes).map { (c: Int) -> Double in (c == label ? 1 : 0) - mean[c] }
    }
    let squares: Double = codes.joined().reduce(0.0) { $0 + $1 * $1 }
    var kernel = 0.0
    for c in 0..<Self.classes {
      for f in 0..<Self.features {
        var sum = 0.0
        for row in 0..<Self.count { sum += codes[row][c] * Self.value(row, f) }
        kernel += sum * sum / squares / Double(Self.count)
      }
    }
    let reading = try Self.reading()
    #expect(Self.isClose(reading.signal, to: kernel, 1e-5))
    #expect(Self.isClose(reading.readoutSignal, to: kernel, 1e-5))
  }

  /// The loss, the norm of its gradient, and that norm beside the weights'.
  @Test func theLossOfALinearLayerIsItsClosedForm() throws {
    let start = Self.gradient(Self.residuals(Self.probabilities))
    var loss = 0.0
    for (row, p) in Self.probabilities.enumerated() { loss -= log(p[Self.labels[row]]) / Double(Self.count) }
    let reading = try Self.reading()
    #expect(Self.isClose(reading.loss, to: loss, 1e-5))
    #expect(Self.isClose(reading.gradient, to: Self.norm(start) * Self.norm(start), 1e-5))
    let ratio = pow(Self.norm(start) / Self.norm(Self.weights), 2)
    #expect(Self.isClose(reading.largestUpdate, to: ratio, 1e-5) && reading.smallestUpdate == reading.largestUpdate)
  }

  /// `W v` of a sample, for weights as a list.
  private static func outputs(_ weights: [Double], _ row: Int) -> [Double] {
    (0..<classes).map { c -> Double in
      var sum = 0.0
      for f in 0..<features { sum += weights[c * features + f] * value(row, f) }
      return sum
    }
  }

  /// Root mean squares over samples and outputs, of the outputs and of what is left without their mean over the batch.
  @Test func theOutputsOfALinearLayerHaveTheirSize() throws {
    let outputs = (0..<Self.count).map { Self.outputs(Self.weights, $0) }
    let mean = (0..<Self.classes).map { c in outputs.reduce(0.0) { $0 + $1[c] } / Double(Self.count) }
    var squares = 0.0, rest = 0.0
    for row in outputs {
      for c in 0..<Self.classes {
        squares += row[c] * row[c]
        rest += (row[c] - mean[c]) * (row[c] - mean[c])
      }
    }
    let reading = try Self.reading(), count = Double(Self.count * Self.classes)
    #expect(Self.isClose(reading.outputSize, to: (squares / count).squareRoot(), 1e-5))
    #expect(Self.isClose(reading.outputSpread, to: (rest / count).squareRoot(), 1e-5))
  }

  private static let probabilities: [[Double]] = probabilities(weights)

  private static func probabilities(_ weights: [Double]) -> [[Double]] {
    (0..<count).map { row -> [Double] in
      let powers = outputs(weights, row).map { exp($0) }
      let total: Double = powers.reduce(0, +)
      return powers.map { $0 / total }
    }
  }

  private static func residuals(_ probabilities: [[Double]]) -> [[Double]] {
    probabilities.enumerated().map { row, p -> [Double] in
      p.enumerated().map { c, value -> Double in value - (c == labels[row] ? 1 : 0) }
    }
  }

  /// mean r x^T
  private static func gradient(_ residuals: [[Double]]) -> [Double] {
    var sums = [Double](repeating: 0, count: classes * features)
    for row in 0..<count {
      for c in 0..<classes {
        for f in 0..<features { sums[c * features + f] += residuals[row][c] * value(row, f) / Double(count) }
      }
    }
    return sums
  }

  private static func norm(_ v: [Double]) -> Double { v.reduce(0.0) { $0 + $1 * $1 }.squareRoot() }

  @Test(arguments: [("constant(value=0.1)", true), ("zeros", true), ("he_normal", false)])
  func symmetryIsThatOfWeightsAndGradients(initializer: String, isSymmetric: Bool) throws {
    let network = try Network(input: .features(8)) {
      Dense(16, activation: .tanh)
      Dense(16, activation: .tanh)
      Dense(4).named("output")
    }
    #expect(try Self.reading(of: network, initializer).isSymmetric == isSymmetric)
  }

  /// Zero branches add nothing to inputs that the output layer can learn from: logistic regression, and no symmetry.
  @Test func zeroBranchesBesideASkipAreNotSymmetric() throws {
    let network = try Network(
      input: .features(8),
      placements: [
        .init(name: "branch", layer: Dense(8, activation: .tanh), inputs: [Network.inputName]),
        .init(name: "sum", layer: Add(), inputs: ["branch", Network.inputName]),
        .init(name: "output", layer: Dense(4), inputs: ["sum"]),
      ])
    #expect(try !Self.reading(of: network, "zeros").isSymmetric)
  }

  /// A zero output layer hides the hidden layer from the first backward pass; two small steps later it is seen.
  @Test func whatStartsWithZerosIsMeasuredAfterTheyHaveMoved() throws {
    let network = try Network(input: .features(8)) {
      Dense(16, activation: .tanh)
      Dense(4, weights: .zeros).named("output")
    }
    let reading = try Self.reading(of: network, "lecun_normal")
    #expect(reading.startsWithZeros && !reading.isSymmetric)
    // Before the steps the hidden layer's gradient is an exact zero, and so is all but the readout's part of the kernel.
    #expect(reading.isKnown(\.smallestUpdate) && reading.isKnown(\.outputSize) && reading.signal > reading.readoutSignal)
    let filled = try Network(input: .features(8)) {
      Dense(16, activation: .tanh)
      Dense(4, weights: .lecunNormal).named("output")
    }
    #expect(try !Self.reading(of: filled, "lecun_normal").startsWithZeros)
  }

  /// Every backward pass of zeros that stay zeros leaves the output's bias alone: centred codes sum to nothing there.
  @Test func zerosThatCannotMoveHaveNoSignal() throws {
    let network = try Network(input: .features(8)) {
      Dense(16, activation: .tanh, weights: .zeros)
      Dense(4, weights: .zeros).named("output")
    }
    let reading = try Self.reading(of: network, "lecun_normal")
    #expect(reading.isSymmetric && reading.signal == TangentReading.floor)
  }

  /// Zero matrices under random biases wait for each other: classes are told apart where the first has a gradient. Zeros
  /// behind a rectifier that lets nothing through never move.
  @Test(arguments: [(1, "tanh", 0.3, false), (3, "tanh", 0.3, true), (3, "relu", 0.0, false)])
  func zerosInARowWaitForEachOther(depth: Int, activation: String, bias: Double, waits: Bool) throws {
    let bias = try Initializer(parsingBias: bias == 0 ? "zeros" : "normal(std=\(bias))")
    let activation = try Activation(parsing: activation)
    let network = try Network(input: .features(8)) {
      Dense(16, activation: activation, weights: .zeros, bias: bias).repeated(depth)
      Dense(4, weights: .zeros, bias: bias).named("output")
    }
    let reading = try Self.reading(of: network, "lecun_normal")
    #expect(reading.waitsForZeros == waits, "\(reading)")
  }

  /// A layer of one unit has no copies.
  @Test func oneUnitIsNotSymmetric() throws {
    let network = try Network(input: .features(8)) {
      Dense(1, activation: .tanh)
      Dense(4).named("output")
    }
    #expect(try !Self.reading(of: network, "lecun_normal").isSymmetric)
  }

  /// Two of 400 samples are of the rare class: a batch of 32 drawn without regard to classes misses both in 85% of draws.
  @Test func aRareClassIsInTheBatch() throws {
    let count = 400
    let labels = (0..<count).map { Int32($0 % 200 == 7 ? 1 : 0) }
    let table = SampleTable(
      values: (0..<(4 * count)).map { Float(($0 * 37) % 101) / 50 - 1 }, features: 4, labels: labels, classCount: 2)
    let network = try Network(input: .features(4)) { Dense(1).named("output") }
    let task = try #require(ProbeTask(table, outputs: 1))
    for seed in UInt64(0)..<5 {
      let probe = try TangentProbe(network: network, initializer: .heNormal, task: task, seed: seed)
      let reading = try #require(probe.measure(replicas: 1, workers: 1).first)
      #expect(reading.isKnown(\.signal))
      #expect(abs(reading.minority - log10(2.0 / 400)) < 1e-9)
    }
  }

  /// A mean over positions keeps a seventh of an image's extents: what the class is must survive it.
  @Test func theStandInOfAnImageIsMadeOfPatches() throws {
    let network = try Network(input: .image(channels: 1, height: 28, width: 28)) {
      GlobalAveragePool()
      Dense(10).named("output")
    }
    let task = ProbeTask(standInFor: network, samples: 200, seed: 2), values = task.table.values
    var squares = 0.0, products = 0.0
    for sample in 0..<200 {
      for y in 0..<28 {
        for x in stride(from: 0, to: 28, by: 4) {
          let (a, b) = (Double(values[sample * 784 + y * 28 + x]), Double(values[sample * 784 + y * 28 + x + 1]))
          squares += (a * a + b * b) / 2
          products += a * b
        }
      }
    }
    // Neighbours in a patch share all but the fine half of the noise: 1 - 0.41 / 2. Of 39,200 pairs in 9,800 patches the
    // correlation scatters by less than 0.01; the bound is five times that.
    #expect(abs(products / squares - 0.795) < 0.05)
  }

  /// Outputs that are a bias's and nothing else: what Float's rounding leaves of the classes is no signal.
  @Test func roundingIsNoSignal() throws {
    let network = try Network(input: .features(8)) {
      Dense(16, activation: .tanh, weights: .normal(std: 1e-12))
      Dense(16, activation: .tanh, weights: .normal(std: 1e-12))
      Dense(10, weights: .normal(std: 1e-12)).named("output")
    }
    let reading = try Self.reading(of: network, "lecun_normal")
    #expect(!reading.isKnown(\.signal) && !reading.isKnown(\.noise))
  }

  @Test func aReadingBeyondMeasureIsNotAveraged() {
    func reading(_ spread: Double) -> TangentReading {
      TangentReading(
        loss: 1, signal: 1, noise: 1, gradient: 1, outputSize: 1, outputSpread: spread, readoutSignal: 1, readoutNoise: 1,
        largestUpdate: 1, smallestUpdate: 1, minority: 0.9)
    }
    #expect(TangentReading.mean([reading(0), reading(1e-4)]).outputSpread == -4)
    // Units are alike for good where they are in every drawing; zeros count where one drawing starts with them.
    var alike = reading(1e-4)
    (alike.isSymmetric, alike.startsWithZeros) = (true, true)
    #expect(TangentReading.mean([alike, alike]).isSymmetric && !TangentReading.mean([alike, reading(1e-4)]).isSymmetric)
    #expect(TangentReading.mean([reading(1e-4), alike]).startsWithZeros)
    #expect(!TangentReading.mean([reading(0), reading(0)]).isKnown(\.outputSpread))
  }

  /// Layer normalization passes the gradient of a random output layer to zero weights, another one to each unit.
  @Test func zerosBehindANormalizationAreNotSymmetric() throws {
    let network = try Network(input: .features(8)) {
      Dense(16)
      LayerNorm()
      Dense(4, weights: .lecunNormal).named("output")
    }
    #expect(try !Self.reading(of: network, "zeros").isSymmetric)
  }

  private static func reading(of network: Network, _ initializer: String) throws -> TangentReading {
    let task = ProbeTask(standInFor: network, samples: 64, seed: 1)
    let probe = try TangentProbe(network: network, initializer: try Initializer(parsing: initializer), task: task, seed: 0)
    return try #require(probe.measure(replicas: 1, workers: 1).first)
  }

  @Test func readingsDependOnNothingButTheSeed() throws {
    let network = try Network(input: .features(8)) {
      Dense(16, activation: .tanh)
      Dropout(0.5)
      Dense(4).named("output")
    }
    let task = ProbeTask(standInFor: network, samples: 64, seed: 1)
    let probe = try TangentProbe(network: network, initializer: .heNormal, task: task, seed: 5)
    #expect(try probe.measure(replicas: 3, workers: 1) == probe.measure(replicas: 3, workers: 3))
    let other = try TangentProbe(network: network, initializer: .heNormal, task: task, seed: 6)
    #expect(try probe.measure(replicas: 1, workers: 1) != other.measure(replicas: 1, workers: 1))
  }

  /// The stand-in's cosines: 0.59 within a class, 0.27 between, each from 10,000 features and so within 0.05 (five standard
  /// errors of the class means' own products).
  @Test func theStandInHasTheGeometryOfFashionMNIST() throws {
    let network = try Network(input: .features(10_000)) { Dense(10).named("output") }
    let task = ProbeTask(standInFor: network, samples: 20, seed: 2)
    #expect(!task.isGiven)
    let indices = Array(0..<20)
    func row(_ index: Int) -> [Float] { task.table.subset(index..<(index + 1)).values }
    func cosine(_ a: Int, _ b: Int) -> Double {
      let (x, y) = (row(a), row(b))
      func dot(_ p: [Float], _ q: [Float]) -> Double { zip(p, q).reduce(0.0) { $0 + Double($1.0) * Double($1.1) } }
      return dot(x, y) / (dot(x, x) * dot(y, y)).squareRoot()
    }
    #expect(indices.prefix(10).allSatisfy { abs(cosine($0, $0 + 10) - 0.59) < 0.05 })
    #expect(indices.prefix(9).allSatisfy { abs(cosine($0, $0 + 1) - 0.27) < 0.05 })
  }

  @Test func labelsThatTheOutputsCannotTellApartAreRefused() {
    let table = SampleTable(values: [0, 1, 2, 3], features: 1, labels: [0, 1, 2, 3], classCount: 4)
    #expect(ProbeTask(table, outputs: 4) != nil)
    #expect(ProbeTask(table, outputs: 3) == nil)
    #expect(ProbeTask(SampleTable(values: [0, 1], features: 1), outputs: 3) == nil)
  }
}
