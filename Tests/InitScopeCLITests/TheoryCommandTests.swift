import Foundation
import Testing

/// `initscope theory` against the numbers of the field (Poole 2016, Schoenholz 2017), recomputed with mpmath and scipy.
@Suite struct TheoryCommandTests {
  private func theory(_ arguments: String...) throws -> [String: Any] {
    let command = try Command.run(
      Command.program, ["theory"] + arguments + ["--json"], in: nil, input: "", environment: [:])
    #expect(command.status == 0)
    #expect(command.message.isEmpty)
    return try command.json()
  }

  /// References are given to 7 decimals.
  private func expect(
    _ json: [String: Any], _ key: String, _ expected: Double, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let value = try #require(json[key] as? Double, "\(key)", sourceLocation: sourceLocation)
    #expect(abs(value - expected) <= 6e-8 * max(1, abs(expected)), "\(key)", sourceLocation: sourceLocation)
  }

  // MARK: Numbers

  @Test(arguments: [
    (1.3, 0.6070468, 0.9398074, 1, "ordered"), (2.5, 4.0791239, 1.5852248, 0.1221037, "chaotic"),
    (4, 12.6041495, 2.3672610, 0.0296959, "chaotic"),
  ])
  func tanhWithBiases(gain: Double, qStar: Double, chi1: Double, cStar: Double, phase: String) throws {
    let json = try theory(
      "--activation", "tanh", "--weight-variance", "\(gain * gain)", "--bias-variance", "0.09")
    try expect(json, "qStar", qStar)
    try expect(json, "chi1", chi1)
    try expect(json, "cStar", cStar)
    #expect(json["phase"] as? String == phase)
    let depth = try #require(json["depthScaleC"] as? Double)
    // In the ordered phase the slope of the correlation map at c* = 1 is chi1 itself.
    if phase == "ordered" { #expect(abs(depth + 1 / log(chi1)) < 1e-4 * depth) } else { #expect(depth > 0 && depth < 20) }
    // Slope of the variance map -> depth scale, as the contract defines it.
    let slope = try #require(json["varianceMapSlope"] as? Double)
    try expect(json, "depthScaleQ", -1 / log(slope))
  }

  @Test(arguments: [
    ("tanh", 0.01, 1.4242053, 0.2733009), ("tanh", 0.05, 1.7609546, 0.5700479), ("tanh", 0.1, 1.9860726, 0.8057992),
    ("erf", 0.18, 1.7476037, 0.9877878),
  ])
  func theCriticalWeightVariance(activation: String, bias: Double, weight: Double, qStar: Double) throws {
    // Without a weight variance the point is the critical one.
    let json = try theory("--activation", activation, "--bias-variance", "\(bias)")
    try expect(json, "weightVariance", weight)
    try expect(json, "criticalWeightVariance", weight)
    try expect(json, "qStar", qStar)
    try expect(json, "chi1", 1)
    #expect(json["phase"] as? String == "critical")
    // Beside the critical point, too.
    try expect(
      theory("--activation", activation, "--weight-variance", "3", "--bias-variance", "\(bias)"),
      "criticalWeightVariance", weight)
  }

  @Test func theContractHasEveryKey() throws {
    let json = try theory("--activation", "relu", "--weight-variance", "2")
    for key in [
      "activation", "weightVariance", "biasVariance", "qStar", "chi1", "cStar", "phase", "depthScaleQ", "depthScaleC",
      "criticalWeightVariance", "varianceMapSlope",
    ] {
      #expect(json.keys.contains(key), "\(key)")
    }
    #expect(json["activation"] as? String == "relu")
    #expect(json["phase"] as? String == "critical")
    #expect(json["depthScaleC"] as? String == "Infinity")
    #expect(json["criticalWeightVariance"] as? Double == 2)
  }

  @Test func aPointWithoutFixedPointIsAnAnswer() throws {
    let json = try theory("--activation", "relu", "--weight-variance", "3", "--bias-variance", "0.1")
    #expect(json["phase"] as? String == "divergent")
    for key in ["qStar", "depthScaleQ", "depthScaleC", "criticalWeightVariance"] { #expect(json[key] is NSNull, "\(key)") }
    try expect(json, "chi1", 1.5)
    let squared = try theory("--activation", "relu_squared", "--weight-variance", "1")
    #expect(squared["phase"] as? String == "divergent")
    #expect(squared["chi1"] as? String == "Infinity")
  }

  @Test func geluIsTaughtItsHalfStablePoint() throws {
    // Roberts, Yaida and Hanin 2022, section 5.3.4.
    let json = try theory("--activation", "gelu")
    let point = try #require(json["recommendation"] as? [String: Any])
    try expect(point, "weightVariance", 1.98305826)
    try expect(point, "biasVariance", 0.17292239)
    let gains = try #require(json["unitVarianceGains"] as? [[String: Any]])
    let gain = try #require(gains.first?["gain"] as? Double)
    // The reference has 5 decimals.
    #expect(abs(gain - 1.46801) < 6e-6)
  }

  /// Theory, the rule on gains and the verdict's recommendation name one pair: of weight variances for GELU it is the one
  /// that trains 30 layers (Documentation.docc, Choosing an initialization).
  @Test func geluHasOneRecommendation() throws {
    let text = try Command.run("theory", "--activation", "gelu").output
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(
      words.contains(
        "Use variance_scaling(scale=1.98306,mode=fan_in,distribution=normal) (gain 1.4082) with biases of variance 0.17292 "
          + "(--bias-std 0.41584): chi1 = 1 at q = 3.5616, where the signal and the gradients keep their size. A signal "
          + "that starts larger settles there; one that starts from variance 1 settles at q* = 3.035. With zero biases no "
          + "weight variance keeps both signal and gradients."), "\(words)")
    // The sentence is about the recommended pair, whatever pair was asked about.
    let other = try Command.run("theory", "--activation", "gelu", "--bias-variance", "0").output
      .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(other.contains("one that starts from variance 1 settles at q* = 3.035."), "\(other)")
    // Why the first layers grow while chi1 says that gradients shrink.
    #expect(other.contains("first 20 layers x3.23 ") && other.contains("Ordered: squared gradients shrink by a factor of e"))
    #expect(
      other.contains(
        "chi1 is the factor per layer at q*. The first 20 layers are still on the way there: with q from 2.16 to 2.16, and "
          + "q* = 0, squared gradients change by x3.23 over them."), "\(other)")
    let tanh = try Command.run("theory", "--activation", "tanh", "--weight-variance", "1").output
      .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(tanh.contains("squared gradients change by x0.036 over them."), "\(tanh)")
    #expect(!(try Command.run("theory", "--activation", "relu").output.contains("on the way there")))
    // Table and text tell one story: where the signal ends, and that it makes no difference.
    #expect(words.contains("phase ordered but nearly critical: depth costs little"))
    #expect(words.contains("critical variance 1.9831 gain 1.4082 keeps gradients' size, at q = 3.5616"))
    #expect(
      words.contains(
        "No weight variance was given: this is the critical one, at which gradients keep their size (chi1 = 1 at "
          + "q = 3.5616). Starting from variance 1 the signal comes to rest at q* = 3.035 instead, and the table is about that state. With chi1 = 0.99398 it is "
          + "nearly critical: in networks of usual depth that does as well as the critical point itself."))
    let audit = try Command.run(
      "audit", "--activation", "gelu", "--depth", "30", "--width", "64", "--seeds", "2", "--init", "glorot_normal", "--json",
      "--no-png")
    let runs = try #require(audit.json()["runs"] as? [[String: Any]])
    let run = try #require(runs.first)
    let findings = try #require(run["findings"] as? [[String: Any]])
    let mismatch = try #require(findings.first { $0["rule"] as? String == "gain-mismatch" })
    let message = try #require(mismatch["message"] as? String)
    #expect(
      message.hasPrefix(
        "The weights have the variance 0.0156, where theory recommends 0.031 (1.983/fan_in) for gelu with biases of "
          + "deviation 0.4158. By theory squared gradients change by x"), "\(message)")
    let verdict = try #require(run["verdict"] as? [String: Any])
    let advice = try #require(verdict["recommendation"] as? String)
    // 1.4082 is the root of 1.98306: the same point, drawn independently or orthogonally, whichever is sure to train.
    let forms = ["variance_scaling(scale=1.98306)", "orthogonal(gain=1.4082)"]
    #expect(
      forms.contains {
        advice.hasPrefix("Use \($0), and draw the hidden layers' biases from normal(std=0.41584). In a second audit, ")
      }, "\(advice)")
  }

  /// The first layers, of which an audit is, may lose what no depth loses at the fixed point: numpy's quadrature
  /// (Fixtures/reference/meanfield/first_layers.py), whose last digits differ by 1e-7.
  @Test(arguments: [
    ("tanh", 1, 0, -1.4440017, 0.0259020), ("tanh", 1.69, 0.09, -0.8395028, 0.6070469),
    ("gelu", 1.98305826, 0.17292239, -0.2104857, 2.1739100), ("gelu", 1.98306, 0, -2.6943811, 0.0014871),
    ("softplus", 2, 0, -2.5464963, 13.2420575),
  ])
  func theFirstLayersAreTold(activation: String, weight: Double, bias: Double, decades: Double, variance: Double) throws {
    let json = try theory(
      "--activation", activation, "--weight-variance", "\(weight)", "--bias-variance", "\(bias)")
    let first = try #require(json["firstLayers"] as? [String: Any])
    #expect(first["count"] as? Int == 20)
    for (key, expected) in [("startingVariance", weight + bias), ("log10Gradients", decades), ("variance", variance)] {
      let value = try #require(first[key] as? Double)
      #expect(abs(value - expected) <= 3e-7 * max(1, abs(expected)), "\(key)")
    }
    // A variance that was asked for is the first.
    let asked = try theory("--activation", activation, "--starting-variance", "0.5")["firstLayers"] as? [String: Any]
    #expect(asked?["startingVariance"] as? Double == 0.5)
  }

  /// softplus has no critical point: what an audit may recommend for a few layers is named beside what theory keeps.
  @Test func softplusIsToldWhatAnAuditRecommends() throws {
    let text = try Command.run("theory", "--activation", "softplus").output
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(
      words.contains(
        "he_normal loses less: over the first 20 layers squared gradients change by x0.003, while q grows from 2 to 13.2. "
          + "For more depth normalize, add residual connections, or take another activation."), "\(text)")
    let grown = try Command.run("theory", "--activation", "softplus", "--weight-variance", "2").output
    #expect(
      grown.split(whereSeparator: \.isWhitespace).joined(separator: " ").contains(
        "It grows with depth, but more slowly than exponentially.") && !grown.contains("any range"))
  }

  /// A critical point's depth scale is infinite, not 1e13 by rounding.
  @Test(arguments: ["silu", "mish", "tanh"]) func criticalPointsHaveNoDepthScale(activation: String) throws {
    let text = try Command.run("theory", "--activation", activation).output
    #expect(text.contains("depth scale of c    infinite  differences fade slower than exponentially"), "\(text)")
  }

  /// What is said of tanh's critical point does not contradict itself: the signal shrinks, as a power of depth.
  @Test func criticalTanhShrinksSlowly() throws {
    let command = try Command.run("theory", "--activation", "tanh")
    #expect(
      command.output == """
        tanh: weight variance 1/fan-in (gain 1), bias variance 0

        quantity               value  what it means
        phase               critical  the edge of chaos: depth costs least
        q*                         0  the signal shrinks only as a power of depth
        chi1                       1  squared gradients x1.00 over 20 layers at q*
        first 20 layers       x0.036  squared gradients, q from 1 to 0.0259
        c*                         1  inputs become alike, but slowly
        slope of q map             1  a small deviation of q stays
        depth scale of q    infinite  q settles slower than exponentially
        depth scale of c    infinite  differences fade slower than exponentially
        saturated share           0%  of units at q* have |f'| < 0.05 max|f'|
        critical variance          1  gain 1 keeps gradients' size, at q = 0
        unit-variance gain      none  no gain keeps activations' mean square at 1

        No weight variance was given: this is the critical one, at which gradients keep
        their size (chi1 = 1 at q = 0).
        chi1 is the factor per layer at q*. The first 20 layers are still on the way
        there: with q from 1 to 0.0259, and q* = 0, squared gradients change by x0.036
        over them.
        Use variance_scaling(scale=1,mode=fan_in,distribution=normal) (gain 1) with zero
        biases: chi1 = 1, and the signal shrinks only as a power of depth.

        """)
    let weak = try Command.run("theory", "--activation", "tanh", "--weight-variance", "0.5").output
    #expect(weak.contains("the signal dies out") && !weak.contains("slower than exponentially"))
    let relu = try Command.run("theory", "--activation", "relu").output
    #expect(relu.contains("every variance is kept") && relu.contains("q stays as it is"))
  }

  @Test(arguments: [("gelu", 0.2820948, 0.4252215), ("tanh", 0, 0.3942945), ("softplus", 0.8060592, 0.9212459)])
  func moments(activation: String, mean: Double, second: Double) throws {
    let json = try theory("--moments", "--activation", activation, "--variance", "1")
    try expect(json, "mean", mean)
    try expect(json, "secondMoment", second)
    #expect(json["derivativeSecondMoment"] is Double && json["fourthMoment"] is Double)
  }

  // MARK: Text

  @Test func theTable() throws {
    let command = try Command.run("theory", "--activation", "tanh", "--weight-variance", "1.69", "--bias-variance", "0.09")
    #expect(command.status == 0)
    #expect(
      command.output == """
        tanh: weight variance 1.69/fan-in (gain 1.3), bias variance 0.09

        quantity              value  what it means
        phase               ordered  inputs become alike, gradients vanish
        q*                  0.60705  variance of pre-activations deep inside
        chi1                0.93981  squared gradients x0.289 over 20 layers at q*
        first 20 layers      x0.145  squared gradients, q from 1.78 to 0.607
        c*                        1  all inputs become one
        slope of q map      0.47352  each layer leaves this part of a deviation of q
        depth scale of q       1.34  layers in which a deviation of q falls to 1/e
        depth scale of c       16.1  two inputs stay apart for about 16 layers
        saturated share        0.5%  of units at q* have |f'| < 0.05 max|f'|
        critical variance    1.9477  gain 1.3956 keeps gradients' size, at q = 0.76347
        unit-variance gain     none  no gain keeps activations' mean square at 1

        Ordered: squared gradients shrink by a factor of e in about 16 layers.
        Use variance_scaling(scale=1.94765,mode=fan_in,distribution=normal) (gain
        1.3956) with biases of variance 0.09 (--bias-std 0.3): chi1 = 1 at q = 0.76347,
        where the signal and the gradients keep their size.

        """)
  }

  @Test(arguments: ["relu", "gelu", "softplus", "relu_squared", "sigmoid", "leaky_relu(slope=0.2)", "identity", "sin"])
  func everyTableFitsIntoEightyColumns(activation: String) throws {
    for variances in [[], ["--weight-variance", "0"], ["--weight-variance", "1e18", "--bias-variance", "1e18"]] {
      let command = try Command.run(
        Command.program, ["theory", "--activation", activation] + variances, in: nil, input: "", environment: [:])
      #expect(command.status == 0)
      #expect(command.output.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(command.output)")
      #expect(!command.output.contains("nan"))
    }
  }

  // MARK: What must be said beside the numbers

  @Test func unstableCriticalityIsExplained() throws {
    let json = try theory("--activation", "gelu", "--bias-variance", "0.01")
    // critical_line.py.
    try expect(json, "criticalWeightVariance", 2.9827993690432706)
    #expect(json["criticalStability"] as? String == "unstable")
    let remark = try #require(json["criticalRemark"] as? String)
    #expect(
      remark == "No critical weight variance to use at this bias variance: chi1 = 1 only at weight variance 2.9828 and "
        + "q* = 0.18348, an unstable fixed point that depth leads away from. Critical points that depth leads to exist for "
        + "bias variance >= 0.17292.")
    // The point that depth leads away from is not what is used where no weight variance is given.
    #expect(json["phase"] as? String == "ordered")
    let text = try Command.run("theory", "--activation", "gelu", "--bias-variance", "0.01").output
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.contains(remark) && words.contains("Use variance_scaling(scale=1.98306,"))
  }

  @Test(arguments: [
    (
      "relu", "0.1",
      "biases make the variance grow without bound. Critical points that depth leads to exist without biases only."
    ),
    ("softplus", "0.1", "chi1 is 1 at no fixed point. At no bias variance is there a critical point that depth leads to."),
  ])
  func noCriticalityIsExplained(activation: String, bias: String, end: String) throws {
    let json = try theory("--activation", activation, "--bias-variance", bias)
    #expect(json["criticalWeightVariance"] is NSNull && json["criticalStability"] is NSNull)
    let remark = try #require(json["criticalRemark"] as? String)
    #expect(remark.hasPrefix("No critical weight variance at this bias variance: ") && remark.hasSuffix(end), "\(remark)")
  }

  @Test func halfStablePointsAreReachedFromTheirSide() throws {
    #expect(try theory("--activation", "gelu", "--starting-variance", "5")["phase"] as? String == "critical")
    // From 1 iterates stop at the stable fixed point below (critical_line.py).
    let below = try theory("--activation", "gelu")
    #expect(below["phase"] as? String == "ordered" && below["criticalStability"] as? String == "stableFromAbove")
    try expect(below, "qStar", 3.0349814355)
    #expect(try theory("--activation", "silu")["phase"] as? String == "critical")
  }

  @Test func saturationIsWarnedOf() throws {
    let json = try theory("--activation", "sigmoid")
    // |f'| < 0.05/4 beyond 4.357 standard scales: critical_line.py has 0.516 at q = 45, here q* = 45.624.
    let share = try #require(json["saturatedFraction"] as? Double)
    #expect(share > 0.516 && share < 0.522)
    let warnings = try #require(json["warnings"] as? [String])
    #expect(
      warnings.first
        == "Saturated: at q* = 45.624, 52% of the units have |f'| < 0.05 max|f'|: hardly a gradient passes them.")
    let text = try Command.run("theory", "--activation", "sigmoid").output
    #expect(text.contains("Saturated: at q* = 45.624") && text.contains("Normalize pre-activations"))
    // Half of ReLU is cut off by design.
    let relu = try theory("--activation", "relu")
    #expect(relu["saturatedFraction"] as? Double == 0.5 && (relu["warnings"] as? [String])?.isEmpty == true)
    // Large biases saturate tanh's critical point; the one without biases is not.
    let tanh = try Command.run("theory", "--activation", "tanh", "--bias-variance", "30").output
    #expect(tanh.contains("Saturated: ") && tanh.contains("Use weight variance 1, bias variance 0 instead"))
  }

  @Test(arguments: ["relu", "gelu", "relu_squared", "sigmoid", "sin", "elu(alpha=1e6)", "leaky_relu(slope=1e6)"])
  func extremesAreAnsweredOrRefused(activation: String) throws {
    for options in [
      ["--weight-variance", "0", "--bias-variance", "0"], ["--weight-variance", "0", "--bias-variance", "1"],
      ["--weight-variance", "5e-324", "--bias-variance", "5e-324"],
      ["--weight-variance", "1e18", "--bias-variance", "1e18"],
      ["--weight-variance", "3", "--starting-variance", "0"], ["--weight-variance", "3", "--starting-variance", "1e18"],
      ["--moments", "--variance", "0"], ["--moments", "--variance", "1e18"], ["--moments", "--variance", "5e-324"],
    ] {
      for form in [[], ["--json"]] {
        let command = try Command.run(
          Command.program, ["theory", "--activation", activation] + options + form, in: nil, input: "",
          environment: ["COLUMNS": "80"])
        let place: Comment = "\(activation) \(options)\n\(command.output)\(command.message)"
        if command.status == 0 {
          #expect(command.message.isEmpty && !command.output.lowercased().contains("nan"), place)
          #expect(!form.isEmpty || command.output.split(separator: "\n").allSatisfy { $0.count <= 80 }, place)
          if !form.isEmpty { _ = try command.json() }
        } else {
          #expect(command.status == 2 && command.output.isEmpty && command.message.hasPrefix("Error: "), place)
        }
      }
    }
  }

  // MARK: Pictures

  @Test func picturesCarryTheirCommand() throws {
    let directory = try TemporaryDirectory()
    let command = try Command.run(
      "theory", "--activation", "tanh", "--weight-variance", "2", "--bias-variance", "0.05", "--phase-diagram", "p.png",
      "--maps", "m.png", "--depth-scale", "d.png", in: directory)
    #expect(command.status == 0)
    #expect(command.message == "wrote p.png\nwrote m.png\nwrote d.png\n")
    #expect(try directory.files() == ["p.png", "m.png", "d.png"])
    for name in ["p.png", "m.png", "d.png"] {
      let data = try directory.data(of: name)
      #expect(data.prefix(8) == Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
      #expect(data.range(of: Data("initscope theory --activation tanh --weight-variance 2".utf8)) != nil, "\(name)")
    }
  }

  @Test func aPictureThatCannotBeWritten() throws {
    let directory = try TemporaryDirectory()
    let command = try Command.run("theory", "--activation", "tanh", "--maps", "missing/m.png", in: directory)
    #expect(command.status == 2)
    #expect(command.output.isEmpty)
    #expect(
      command.message
        == "Error: cannot write missing/m.png: its directory does not exist; create the directory first\n")
    #expect(try directory.files().isEmpty)
  }

  // MARK: Mistakes

  @Test(
    arguments: [
      (
        ["--activation", "tanhh"],
        "The value 'tanhh' is invalid for '--activation <spec>': there is no activation `tanhh`. Did you mean `tanh`?"
      ),
      (["--activation", "tanh", "--weight-variance", "-1"], "--weight-variance must be a number from 0 to 1e18, got -1.0."),
      (["--activation", "tanh", "--weight-variance", "nan"], "--weight-variance must be a number from 0 to 1e18, got nan."),
      (["--activation", "tanh", "--bias-variance", "inf"], "--bias-variance must be a number from 0 to 1e18, got inf."),
      (
        ["--activation", "tanh", "--weight-variance", "1e300"],
        "--weight-variance must be a number from 0 to 1e18, got 1e+300."
      ),
      (
        ["--activation", "tanh", "--starting-variance", "-1"],
        "--starting-variance must be a number from 0 to 1e18, got -1.0."
      ),
      (
        ["--activation", "tanh", "--bias-variance", "x"],
        "The value 'x' is invalid for '--bias-variance <y>'. It takes a number from 0 to 1e18"
      ),
      (["--activation", "tanh", "--moments", "--variance", "-2"], "--variance must be a number from 0 to 1e18, got -2.0."),
      (
        ["--activation", "tanh", "--moments", "--maps", "m.png"],
        "--maps does not go with --moments, which takes --variance only."
      ),
      (
        ["--activation", "tanh", "--variance", "2"],
        "--variance goes with --moments. For the variances of a network give --weight-variance and --bias-variance."
      ),
      ([], "Missing expected argument '--activation <spec>'"),
    ] as [([String], String)])
  func aMistake(arguments: [String], message: String) throws {
    let directory = try TemporaryDirectory()
    let command = try Command.run(Command.program, ["theory"] + arguments, in: directory, input: "", environment: [:])
    #expect(command.status == 64)
    #expect(command.output.isEmpty)
    #expect(command.message.split(separator: "\n").first.map(String.init) == "Error: \(message)")
    #expect(try directory.files().isEmpty)
  }
}
