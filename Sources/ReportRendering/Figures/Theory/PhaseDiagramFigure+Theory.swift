import Glibc
import MeanField
import NetworkGraph
import NumberText

extension PhaseDiagramFigure {
  /// The number of cells along each side.
  public static let resolution = 64

  /// Makes the phase diagram around a point, wide enough for it and for the edge of chaos at its bias variance.
  ///
  /// - Throws: `MeanFieldError` where theory does.
  public init(_ report: TheoryReport, table: MomentTable) throws(MeanFieldError) {
    let theory = report.theory
    let weights =
      0...NiceBound.above(
        max(1.5 * theory.weightVariance, 2 * (report.criticalPoint?.weightVariance ?? 1), 0.1))
    let biases = 0...NiceBound.above(max(1.5 * theory.biasVariance, 0.3))
    func middles(_ range: ClosedRange<Double>) -> [Double] {
      (0..<Self.resolution).map { range.upperBound * (Double($0) + 0.5) / Double(Self.resolution) }
    }
    let diagram = try PhaseDiagram(
      theory.activation, weightVariances: middles(weights), biasVariances: middles(biases),
      startingVariance: report.startingVariance)
    func grid(_ value: (PhaseDiagram.Cell) -> Double?) -> [[Double?]] {
      (0..<Self.resolution).map { row in
        (0..<Self.resolution).map { column in
          let cell = diagram.cell(row: row, column: column)
          return cell.phase == .divergent ? nil : value(cell)
        }
      }
    }
    self.init(
      activation: theory.activation.description, weightVariances: weights, biasVariances: biases, chi1: grid(\.chi1),
      depthScaleC: grid(\.depthScaleC), edgeOfChaos: try Self.edgeOfChaos(table, weights, biases),
      point: Parameters(weightVariance: theory.weightVariance, biasVariance: theory.biasVariance),
      notes: [TheoryCaption.point(theory)])
  }

  /// The line chi1 = 1, followed along its fixed point q*, without the pieces to which depth does not lead.
  static func edgeOfChaos(
    _ table: MomentTable, _ weights: ClosedRange<Double>, _ biases: ClosedRange<Double>
  ) throws(MeanFieldError) -> [[Parameters]] {
    let line = CriticalLine(table)
    // For an activation without a scale of its own chi1 is the same at every variance: the line is upright.
    if let point = try line.points(biasVariance: 0).first, point.variance == nil {
      return [
        [biases.lowerBound, biases.upperBound].map {
          Parameters(weightVariance: point.weightVariance, biasVariance: $0)
        }
      ]
    }
    // Forty samples per decade, a step of 6% of q, and the places where the line crosses seventeen rows: sigmoid's line
    // crosses the whole frame within a step.
    var variances = Set((0...560).map { pow(10, Double($0) / 40 - 8) })
    for row in 0...16 {
      let bias = biases.lowerBound + (biases.upperBound - biases.lowerBound) * Double(row) / 16
      variances.formUnion(try line.points(biasVariance: bias).compactMap(\.variance))
    }
    variances.formUnion(try line.halfStablePoints().compactMap(\.variance))
    var pieces: [[Parameters]] = [[]]
    for variance in variances.sorted() {
      guard let point = try line.point(variance: variance), point.varianceMapSlope <= 1 + 1e-9,
        // A little beyond the frame, where clipping ends the line.
        point.weightVariance <= 2 * weights.upperBound, point.biasVariance <= 2 * biases.upperBound
      else {
        pieces.append([])
        continue
      }
      pieces[pieces.count - 1].append(
        Parameters(weightVariance: point.weightVariance, biasVariance: point.biasVariance))
    }
    return pieces.filter { $0.count > 1 }
  }
}

/// Chooses round numbers for the ends of axes.
enum NiceBound {
  /// The smallest of 1, 1.5, 2, 3, 4, 5, 6, 8 x 10^k that is at least `value`, up to 1e18, where theory ends.
  static func above(_ value: Double) -> Double {
    precondition(value > 0 && value.isFinite, "an axis up to \(value)")
    let power = pow(10, log10(value).rounded(.down))
    let factor = [1, 1.5, 2, 3, 4, 5, 6, 8].first { $0 * power >= value * (1 - 1e-9) } ?? 10
    return min(factor * power, 1e18)
  }
}

/// Describes a point in the lines under a title.
enum TheoryCaption {
  static func point(_ theory: MeanFieldTheory) -> String {
    let place =
      "weight variance \(FigureNumber.significant(theory.weightVariance, 4)), "
      + "bias variance \(FigureNumber.significant(theory.biasVariance, 4)): "
    guard let q = theory.qStar else { return place + "divergent, the variance grows without bound" }
    // A signal that dies out has no correlations to speak of.
    guard q > 0 else {
      return place + "\(theory.phase.rawValue), the variance goes to q* = 0; squared gradients change by χ₁ = "
        + "\(FigureNumber.significant(theory.chi1, 4)) per layer"
    }
    let depth = theory.depthScaleC.map { $0.isFinite ? ", depth scale \(FigureNumber.significant($0)) layers" : "" } ?? ""
    return place
      + "\(theory.phase.rawValue), the variance settles at q* = \(FigureNumber.significant(q, 4)), correlations at "
      + "c* = \(FigureNumber.significant(theory.cStar, 4)); squared gradients change by χ₁ = "
      + "\(FigureNumber.significant(theory.chi1, 4)) per layer" + depth
  }
}
