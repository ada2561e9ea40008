import NetworkGraph
import SignalPropagation

// Types whose JSON is not what the compiler would derive. A plain JSONDecoder reads them, numbers that are not finite
// included; `AuditJSON.decode` says in a sentence what is wrong with a document.

extension AuditReport: Decodable {
  private enum Keys: String, CodingKey {
    case schemaVersion, tool, environment, network, input, seed, seeds, runs
  }

  /// - Throws: `DecodingError`, also for a document of another schema version.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Keys.self)
    let version = try values.decode(Int.self, forKey: .schemaVersion)
    guard version == AuditReport.schemaVersion else {
      throw DecodingError.dataCorruptedError(
        forKey: .schemaVersion, in: values,
        debugDescription: "version \(version), and this program reads version \(AuditReport.schemaVersion)")
    }
    self.init(
      tool: try values.decode(Tool.self, forKey: .tool),
      environment: try values.decode(Environment.self, forKey: .environment),
      network: try values.decode(NetworkSummary.self, forKey: .network),
      input: try values.decode(Input.self, forKey: .input),
      seed: try values.decode(UInt64.self, forKey: .seed),
      seeds: try values.decode(Int.self, forKey: .seeds),
      runs: try values.decode([InitializerRun].self, forKey: .runs))
  }
}

extension InitializerRun: Decodable {
  private enum Keys: String, CodingKey {
    case initializer, activation, layers, parameters, growth, lossAtInitialization, lossOfGuess, calibration, theoryNote
    case findings, verdict, values, outputLayer, replicaNote
  }

  private enum GrowthKeys: String, CodingKey {
    case forwardPerLayer, backwardPerLayer
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Keys.self)
    let growth = try values.nestedContainer(keyedBy: GrowthKeys.self, forKey: .growth)
    self.init(
      initializer: try values.decode(String.self, forKey: .initializer),
      activation: try values.decode(String.self, forKey: .activation),
      layers: try values.decode([LayerResult].self, forKey: .layers),
      forwardGrowth: try growth.decodeIfPresent(Growth.self, forKey: .forwardPerLayer),
      backwardGrowth: try growth.decodeIfPresent(Growth.self, forKey: .backwardPerLayer),
      lossAtInitialization: try values.numberIfPresent(.lossAtInitialization),
      calibration: try values.decodeIfPresent([Calibration].self, forKey: .calibration) ?? [])
    lossOfGuess = try values.numberIfPresent(.lossOfGuess)
    parameters = try values.decodeIfPresent([ParameterSummary].self, forKey: .parameters) ?? []
    self.values = try values.decodeIfPresent([ValueSummary].self, forKey: .values)
    if let place = try values.decodeIfPresent(Int.self, forKey: .outputLayer) {
      guard layers.isEmpty || layers.indices.contains(place - 1) else {
        throw DecodingError.dataCorruptedError(
          forKey: .outputLayer, in: values, debugDescription: "\(place) is the number of no layer: there are \(layers.count)"
        )
      }
      outputLayer = place
    } else {
      outputLayer = Self.outputLayer(ofEarlierVersions: layers)
    }
    replicaNote = try values.decodeIfPresent(String.self, forKey: .replicaNote)
    theoryNote = try values.decodeIfPresent(String.self, forKey: .theoryNote)
    findings = try values.decodeIfPresent([Finding].self, forKey: .findings) ?? []
    verdict = try values.decodeIfPresent(Verdict.self, forKey: .verdict)
  }
}

extension InitializerRun {
  /// The number of the output layer in a report of a version that did not write it, whose layers tell it by their kinds.
  private static func outputLayer(ofEarlierVersions layers: [LayerResult]) -> Int {
    let followers = ["softmax", "flatten", "dropout", "max_pool", "average_pool", "global_average_pool", "last_step"]
    let place = layers.lastIndex { !followers.contains($0.kind) } ?? 0
    return layers.indices.contains(place) && layers[place].fanIn != nil ? place + 1 : layers.count
  }
}

extension ValueSummary: Decodable {
  private enum Keys: String, CodingKey {
    case name, `operator`, mean, variance, secondMoment, gradientSecondMoment
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Keys.self)
    self.init(
      name: try values.decode(String.self, forKey: .name), operation: try values.decode(String.self, forKey: .operator),
      mean: try values.number(.mean), variance: try values.number(.variance),
      secondMoment: try values.number(.secondMoment), gradientSecondMoment: try values.numberIfPresent(.gradientSecondMoment)
    )
  }
}

