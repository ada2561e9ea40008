import MeanField

/// Writes the JSON documents of `initscope theory`, schema version 1.
///
/// Every key is present, with an explicit null where there is no value; non-finite numbers are the strings "NaN", "Infinity"
/// and "-Infinity". Keys are added, never renamed.
public enum TheoryJSON {
  /// Encodes the report in UTF-8, with a line feed at its end.
  public static func encode(_ report: TheoryReport) -> [UInt8] {
    let theory = report.theory
    var writer = JSONWriter(capacity: 2048)
    writer.object(nil) { json in
      json.member("schemaVersion", 1)
      json.member("activation", theory.activation.description)
      json.member("weightVariance", theory.weightVariance)
      json.member("biasVariance", theory.biasVariance)
      json.member("startingVariance", report.startingVariance)
      json.member("qStar", theory.qStar)
      json.member("chi1", theory.chi1)
      json.member("cStar", theory.cStar)
      json.member("phase", theory.phase.rawValue)
      json.member("depthScaleQ", theory.depthScaleQ)
      json.member("depthScaleC", theory.depthScaleC)
      json.member("depthScaleGradient", theory.depthScaleGradient)
      if let first = report.firstLayers {
        json.object("firstLayers") {
          $0.member("count", FirstLayers.count)
          $0.member("startingVariance", first.startingVariance)
          $0.member("log10Gradients", first.log10Gradients)
          $0.member("variance", first.variance)
        }
      } else {
        json.null("firstLayers")
      }
      json.member("criticalWeightVariance", report.criticalPoint?.weightVariance)
      json.member("criticalQStar", report.criticalPoint?.variance)
      json.member("criticalStability", report.criticalStability?.rawValue)
      json.member("criticalSaturatedFraction", report.criticalSaturation?.share)
      json.member("criticalRemark", report.criticalRemark)
      if let biases = report.criticalBiasVariances {
        json.line("criticalBiasVariances", [biases.lowerBound, biases.upperBound])
      } else {
        json.null("criticalBiasVariances")
      }
      json.member("saturatedFraction", report.saturation?.share)
      json.line("warnings", report.warnings)
      json.member("varianceMapSlope", theory.varianceMapSlope)
      json.member("correlationMapSlope", theory.correlationMapSlope)
      json.array("fixedPoints", theory.fixedPoints.points) { json, point in
        json.object(nil) {
          $0.member("variance", point.variance)
          $0.member("slope", point.slope)
          $0.member("stability", point.stability.rawValue)
        }
      }
      json.member("everyVarianceIsFixed", theory.fixedPoints.isEveryVarianceFixed)
      if let point = report.recommendation {
        json.object("recommendation") {
          $0.member("weightVariance", point.weightVariance)
          $0.member("biasVariance", point.biasVariance)
          $0.member("qStar", point.variance)
          $0.member("stability", report.recommendedStability?.rawValue)
          $0.member("saturatedFraction", report.recommendedSaturation?.share)
        }
      } else {
        json.null("recommendation")
      }
      json.array("unitVarianceGains", report.unitVarianceGains) { json, gain in
        json.object(nil) {
          $0.member("gain", gain.gain)
          $0.member("varianceMapSlope", gain.varianceMapSlope)
          $0.member("chi1", gain.chi1)
        }
      }
    }
    return writer.finish()
  }

  /// Encodes the Gaussian moments of one activation.
  public static func encode(_ moments: GaussianMoments, activation: String) -> [UInt8] {
    var writer = JSONWriter(capacity: 512)
    writer.object(nil) { json in
      json.member("schemaVersion", 1)
      json.member("activation", activation)
      json.member("variance", moments.variance)
      json.member("mean", moments.mean)
      json.member("secondMoment", moments.secondMoment)
      json.member("derivativeSecondMoment", moments.derivativeSecondMoment)
      json.member("fourthMoment", moments.fourthMoment)
      json.member("secondMomentSlope", moments.secondMomentSlope)
    }
    return writer.finish()
  }
}
