import Foundation
import LayerKernels
import NetworkGraph
import TestSupport
import Testing

/// The loss that audit and training share, against PyTorch's formulas at 50 digits (Fixtures/reference/losses.py).
@Suite struct BatchLossTests {
  struct Case: Decodable, CustomStringConvertible {
    enum Answers: Decodable {
      case classes([Int32])
      case quantities([[Float]])
      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let classes = try? container.decode([Int32].self) {
          self = .classes(classes)
        } else {
          self = .quantities(try container.decode([[Float]].self))
        }
      }
    }
    var loss: Loss
    var exponent: Double
    var outputs: [[Float]]
    var answers: Answers
    var log2Value: Double?
    /// Sign and binary logarithm.
    var gradient: [[Double?]]
    var description: String { "\(loss.rawValue) at 2^\(exponent)" }
  }

  static let cases: [Case] = {
    struct File: Decodable { var cases: [Case] }
    return (try? Repository.reference("losses.json", as: File.self))?.cases ?? []
  }()

  @Test func theFixtureIsThere() { #expect(Self.cases.count == 24) }

  @Test(arguments: cases) func valueAndGradientArePyTorchs(reference: Case) throws {
    let rows = reference.outputs.count, outputs = reference.outputs[0].count
    let loss = BatchLoss(reference.loss, outputs: outputs)
    let answers: BatchAnswers =
      switch reference.answers {
      case .classes(let labels): .classes(labels)
      case .quantities(let values): .quantities(values.flatMap(\.self))
      }
    var gradient = [Float](repeating: .nan, count: rows * outputs)
    let value = loss(
      reference.outputs.flatMap(\.self), exponent: reference.exponent, answers, rows: rows, gradient: &gradient)
    let mean = value.sum / Double(rows)
    if let log2Value = reference.log2Value, log2Value < 1023 {
      // Exponentials are Float's: a few ulp of 2^-24 in each of the terms.
      #expect(abs(log2(mean) - log2Value) < 1e-6, "\(mean)")
    } else {
      #expect(mean == (reference.log2Value == nil ? 0 : .infinity))
    }
    let unit = loss.gradientExponent(reference.exponent)
    for (index, expected) in reference.gradient.enumerated() {
      let g = Double(gradient[index])
      #expect(g.isFinite)
      guard let logarithm = expected[1], logarithm - unit > -120 else {
        // Below Float's normal range.
        #expect(abs(g) < 0x1p-118)
        continue
      }
      #expect((g < 0) == ((expected[0] ?? 0) < 0), "\(index)")
      // exp of a Float argument x is off by x ulp; arguments stay below 90.
      #expect(abs(log2(abs(g)) + unit - logarithm) < 2e-5, "\(index): \(g)")
    }
  }

  @Test func hitsAreCounted() {
    var gradient = [Float](repeating: 0, count: 6)
    let three = BatchLoss(.crossEntropy, outputs: 3)
    #expect(three([1, 2, 0, 5, 4, 3], .classes([1, 2]), rows: 2, gradient: &gradient).correct == 1)
    #expect(
      BatchLoss(.binaryCrossEntropy, outputs: 1)([1, -1], .classes([1, 1]), rows: 2, gradient: &gradient).correct == 1)
    #expect(
      BatchLoss(.meanSquaredError, outputs: 1)([0.6, 0.4], .classes([1, 1]), rows: 2, gradient: &gradient).correct == 1)
    let quantities = BatchLoss(.meanSquaredError, outputs: 1)(
      [0.6, 0.4], .quantities([1, 1]), rows: 2, gradient: &gradient)
    #expect(quantities.correct == nil)
  }

  @Test func aGuessCosts() {
    #expect(BatchAnswers.classes([0, 1]).lossOfGuess(.crossEntropy, outputs: 10) == log(10))
    #expect(BatchAnswers.classes([0, 1]).lossOfGuess(.binaryCrossEntropy, outputs: 1) == log(2))
    #expect(BatchAnswers.classes([0, 1]).lossOfGuess(.meanSquaredError, outputs: 4) == 0.25)
    #expect(BatchAnswers.quantities([3, 4]).lossOfGuess(.meanSquaredError, outputs: 1) == 12.5)
  }

  @Test func theLossKeepsItsOwnSoftmax() throws {
    let softmax = try Network(input: .features(4)) {
      Dense(3)
      Softmax()
    }
    #expect(OutputPlan(softmax, .crossEntropy).nodes.count == 1)
    #expect(OutputPlan(softmax, .meanSquaredError).nodes.count == 2)
    let sigmoid = try Network(input: .features(4)) { Dense(1, activation: .sigmoid) }
    #expect(OutputPlan(sigmoid, .binaryCrossEntropy).plainOutput)
    #expect(!OutputPlan(sigmoid, .meanSquaredError).plainOutput)
  }
}