extension Verdict: Decodable {
  private enum Keys: String, CodingKey {
    case status, trains, confidence, inEvidence, learningRate, summary, recommendation, expectedAccuracies, evidence
    case trainsWithAdam, learningRateWithAdam
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Keys.self)
    self.init(
      status: try values.decode(Status.self, forKey: .status),
      trains: try values.decodeIfPresent(Bool.self, forKey: .trains),
      confidence: try values.numberIfPresent(.confidence),
      learningRate: try values.numberIfPresent(.learningRate),
      summary: try values.decode(String.self, forKey: .summary),
      recommendation: try values.decodeIfPresent(String.self, forKey: .recommendation))
    trainsWithAdam = try values.decodeIfPresent(Bool.self, forKey: .trainsWithAdam)
    learningRateWithAdam = try values.numberIfPresent(.learningRateWithAdam)
    inEvidence = try values.decodeIfPresent(Bool.self, forKey: .inEvidence) ?? true
    expectedAccuracies = try values.decodeIfPresent([ExpectedAccuracy].self, forKey: .expectedAccuracies) ?? []
    evidence = try values.numbersByName(.evidence)
  }
}

extension InitializerRun.Growth: Decodable {
  private enum Keys: String, CodingKey {
    case log10, interval
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Keys.self)
    self.init(
      log10: try values.number(.log10),
      interval: try values.decodeIfPresent(Interval.self, forKey: .interval))
  }
}

extension Interval: Decodable {
  public init(from decoder: any Decoder) throws {
    var pair = try decoder.unkeyedContainer()
    let low = try pair.decode(JSONNumber.self).value
    let high = try pair.decode(JSONNumber.self).value
    guard pair.isAtEnd else {
      throw DecodingError.dataCorruptedError(in: pair, debugDescription: "an interval is a pair [low, high]")
    }
    self.init(low: low, high: high)
  }
}

extension LayerResult: Decodable {
  private enum Keys: String, CodingKey {
    case index, name, kind, units, fanIn, fanOut, weights, bias, preactivation, activation, gradient, preactivationGradient
    case weightGradient, recurrence, scope, value
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Keys.self)
    self.init(
      index: try values.decode(Int.self, forKey: .index),
      name: try values.decode(String.self, forKey: .name),
      kind: try values.decode(String.self, forKey: .kind),
      units: try values.decode(Int.self, forKey: .units),
      fanIn: try values.decodeIfPresent(Int.self, forKey: .fanIn),
      fanOut: try values.decodeIfPresent(Int.self, forKey: .fanOut),
      weights: try values.decodeIfPresent(WeightSummary.self, forKey: .weights),
      preactivation: try values.decode(SignalSummary.self, forKey: .preactivation),
      activation: try values.decode(SignalSummary.self, forKey: .activation),
      gradient: try values.decode(SignalSummary.self, forKey: .gradient),
      preactivationGradient: try values.decode(SignalSummary.self, forKey: .preactivationGradient),
      weightGradient: try values.decodeIfPresent(SignalSummary.self, forKey: .weightGradient))
    scope = try values.decodeIfPresent(String.self, forKey: .scope)
    value = try values.decodeIfPresent(String.self, forKey: .value)
    bias = try values.decodeIfPresent(BiasSummary.self, forKey: .bias)
    recurrence = try values.decodeIfPresent(Recurrence.self, forKey: .recurrence)
  }
}

extension WeightSummary: Decodable {
  private enum Keys: String, CodingKey {
    case mean, variance, expectedVariance, orthogonalityDefect, outliers, min, max, nonFinite, sharedWith, histogram, scatter
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Keys.self)
    self.init(
      mean: try values.number(.mean),
      variance: try values.number(.variance),
      expectedVariance: try values.numberIfPresent(.expectedVariance),
      orthogonalityDefect: try values.numberIfPresent(.orthogonalityDefect),
      outliers: try values.decodeIfPresent(Int.self, forKey: .outliers),
      histogram: try values.decodeIfPresent(Histogram.self, forKey: .histogram))
    scatter = try values.decodeIfPresent(ReplicaScatter.self, forKey: .scatter)
    min = try values.numberIfPresent(.min) ?? 0
    max = try values.numberIfPresent(.max) ?? 0
    nonFinite = try values.decodeIfPresent(Int.self, forKey: .nonFinite) ?? 0
    sharedWith = try values.decodeIfPresent(String.self, forKey: .sharedWith)
  }
}

