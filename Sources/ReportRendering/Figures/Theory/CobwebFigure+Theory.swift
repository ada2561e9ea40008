import MeanField
import NetworkGraph
import NumberText

extension CobwebFigure {
  /// Makes the figure of both maps at a point, followed from the starting variance and from a correlation far from c*.
  ///
  /// - Throws: `MeanFieldError` where theory does.
  public init(_ report: TheoryReport, table: MomentTable) throws(MeanFieldError) {
    let theory = report.theory
    let map = try VarianceMap(table, weightVariance: theory.weightVariance, biasVariance: theory.biasVariance)
    var maps = [try Self.varianceMap(map, report)]
    var notes = [TheoryCaption.point(theory)]
    if theory.fixedPoints.isEveryVarianceFixed {
      notes.append("Every variance is a fixed point: the map lies on the diagonal.")
    }
    // Where the variance diverges or dies out, the correlations are those of the first layer.
    let isSettled = (theory.qStar ?? 0) > 0
    let variance = isSettled ? theory.qStar ?? report.startingVariance : report.startingVariance
    // A homogeneous activation without biases has one correlation map at all variances.
    let isFixed = isSettled || theory.activation.laws.homogeneousDegree != nil && theory.biasVariance == 0
    do throws(MeanFieldError) {
      let correlations = try CorrelationMap(map, variance: variance)
      let correlation = try Self.correlationMap(correlations, isAtFixedPoint: isSettled, isFixed: isFixed)
      maps.append(correlation)
      if !isFixed {
        notes.append(
          (theory.qStar == nil ? "The variance does not settle" : "The variance goes to 0")
            + ", and the correlation map changes with it from layer to layer. The right chart is that of the first "
            + "layer: where its curve crosses the dashed line, later layers do not stay.")
      } else if correlation.isDiagonal {
        notes.append("Every correlation is a fixed point: the map lies on the diagonal.")
      }
    } catch  where error.kind == .noFixedPoint {
      notes.append("Nothing passes the layers: there are no correlations.")
    }
    self.init(activation: theory.activation.description, maps: maps, notes: notes)
  }

  private static func varianceMap(_ map: VarianceMap, _ report: TheoryReport) throws(MeanFieldError) -> Map {
    let start = report.startingVariance
    let fixed = report.theory.fixedPoints.points
    // A fixed point far above everything else would press the rest against the axis, so it is left out unless depth leads to
    // it.
    let near = fixed.map(\.variance).filter { $0 <= 10 * max(start, report.theory.qStar ?? start) }
    let top = report.theory.qStar == nil ? max(6 * start, 1.4 * (near.last ?? 0)) : max(1.3 * start, 1.4 * (near.last ?? 0))
    let high = NiceBound.above(top)
    var arguments = [Double](), images = [Double]()
    for step in 0...240 {
      // Denser near zero, where roots and logarithms bend.
      let t = Double(step) / 240
      arguments.append(high * t * t)
      images.append(try map.value(at: high * t * t))
    }
    return Map(
      title: "Variance map", symbol: "q", quantity: "variance", arguments: arguments, images: images,
      iterates: try map.iterates(from: start, count: 100),
      fixedPoints: fixed.map {
        FixedPoint(
          value: $0.variance, isStable: $0.stability != .unstable,
          // At q = 0 there is no other side.
          isHalfStable: $0.stability == .marginal && $0.variance > 0)
      })
  }

  /// - Parameter isFixed: Whether all layers have this map; where they do not, only c = 1 stays where it is, one step is
  ///   that of the layers, and no crossing is a fixed point.
  private static func correlationMap(
    _ map: CorrelationMap, isAtFixedPoint: Bool, isFixed: Bool
  ) throws(MeanFieldError) -> Map {
    var arguments = [Double](), images = [Double]()
    for step in 0...100 {
      arguments.append(Double(step) / 100)
      images.append(try map.step(Correlation(Double(step) / 100)).value.value)
    }
    let end = try map.fixedPoint().correlation.value
    // One step is seen best halfway.
    let start = try Correlation(!isFixed ? 0.5 : end < 0.5 ? 0.95 : 0.05)
    var result = Map(
      title: isAtFixedPoint
        ? "Correlation map at q*"
        : isFixed
          ? "Correlation map" : "Correlation map of the first layer, at q = \(FigureNumber.significant(map.variance))",
      symbol: "c", quantity: "correlation", arguments: arguments, images: images,
      iterates: try map.iterates(from: start, count: isFixed ? 100 : 1).map(\.value), fixedPoints: [])
    if isFixed, !result.isDiagonal {
      let one = FixedPoint(value: 1, isStable: map.slopeAtOne <= 1 + 1e-12)
      result.fixedPoints = end < 1 ? [FixedPoint(value: end, isStable: true), one] : [one]
    }
    return result
  }
}

extension CobwebFigure.Map {
  /// Whether the map lies on the diagonal, to the rounding of its sums: then every argument is a fixed point, and none
  /// attracts.
  package var isDiagonal: Bool { zip(arguments, images).allSatisfy { abs($0 - $1) < 1e-9 } }
}
