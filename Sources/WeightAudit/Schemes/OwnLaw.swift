import TensorFiles

/// A published law that a file's matrices follow throughout, whatever the names of its tensors suggest.
///
/// Names tell a family, and a family's program may draw by any law. Where nearly all kinds of a file's matrices follow one
/// law, that law was meant, and the family's scheme is none to hold them against.
struct OwnLaw: Sendable {
  /// What the last matrices of residual branches are divided by.
  enum Division: CaseIterable {
    case none, byDepth, byBlock

    /// The division as a formula, behind a deviation.
    var text: String {
      switch self {
      case .none: ""
      case .byDepth: "/sqrt(2*L)"
      case .byBlock: "/sqrt(2*(l+1))"
      }
    }
  }

  /// One law, written in the ways in which programs count its fans and cut its tails.
  struct Candidate: Sendable {
    var label: String
    var forms: [Form]
    /// Whether its deviation follows from the matrix's own fans.
    var isByFan: Bool
  }

  /// A deviation and the shape around it.
  struct Form: Sendable {
    enum Shape { case normal, cutAtTwo, cutAtThree, uniform, orthogonal }
    var deviation: Expression
    var shape: Shape
  }

  var label: String
  var division: Division
  var isByFan: Bool
  /// Of the kinds of matrices, the mean share that follows it.
  var share: Double
  /// The matrices that were looked at, and those of them that follow it.
  var matrices: [Int]
  var following: Set<Int>
  /// The deviation that all share, where no fan decides it.
  var deviation: Double?

  /// The least share of kinds from which on a law is the file's own.
  static let leastShare = 0.7

  private static func form(_ deviation: String, _ shape: Form.Shape) -> Form? {
    var scanner = LawScanner(deviation)
    return (try? scanner.expression()).map { Form(deviation: $0, shape: shape) }
  }

  private static func candidate(_ label: String, _ forms: Form?...) -> Candidate {
    Candidate(label: label, forms: forms.compactMap(\.self), isByFan: true)
  }

  /// The laws of fans that libraries offer.
  static let candidates: [Candidate] = [
    candidate(
      "PyTorch's default, uniform to 1/sqrt(fan_in)", form("1/sqrt(3*fan_in)", .uniform),
      form("1/sqrt(3*torch_fan_in)", .uniform)),
    candidate(
      "Glorot uniform, sqrt(2/(fan_in+fan_out))", form("sqrt(2/(fan_in+fan_out))", .uniform),
      form("sqrt(2/(torch_fan_in+torch_fan_out))", .uniform)),
    candidate(
      "Glorot normal, sqrt(2/(fan_in+fan_out))", form("sqrt(2/(fan_in+fan_out))", .normal),
      form("sqrt(2/(torch_fan_in+torch_fan_out))", .normal), form("sqrt(2/(fan_in+fan_out))", .cutAtTwo)),
    candidate(
      "LeCun normal, 1/sqrt(fan_in)", form("1/sqrt(fan_in)", .normal), form("1/sqrt(fan_in)", .cutAtTwo),
      form("1/sqrt(fan_in)", .cutAtThree)),
    candidate("LeCun uniform, 1/sqrt(fan_in)", form("1/sqrt(fan_in)", .uniform)),
    candidate(
      "Kaiming normal, sqrt(2/fan_in)", form("sqrt(2/fan_in)", .normal), form("sqrt(2/fan_in)", .cutAtTwo),
      form("sqrt(2/torch_fan_in)", .normal)),
    candidate("Kaiming uniform, sqrt(2/fan_in)", form("sqrt(2/fan_in)", .uniform), form("sqrt(2/torch_fan_in)", .uniform)),
    candidate("Kaiming normal by outputs, sqrt(2/fan_out)", form("sqrt(2/fan_out)", .normal)),
    candidate("orthogonal", form("1", .orthogonal)),
    candidate("orthogonal with gain sqrt(2)", form("sqrt(2)", .orthogonal)),
  ]

  /// A single deviation for all matrices.
  private static func common(_ deviation: Double) -> Candidate {
    let forms = [Form.Shape.normal, .cutAtTwo, .cutAtThree, .uniform].map {
      Form(deviation: .number(deviation), shape: $0)
    }
    return Candidate(label: "one deviation for all", forms: forms, isByFan: false)
  }

