import CTensorKernels
import NetworkGraph
import TensorKernels

/// What a recurrent operator shows of a pass beside its results.
public struct RecurrentTrace {
  /// Pre-activations of the gates, or the gradients with respect to them: samples x steps x directions x gates x units.
  public var gates: UnsafeMutablePointer<Float>
  /// Sums of squares of states, or of the gradients with respect to them through all later steps: zeros at first, as many as
  /// `RecurrentOperator.squareCount` tells.
  public var squares: UnsafeMutablePointer<Double>

  /// Makes a trace.
  ///
  /// - Parameters:
  ///   - gates: Room for the gates.
  ///   - squares: Room for the sums, filled with zeros.
  public init(gates: UnsafeMutablePointer<Float>, squares: UnsafeMutablePointer<Double>) {
    self.gates = gates
    self.squares = squares
  }
}

/// An operator that carries a state from step to step, and can show what happens at each.
public protocol RecurrentOperator: OperatorKernel {
  /// The gates of one unit in both directions, in the order of the stacked weights.
  var gates: [CellGate] { get }

  /// The shape of a trace's gates: samples, steps, and all gates of a step.
  ///
  /// - Parameter inputs: Types of the inputs.
  func gateShape(_ inputs: [ValueType?]) -> TensorShape

  /// The number of a trace's sums of squares.
  ///
  /// - Parameter inputs: Types of the inputs.
  func squareCount(_ inputs: [ValueType?]) -> Int

  /// Mean squares by step, in the order in which the operator goes through them, over samples and units; those of the first
  /// direction where there are two, which share no step's gradient.
  ///
  /// - Parameters:
  ///   - squares: What a pass left in a trace.
  ///   - inputs: Types of the inputs.
  func meanSquares(_ squares: UnsafePointer<Double>, _ inputs: [ValueType?]) -> [Double]
}

/// A recurrent operator of the form that `Recurrence` describes.
protocol RecurrenceOperator: RecurrentOperator {
  var form: Recurrence { get }
  /// The activation function of each gate, by its place among those of a direction.
  var gateFunctions: [Int] { get }
}

extension RecurrenceOperator {
  var gates: [CellGate] {
    form.functions.flatMap { functions in gateFunctions.map { CellGate(Recurrence.activation(functions[$0])) } }
  }

  func gateShape(_ inputs: [ValueType?]) -> TensorShape {
    let s = form.sizes(inputs)
    guard let shape = try? TensorShape([s.batch, s.steps, form.directions * s.gates]) else {
      preconditionFailure("\(form.kind) was checked before")
    }
    return shape
  }

  func squareCount(_ inputs: [ValueType?]) -> Int {
    let s = form.sizes(inputs)
    return Recurrence.pieces(s) * s.steps
  }

  func meanSquares(_ squares: UnsafePointer<Double>, _ inputs: [ValueType?]) -> [Double] {
    let s = form.sizes(inputs)
    return (0..<s.steps).map { place in
      (0..<Recurrence.pieces(s)).reduce(0.0) { $0 + squares[$1 * s.steps + place] } / Double(max(1, s.step))
    }
  }
}

extension Recurrence {
  /// Pieces of the batch.
  static func pieces(_ s: RecurrenceSizes) -> Int { (s.batch + grain - 1) / grain }

  /// Adds the squares of a piece's states, or of their gradients, at the `place`-th step of the first direction.
  func addSquares(
    _ trace: RecurrentTrace?, _ direction: Int, place: Int, row: Int, _ s: RecurrenceSizes,
    _ values: UnsafePointer<Float>, count: Int
  ) {
    guard let trace, direction == 0 else { return }
    trace.squares[row / Self.grain * s.steps + place] += Elementwise.sumOfSquares(
      values, count: count * s.units)
  }

  /// Copies some gates of a piece at a step, with their bias.
  ///
  /// - Parameters:
  ///   - trace: Where they go; nil for nowhere.
  ///   - columns: Which of a sample's gate values.
  ///   - gates: The piece's gates, one sample after another.
  func showGates(
    _ trace: RecurrentTrace?, _ direction: Int, _ step: Int, rows: Range<Int>, _ s: RecurrenceSizes, columns: Range<Int>,
    _ gates: UnsafePointer<Float>, bias: UnsafePointer<Float>? = nil
  ) {
    guard let trace else { return }
    for (number, sample) in rows.enumerated() {
      let to = trace.gates + ((sample * s.steps + step) * directions + direction) * s.gates, from = gates + number * s.gates
      (to + columns.lowerBound).update(from: from + columns.lowerBound, count: columns.count)
      if let bias { for column in columns { to[column] += bias[column] } }
    }
  }

  /// The activation function of a cell's gate as rules know it; the identity for one that they do not know.
  static func activation(_ function: initscope_cell_function) -> Activation {
    activations[function.kind] ?? .identity
  }

  private static let activations: [Int32: Activation] = [
    Int32(INITSCOPE_CELL_SIGMOID): .sigmoid, Int32(INITSCOPE_CELL_TANH): .tanh, Int32(INITSCOPE_CELL_RELU): .relu,
    Int32(INITSCOPE_CELL_SOFTSIGN): .softsign, Int32(INITSCOPE_CELL_SOFTPLUS): .softplus,
  ]
}
