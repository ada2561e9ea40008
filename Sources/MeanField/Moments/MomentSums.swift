/// The weighted sums from which moments are made; each term joins a point and its mirror image.
struct MomentSums {
  var mean = 0.0
  var second = 0.0
  var fourth = 0.0
  var derivativeSecond = 0.0
  var derivativeFourth = 0.0
  var mixed = 0.0
  var slope = 0.0
  var derivativeTilt = 0.0
  var curvature = 0.0
  var derivativeCurvature = 0.0
  /// Parts of the mean and of the slope from ``EvenParts``.
  var evenMean = 0.0
  var evenSlope = 0.0

  @inline(__always)
  mutating func add(weight: Double, z: Double, x: Double, f: Double, g: Double, fBelow: Double, gBelow: Double) {
    let (ff, gg, ffBelow, ggBelow) = (f * f, g * g, fBelow * fBelow, gBelow * gBelow)
    let square = z * z
    mean += weight * (f + fBelow)
    second += weight * (ff + ffBelow)
    fourth += weight * (ff * ff + ffBelow * ffBelow)
    derivativeSecond += weight * (gg + ggBelow)
    derivativeFourth += weight * (gg * gg + ggBelow * ggBelow)
    mixed += weight * (ff * gg + ffBelow * ggBelow)
    slope += weight * x * (f * g - fBelow * gBelow)
    derivativeTilt += weight * (square - 1) * (gg + ggBelow)
    let quartic = weight * ((square - 6) * square + 3)
    curvature += quartic * (ff + ffBelow)
    derivativeCurvature += quartic * (gg + ggBelow)
  }

  func moments(variance q: Double, even: EvenParts?) -> GaussianMoments {
    GaussianMoments(
      variance: q, mean: even.map { $0.start + evenMean } ?? mean, secondMoment: second,
      derivativeSecondMoment: derivativeSecond, fourthMoment: fourth, derivativeFourthMoment: derivativeFourth,
      mixedFourthMoment: mixed, secondMomentSlope: (even == nil ? slope : evenSlope) / q,
      derivativeElasticity: derivativeSecond > 0 ? derivativeTilt / (2 * derivativeSecond) : 0,
      secondMomentCurvature: second > 0 ? curvature / (4 * second) : 0,
      derivativeCurvature: derivativeSecond > 0 ? derivativeCurvature / (4 * derivativeSecond) : 0)
  }
}
