import SignalPropagation

// Parts of a report that hold numbers, which may be none: see `JSONNumber`.

extension AuditReport.Input: Decodable {
  private enum Keys: String, CodingKey {
    case source, isDrawn, scaling, batch, mean, standardDeviation, secondMoment, log10SecondMoment, cosineSimilarity,
      cosineVariance
    case tokenCosine, sampleSecondMoments, backward, classes, classNames
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Keys.self)
    let source = try values.decode(String.self, forKey: .source)
    self.init(
      source: source, scaling: try values.decode(String.self, forKey: .scaling),
      batch: try values.decode(Int.self, forKey: .batch), mean: try values.numberIfPresent(.mean),
      standardDeviation: try values.numberIfPresent(.standardDeviation),
      backward: try values.decode(String.self, forKey: .backward),
      // Older reports do not say it.
      isDrawn: try values.decodeIfPresent(Bool.self, forKey: .isDrawn) ?? ["gaussian", "uniform", "tokens"].contains(source))
    secondMoment = try values.numberIfPresent(.secondMoment)
    log10SecondMoment = try values.numberIfPresent(.log10SecondMoment)
    cosineSimilarity = try values.numberIfPresent(.cosineSimilarity)
    cosineVariance = try values.numberIfPresent(.cosineVariance)
    tokenCosine = try values.numberIfPresent(.tokenCosine)
    sampleSecondMoments = try values.numbers(.sampleSecondMoments)
    classes = try values.decodeIfPresent(Int.self, forKey: .classes)
    classNames = try values.decodeIfPresent([String].self, forKey: .classNames)
  }
}

extension InitializerRun.Calibration: Decodable {
  private enum Keys: String, CodingKey {
    case layer, attempts, variance, converged
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Keys.self)
    self.init(
      layer: try values.decode(String.self, forKey: .layer), attempts: try values.decode(Int.self, forKey: .attempts),
      variance: try values.number(.variance), converged: try values.decode(Bool.self, forKey: .converged))
  }
}

extension LayerResult.Recurrence: Decodable {
  private enum Keys: String, CodingKey {
    case log10State, log10StateGradient
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Keys.self)
    self.init(
      log10State: try values.optionalNumbers(.log10State),
      log10StateGradient: try values.optionalNumbers(.log10StateGradient))
  }
}

extension GroupMoments: Decodable {
  private enum Keys: String, CodingKey {
    case kind, mean, variance, secondMoment
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Keys.self)
    self.init(
      kind: try values.decode(Kind.self, forKey: .kind), mean: try values.numbers(.mean),
      variance: try values.numbers(.variance), secondMoment: try values.numbers(.secondMoment))
  }
}

extension Histogram: Decodable {
  private enum Keys: String, CodingKey {
    case edges, counts
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Keys.self)
    self.init(edges: try values.numbers(.edges), counts: try values.decode([Int].self, forKey: .counts))
  }
}

extension ReplicaScatter: Decodable {
  private enum Keys: String, CodingKey {
    case mean, log10Variance, log10VarianceError, cosineSimilarity, deadFraction, saturatedFraction
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Keys.self)
    self.init(
      mean: try values.numberIfPresent(.mean), log10Variance: try values.numberIfPresent(.log10Variance),
      log10VarianceError: try values.numberIfPresent(.log10VarianceError),
      cosineSimilarity: try values.numberIfPresent(.cosineSimilarity),
      deadFraction: try values.numberIfPresent(.deadFraction),
      saturatedFraction: try values.numberIfPresent(.saturatedFraction))
  }
}