  /// The law that most kinds of the file's matrices follow; nil where there are too few to tell.
  ///
  /// - Parameters:
  ///   - context: The file.
  ///   - leftOut: Tensors that are known to be wrong.
  ///   - byFansOnly: Whether one deviation for all is no candidate.
  static func find(_ context: FileContext, leftOut: Set<Int>, byFansOnly: Bool = false) -> OwnLaw? {
    let groups = context.groups.map { group in
      group.filter { index in
        let s = context.statistics[index], role = context.roles[index]
        return !leftOut.contains(index) && [.linear, .convolution, .transposedConvolution].contains(role.kind)
          && !context.names[index].numbers.isEmpty && s.nonFinite == 0 && s.count >= 256 && !s.isConstant && !s.isIdentity
      }
    }.filter { !$0.isEmpty }
    guard groups.count >= 3 else { return nil }
    var best: OwnLaw?
    func consider(_ candidate: Candidate, _ deviation: Double? = nil) {
      for division in Division.allCases {
        if division != .none, context.depth < 2 { continue }
        var following: Set<Int> = [], shares = 0.0
        for group in groups {
          let own = group.filter { follows($0, candidate, division, context) }
          following.formUnion(own)
          shares += Double(own.count) / Double(group.count)
        }
        let share = shares / Double(groups.count)
        if share > (best?.share ?? 0) + 1e-9 {
          best = OwnLaw(
            label: candidate.label, division: division, isByFan: candidate.isByFan, share: share,
            matrices: groups.flatMap(\.self), following: following, deviation: deviation)
        }
      }
    }
    for candidate in candidates { consider(candidate) }
    if !byFansOnly {
      // The middle deviation of those that end no branch, so that a division by the depth does not move it.
      let inner = groups.filter { context.roles[$0[0]].residualEnd == nil }
      let middles = (inner.isEmpty ? groups : inner).map { group in
        group.map { context.statistics[$0].standardDeviation }.sorted()[group.count / 2]
      }.sorted()
      consider(common(middles[middles.count / 2]), middles[middles.count / 2])
    }
    return best.flatMap { $0.share >= leastShare ? $0 : nil }
  }

  /// Statistics that chance moves are compared with room, as where a scheme is recognized.
  private static let test = LawTest(rate: 1e-6, tolerance: 0.03)

  private static func follows(_ index: Int, _ candidate: Candidate, _ division: Division, _ context: FileContext) -> Bool {
    let s = context.statistics[index], type = context.entries[index].type
    var divisor = 1.0
    if context.roles[index].residualEnd != nil {
      switch division {
      case .none: break
      case .byDepth: divisor = (2 * Double(context.depth(index))).squareRoot()
      case .byBlock: divisor = (2 * Double((context.roles[index].block ?? 0) + 1)).squareRoot()
      }
    }
    return candidate.forms.contains { form in
      let value = form.deviation.value { context.value($0, at: index, SchemeCatalogue.torch, [:]) }
      guard let value, value > 0 else { return false }
      let law = law(form.shape, value / divisor)
      // Comparing samples takes longest: only where the deviation may be right.
      guard let variance = law.variance(rows: s.rows, columns: s.columns),
        abs((s.variance / variance).squareRoot() - 1) < 0.5
      else { return false }
      return test.differences(s, law, type).allSatisfy {
        // The end of a flat law whose deviation was taken from the file is no better known than that.
        if case .support(let farthest) = $0, !candidate.isByFan { farthest < 1.1 } else { false }
      }
    }
  }

  private static func law(_ shape: Form.Shape, _ deviation: Double) -> TensorLaw {
    switch shape {
    case .normal: return .normal(mean: 0, std: deviation)
    case .uniform:
      let bound = deviation * 3.0.squareRoot()
      return .uniform(low: -bound, high: bound)
    case .orthogonal: return .orthogonal(gain: deviation)
    case .cutAtTwo, .cutAtThree:
      // The deviation is that of the values, so that of the normal law before the cut is larger.
      let sigmas = shape == .cutAtTwo ? 2.0 : 3.0
      let std = deviation / TensorLaw.truncated(-sigmas, sigmas).variance.squareRoot()
      return .truncatedNormal(mean: 0, std: std, low: -sigmas * std, high: sigmas * std)
    }
  }
}
