import Glibc
import MeanField
import NetworkGraph

extension DepthScaleFigure {
  /// Makes the figure at a point's bias variance, for weight variances from 0 to beyond the point and the peak.
  ///
  /// - Throws: `MeanFieldError` where theory does.
  public init(_ report: TheoryReport) throws(MeanFieldError) {
    let theory = report.theory
    // An unstable critical point has no peak, since depth does not lead to it.
    let critical = report.criticalStability == .unstable ? nil : report.criticalPoint?.weightVariance
    let high = NiceBound.above(max(1.5 * theory.weightVariance, 2 * (critical ?? 1), 0.1))
    var weights = Set((1...160).map { high * Double($0) / 160 })
    if let critical {
      // The peak is infinite: samples approach it geometrically from both sides.
      weights.insert(critical)
      for step in 0...40 {
        let distance = critical * pow(10, -0.5 - 0.1 * Double(step))
        weights.formUnion([critical - distance, min(critical + distance, high)])
      }
    }
    let ascending = weights.sorted()
    let diagram = try PhaseDiagram(
      theory.activation, weightVariances: ascending, biasVariances: [theory.biasVariance],
      startingVariance: report.startingVariance)
    let samples = ascending.indices.map { column in
      let cell = diagram.cell(row: 0, column: column)
      return Sample(weightVariance: ascending[column], depthScaleC: cell.depthScaleC, depthScaleQ: cell.depthScaleQ)
    }
    self.init(
      activation: theory.activation.description, biasVariance: theory.biasVariance,
      samples: [Sample(weightVariance: 0, depthScaleC: nil, depthScaleQ: nil)] + samples, criticalWeightVariance: critical,
      point: Sample(
        weightVariance: theory.weightVariance, depthScaleC: theory.depthScaleC, depthScaleQ: theory.depthScaleQ),
      notes: [
        TheoryCaption.point(theory),
        "The depth scale is the number of layers over which a small difference falls to 37% (1/e).",
      ])
  }
}
