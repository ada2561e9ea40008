import NetworkGraph

/// Theory on a grid of weight and bias variances: the phase diagram of Schoenholz 2017, figure 2.
///
/// Fixed points and chi1 are those of ``MeanFieldTheory``; c* and its depth scale come from a power series in c and are good
/// to 1e-3. 64 x 64 points take well under a second on one core.
public struct PhaseDiagram: Sendable {
  /// One point of the grid.
  public struct Cell: Sendable, Hashable {
    /// Nil where the variance grows without bound.
    public var qStar: Double?
    public var chi1: Double
    public var phase: Phase
    public var cStar: Double
    /// As ``MeanFieldTheory/depthScaleQ``.
    public var depthScaleQ: Double?
    /// As ``MeanFieldTheory/depthScaleC``.
    public var depthScaleC: Double?
  }

  public let activation: Activation
  /// The weight variances of the columns.
  public let weightVariances: [Double]
  /// The bias variances of the rows.
  public let biasVariances: [Double]
  /// The cells row by row: `cells[row * weightVariances.count + column]`.
  public let cells: [Cell]
  /// The edge of chaos: for each row the critical points, ascending in q*.
  public let criticalPoints: [[CriticalPoint]]

  /// Computes the diagram.
  ///
  /// - Throws: ``MeanFieldError`` as ``MeanFieldTheory`` does.
  public init(
    _ activation: Activation, weightVariances: [Double], biasVariances: [Double], startingVariance: Double = 1
  ) throws(MeanFieldError) {
    let table = try MomentTable(activation)
    let line = CriticalLine(table)
    var cells = [Cell]()
    cells.reserveCapacity(weightVariances.count * biasVariances.count)
    var lines = [[CriticalPoint]]()
    for bias in biasVariances {
      for weight in weightVariances {
        let map = try VarianceMap(table, weightVariance: weight, biasVariance: bias)
        cells.append(try Self.cell(map, startingVariance: startingVariance))
      }
      lines.append(try line.points(biasVariance: bias))
    }
    self.activation = activation
    self.weightVariances = weightVariances
    self.biasVariances = biasVariances
    self.cells = cells
    criticalPoints = lines
  }

  public func cell(row: Int, column: Int) -> Cell { cells[row * weightVariances.count + column] }

  private static func cell(_ map: VarianceMap, startingVariance: Double) throws(MeanFieldError) -> Cell {
    guard let point = try map.limit(from: startingVariance, map.fixedPoints()) else {
      return Cell(
        qStar: nil, chi1: Divergence(map).chi1, phase: .divergent, cStar: 1, depthScaleQ: nil, depthScaleC: nil)
    }
    let single = try map.table.moments.moments(variance: point.variance)
    let chi1 = map.weightVariance * single.derivativeSecondMoment
    var (separation, slope) = (0.0, chi1)
    if point.variance > 0, chi1 > 1 + 1e-12 {
      let series = HermiteCorrelation(
        map.table.moments, single, weightVariance: map.weightVariance, next: map.value(single))
      (separation, slope) = series.fixedPoint()
    }
    return Cell(
      qStar: point.variance, chi1: chi1, phase: (chi1 - 1).magnitude < 1e-6 ? .critical : chi1 < 1 ? .ordered : .chaotic,
      cStar: 1 - separation, depthScaleQ: MeanFieldTheory.depthScale(point.slope),
      depthScaleC: MeanFieldTheory.depthScale(slope))
  }
}
