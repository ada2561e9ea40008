import NetworkGraph

/// Writes the initializers that a Keras configuration declares as specifications of this project.
///
/// Keras 3 writes `{"module": "keras.initializers", "class_name": "HeNormal", "config": {...}}`, Keras 2 the same
/// without the module, and old files a name alone.
struct KerasInitializer {
  /// `keras.he_normal`, `keras.variance_scaling(scale=2.0,mode=fan_out)`.
  var specification: String
  /// The seed that the file declares.
  var seed: Int?
  /// The variance times the fan, and by which fan and law, where the variance depends on fans.
  var scaling: (scale: Double, mode: String, distribution: String)?
  /// The name and the numbers of a law that no shape changes.
  private var fixed: (name: String, numbers: [String: Double])?

  /// Named laws whose variance follows from the fans: numerator, fan and law.
  private static let scaled: [String: (name: String, scale: Double, mode: String, distribution: String)] = [
    "glorotuniform": ("glorot_uniform", 1, "fan_avg", "uniform"),
    "glorotnormal": ("glorot_normal", 1, "fan_avg", "truncated_normal"),
    "heuniform": ("he_uniform", 2, "fan_in", "uniform"), "henormal": ("he_normal", 2, "fan_in", "truncated_normal"),
    "lecununiform": ("lecun_uniform", 1, "fan_in", "uniform"),
    "lecunnormal": ("lecun_normal", 1, "fan_in", "truncated_normal"),
  ]

  /// Laws that no shape changes: what the entry is called here, and its arguments.
  private static let plain: [String: (name: String, arguments: [String])] = [
    "randomnormal": ("random_normal", ["mean", "stddev"]), "normal": ("random_normal", ["mean", "stddev"]),
    "randomuniform": ("random_uniform", ["minval", "maxval"]), "uniform": ("random_uniform", ["minval", "maxval"]),
    "truncatednormal": ("truncated_normal", ["mean", "stddev"]), "constant": ("constant", ["value"]),
    "orthogonal": ("orthogonal", ["gain"]), "orthogonalinitializer": ("orthogonal", ["gain"]),
    "identity": ("identity", ["gain"]), "identityinitializer": ("identity", ["gain"]), "zeros": ("zeros", []),
    "zero": ("zeros", []), "ones": ("ones", []), "one": ("ones", []),
  ]

  /// Reads what the configuration declares under a key; nil where it declares nothing.
  init?(_ declared: JSONValue?, key: String) throws(KerasStop) {
    guard let declared, !declared.isNull else { return nil }
    guard let name = declared.string ?? declared["class_name"]?.string else {
      throw .problem("\(key) is no initializer that Keras writes")
    }
    let config = KerasFields(declared["config"])
    if let registered = declared["registered_name"]?.string, declared["module"]?.string?.hasPrefix("keras") != true {
      throw .problem("\(key) is \(registered.prefix(80)), a class of the model's own program")
    }
    let last = name.split(separator: ".").last.map(String.init) ?? name
    let folded = String(last.lowercased().filter { $0 != "_" })
    // A seed may also be a generator, which draws anew for each tensor.
    if case .number? = config["seed"] { seed = try config.integer("seed") }
    for axes in ["input_axes", "output_axes"] where config[axes] != nil {
      throw .problem("\(key) takes its fans along \(axes), which is not known here")
    }
    if let known = Self.scaled[folded] {
      specification = "keras.\(known.name)"
      scaling = (known.scale, known.mode, known.distribution)
    } else if folded == "variancescaling" {
      let scale = try config.number("scale") ?? 1
      let mode = try config.string("mode") ?? "fan_in"
      let distribution = try config.string("distribution") ?? "truncated_normal"
      specification = "keras.variance_scaling(scale=\(scale),mode=\(mode),distribution=\(distribution))"
      scaling = (scale, mode, distribution)
    } else if let known = Self.plain[folded] {
      var arguments: [String] = [], numbers: [String: Double] = [:]
      for argument in known.arguments where config[argument] != nil {
        guard let value = try? config.number(argument) else { throw .problem("\(key): \(argument) is no finite number") }
        arguments.append("\(argument)=\(value)")
        numbers[argument] = value
      }
      fixed = (known.name, numbers)
      specification = "keras.\(known.name)" + (arguments.isEmpty ? "" : "(\(arguments.joined(separator: ",")))")
    } else {
      throw .problem("\(key) is \(name.prefix(80)), which has no counterpart")
    }
    do {
      // Canonical: without what is a default.
      specification = try Initializer(parsing: specification).description
    } catch {
      throw .problem("\(key): \(error.message)")
    }
  }

