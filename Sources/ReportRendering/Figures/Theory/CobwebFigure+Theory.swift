import MeanField
import NetworkGraph
import NumberText

extension CobwebFigure {
  /// Both maps at a point, followed from the starting variance and from a correlation far from c*.
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
    // Where the variance diverges or dies out, the correlations are those of the first layers.
    let variance = theory.qStar.flatMap { $0 > 0 ? $0 : nil } ?? report.startingVariance
    if theory.qStar == nil || theory.qStar == 0 {
      let place = theory.qStar == nil ? "without a q*" : "at q* = 0"
      notes.append("The correlation map is that of the first layers: \(place) there is none.")
    }
    do throws(MeanFieldError) {
      maps.append(try Self.correlationMap(CorrelationMap(map, variance: variance), isAtFixedPoint: variance == theory.qStar))
    } catch  where error.kind == .noFixedPoint {
      notes.append("Nothing passes the layers: there are no correlations.")
    }
    self.init(activation: theory.activation.description, maps: maps, notes: notes)
  }

  private static func varianceMap(_ map: VarianceMap, _ report: TheoryReport) throws(MeanFieldError) -> Map {
    let start = report.startingVariance
    let fixed = report.theory.fixedPoints.points
    // A fixed point far above everything else, unless depth leads there, would press the rest against the axis.
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
      title: "Variance map", symbol: "q", arguments: arguments, images: images,
      iterates: try map.iterates(from: start, count: 100),
      fixedPoints: fixed.map {
        FixedPoint(
          value: $0.variance, isStable: $0.stability != .unstable,
          // At q = 0 there is no other side.
          isHalfStable: $0.stability == .marginal && $0.variance > 0)
      })
  }

  private static func correlationMap(_ map: CorrelationMap, isAtFixedPoint: Bool) throws(MeanFieldError) -> Map {
    var arguments = [Double](), images = [Double]()
    for step in 0...100 {
      arguments.append(Double(step) / 100)
      images.append(try map.step(Correlation(Double(step) / 100)).value.value)
    }
    let end = try map.fixedPoint().correlation.value
    let one = FixedPoint(value: 1, isStable: map.slopeAtOne <= 1 + 1e-12)
    let start = try Correlation(end < 0.5 ? 0.95 : 0.05)
    return Map(
      title: isAtFixedPoint ? "Correlation map at q*" : "Correlation map at q = \(FigureNumber.significant(map.variance))",
      symbol: "c", arguments: arguments, images: images, iterates: try map.iterates(from: start, count: 100).map(\.value),
      fixedPoints: end < 1 ? [FixedPoint(value: end, isStable: true), one] : [one])
  }
}