extension ParameterSummary: Decodable {
  private enum Keys: String, CodingKey {
    case name, shape, role, layer, initializer, secondMoment, expectedMean, gradient, toWeightRatio
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Keys.self)
    self.init(
      name: try values.decode(String.self, forKey: .name), shape: try values.decode([Int].self, forKey: .shape),
      role: try values.decode(ParameterTensor.Role.self, forKey: .role),
      layer: try values.decode(String.self, forKey: .layer),
      initializer: try values.decodeIfPresent(String.self, forKey: .initializer),
      // The moments are beside the other keys.
      values: try WeightSummary(from: decoder),
      secondMoment: try values.number(.secondMoment),
      expectedMean: try values.numberIfPresent(.expectedMean),
      gradient: try values.decodeIfPresent(Gradient.self, forKey: .gradient),
      toWeightRatio: try values.numberIfPresent(.toWeightRatio))
  }
}

extension ParameterSummary.Gradient: Decodable {
  private enum Keys: String, CodingKey {
    case secondMoment, log10SecondMoment
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Keys.self)
    self.init(
      secondMoment: try values.number(.secondMoment),
      log10SecondMoment: try values.numberIfPresent(.log10SecondMoment))
  }
}

extension BiasSummary: Decodable {
  private enum Keys: String, CodingKey {
    case mean, variance, min, max, nonFinite
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Keys.self)
    self.init(
      mean: try values.number(.mean), variance: try values.number(.variance),
      min: try values.number(.min), max: try values.number(.max),
      nonFinite: try values.decode(Int.self, forKey: .nonFinite))
  }
}

extension SignalSummary: Decodable {
  private enum Keys: String, CodingKey {
    case count, mean, variance, secondMoment, log10SecondMoment, interval, theory, theoryLog10, theoryStandardError, skewness
    case kurtosis, min, max
    case nonFinite, cosineSimilarity, histogram, magnitudes, float32, scaleCapped, belowResolution, groups, scatter
    case deadFraction, saturatedFraction, saturatedEntries, duplicateFraction, spread, tokenCosine, toWeightRatio
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Keys.self)
    func optional(_ key: Keys) throws -> Double? { try values.numberIfPresent(key) }
    self.init(
      count: try values.decode(Int.self, forKey: .count),
      mean: try values.number(.mean),
      variance: try values.number(.variance),
      secondMoment: try values.number(.secondMoment),
      log10SecondMoment: try optional(.log10SecondMoment),
      interval: try values.decodeIfPresent(Interval.self, forKey: .interval),
      theory: try optional(.theory), theoryLog10: try optional(.theoryLog10),
      theoryStandardError: try optional(.theoryStandardError),
      skewness: try optional(.skewness), kurtosis: try optional(.kurtosis),
      min: try values.number(.min), max: try values.number(.max),
      nonFinite: try values.decode(Int.self, forKey: .nonFinite),
      cosineSimilarity: try optional(.cosineSimilarity),
      histogram: try values.decodeIfPresent(Histogram.self, forKey: .histogram),
      float32: try values.decodeIfPresent(Float32Range.self, forKey: .float32) ?? .representable,
      scaleCapped: try values.decodeIfPresent(Bool.self, forKey: .scaleCapped) ?? false,
      belowResolution: try values.decodeIfPresent([String].self, forKey: .belowResolution) ?? [],
      deadFraction: try optional(.deadFraction), saturatedFraction: try optional(.saturatedFraction),
      duplicateFraction: try optional(.duplicateFraction), spread: try optional(.spread),
      toWeightRatio: try optional(.toWeightRatio))
    tokenCosine = try optional(.tokenCosine)
    saturatedEntries = try optional(.saturatedEntries)
    magnitudes = try values.decodeIfPresent(MagnitudeHistogram.self, forKey: .magnitudes)
    groups = try values.decodeIfPresent(GroupMoments.self, forKey: .groups)
    scatter = try values.decodeIfPresent(ReplicaScatter.self, forKey: .scatter)
  }
}

extension Finding: Decodable {
  private enum Keys: String, CodingKey {
    case rule, severity, layers, evidence, message
  }

  /// A key that is not known at compile time.
  private struct AnyKey: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Keys.self)
    let evidence = try values.nestedContainer(keyedBy: AnyKey.self, forKey: .evidence)
    self.init(
      rule: try values.decode(String.self, forKey: .rule),
      severity: try values.decode(Severity.self, forKey: .severity),
      layers: try values.decode([Int].self, forKey: .layers),
      evidence: try evidence.allKeys.reduce(into: [:]) { pairs, key in
        if let number = try? evidence.number(key) {
          pairs[key.stringValue] = .number(number)
        } else {
          pairs[key.stringValue] = .text(try evidence.decode(String.self, forKey: key))
        }
      },
      message: try values.decode(String.self, forKey: .message))
  }
}