  /// The laws that a tensor's values may have, in the words of a scheme for files of weights, by the names of its fans;
  /// empty where none is known.
  ///
  /// With PyTorch behind it Keras cuts a normal by choosing among four draws, of which at times none lies within the bounds
  /// (keras/src/backend/torch/random.py, truncated_normal): a normal law of the same deviation is as good.
  func laws(fanIn: String, fanOut: String) -> [String] {
    guard let law = law(fanIn: fanIn, fanOut: fanOut) else { return [] }
    let cut = "truncated_normal(", end = ", sigmas=2)"
    guard law.hasPrefix(cut), law.hasSuffix(end) else { return [law] }
    return [law, "normal(\(law.dropFirst(cut.count).dropLast(end.count))*\(WeightLaw.truncatedAtTwoDeviation))"]
  }

  private func law(fanIn: String, fanOut: String) -> String? {
    if let scaling {
      let isMean = scaling.mode == "fan_avg"
      let fan = scaling.mode == "fan_in" ? fanIn : scaling.mode == "fan_out" ? fanOut : "(\(fanIn)+\(fanOut))"
      /// The root of so many times the variance.
      func root(_ factor: Double) -> String {
        let numerator = factor * scaling.scale * (isMean ? 2 : 1)
        return "sqrt(\(Int(exactly: numerator).map { "\($0)" } ?? "\(numerator)")/\(fan))"
      }
      return switch scaling.distribution {
      case "uniform": "uniform(bound=\(root(3)))"
      case "untruncated_normal": "normal(std=\(root(1)))"
      default: "truncated_normal(std=\(root(1))/\(WeightLaw.truncatedAtTwoDeviation), sigmas=2)"
      }
    }
    guard let (name, numbers) = fixed else { return nil }
    func number(_ name: String, _ standard: Double) -> Double { numbers[name] ?? standard }
    return switch name {
    case "random_normal": "normal(mean=\(number("mean", 0)), std=\(number("stddev", 0.05)))"
    case "random_uniform": "uniform(\(number("minval", -0.05)), \(number("maxval", 0.05)))"
    case "truncated_normal": "truncated_normal(mean=\(number("mean", 0)), std=\(number("stddev", 0.05)), sigmas=2)"
    case "constant": "constant(\(number("value", 0)))"
    case "orthogonal": "orthogonal(gain=\(number("gain", 1)))"
    case "identity": number("gain", 1) == 1 ? "identity" : nil
    case "zeros", "ones": name
    default: nil
    }
  }

  /// The specification for a kernel of an attention, whose fans depend on the version of Keras.
  func ofAttention(_ version: KerasVersion) -> String {
    guard scaling != nil, let argument = version.argument else { return specification }
    return specification.hasSuffix(")")
      ? "\(specification.dropLast()),\(argument))" : "\(specification)(\(argument))"
  }

  /// The specification for a tensor whose fans Keras computes otherwise than from the operation: the same variance, written
  /// as a numerator over `taps`, the fan-in of the operation here.
  func withFans(_ fans: (in: Double, out: Double), taps: Int, key: String) throws(KerasStop) -> String {
    guard let scaling else {
      if ["keras.orthogonal", "keras.identity"].contains(where: specification.hasPrefix) {
        throw .problem("\(key) is \(specification), which has no counterpart for one filter per channel")
      }
      return specification
    }
    let fan = scaling.mode == "fan_in" ? fans.in : scaling.mode == "fan_out" ? fans.out : (fans.in + fans.out) / 2
    let scale = scaling.scale / fan * Double(taps)
    return "keras.variance_scaling(scale=\(scale),distribution=\(scaling.distribution))"
  }

  /// The specification for a bias, gain or shift of so many values, whose fans both are their number.
  func ofVector(_ count: Int, key: String) throws(KerasStop) -> String {
    guard let scaling else {
      guard (try? Initializer(parsingBias: specification)) != nil else {
        throw .problem("\(key) is \(specification), which needs a matrix")
      }
      return specification
    }
    let variance = scaling.scale / Double(max(1, count))
    switch scaling.distribution {
    case "uniform":
      let limit = (3 * variance).squareRoot()
      return "keras.random_uniform(minval=\(-limit),maxval=\(limit))"
    case "untruncated_normal": return "keras.random_normal(stddev=\(variance.squareRoot()))"
    default: return "keras.truncated_normal(stddev=\(variance.squareRoot() / WeightLaw.truncatedAtTwoDeviation))"
    }
  }
}
