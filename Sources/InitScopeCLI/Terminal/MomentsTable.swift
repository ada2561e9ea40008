import InitScope
import NumberText
import Rainbow

/// Gaussian moments of an activation, with the digits that they have.
struct MomentsTable {
  let moments: GaussianMoments
  let activation: String

  init(_ moments: GaussianMoments, activation: String) {
    self.moments = moments
    self.activation = activation
  }

  func text(color: Bool) -> String {
    let heading = "\(activation) under N(0, \(TableNumber.plain(moments.variance, 10)))\n"
    var table = TextTable([.init("moment", .left), .init("value", .left)])
    for (name, value) in [
      ("E f", moments.mean), ("E f²", moments.secondMoment), ("E f'²", moments.derivativeSecondMoment),
      ("E f⁴", moments.fourthMoment), ("d E f²/dq", moments.secondMomentSlope),
    ] {
      table.add([.init(name), .init(TableNumber.plain(value, 12))])
    }
    return (color ? heading.bold : heading) + "\n" + table.render(color: color)
  }
}
