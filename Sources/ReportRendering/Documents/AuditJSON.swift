import SignalPropagation

/// Writes the JSON document of an audit, schema version 1.
///
/// Every key of the contract is present in the order of the contract, with an explicit null where there is no value;
/// non-finite numbers are the strings "NaN", "Infinity" and "-Infinity". Keys are added, never renamed.
public enum AuditJSON {
  /// Documents of models with thousands of layers stay below this many bytes, as far as leaving out details can do it.
  public static let largestSize = 20_000_000

  /// A report as a document, and the keys whose values were left out of it because of its size.
  public struct Document: Sendable {
    public let bytes: [UInt8]
    /// Empty for most documents.
    public let omitted: [String]
  }

  /// Encodes the report in UTF-8, with a line feed at its end.
  public static func encode(_ report: AuditReport) -> [UInt8] { document(report).bytes }

  /// Encodes the report; where it would be larger than ``largestSize``, without histograms and without the moments of
  /// channels and steps, then without indentation, then without the scatter of replicas. The key `omitted` lists what is
  /// null for that reason.
  ///
  /// - Parameter report: What is written.
  public static func document(_ report: AuditReport) -> Document {
    let details = [["histogram", "magnitudes", "groups"], ["scatter"]]
    var report = report, omitted: [String] = []
    var bytes = encode(report, omitted: [], indents: true)
    for (round, keys) in details.enumerated() where bytes.count > largestSize {
      omitted += keys
      for run in report.runs.indices { report.runs[run].leaveOut(histograms: true, scatter: round > 0) }
      if round == 0 { bytes = encode(report, omitted: omitted, indents: true) }
      if bytes.count > largestSize { bytes = encode(report, omitted: omitted, indents: false) }
    }
    return Document(bytes: bytes, omitted: omitted)
  }

  private static func encode(_ report: AuditReport, omitted: [String], indents: Bool) -> [UInt8] {
    // A layer with histograms takes about 15 kB, a parameter half of that.
    let layers = report.runs.reduce(0) { $0 + $1.layers.count }, tensors = report.runs.reduce(0) { $0 + $1.parameters.count }
    var writer = JSONWriter(capacity: 4096 + layers * 16384 + tensors * 512, indents: indents)
    writer.object(nil) { json in
      json.member("schemaVersion", AuditReport.schemaVersion)
      // Only documents that lack something have this key.
      if !omitted.isEmpty { json.line("omitted", omitted) }
      json.object("tool") {
        $0.member("name", report.tool.name)
        $0.member("version", report.tool.version)
        $0.member("command", report.tool.command)
      }
      write(report.environment, to: &json)
      write(report.network, to: &json)
      write(report.input, to: &json)
      json.member("seed", report.seed)
      json.member("seeds", report.seeds)
      json.array("runs", report.runs) { write($1, to: &$0) }
    }
    return writer.finish()
  }

  private static func write(_ environment: AuditReport.Environment, to json: inout JSONWriter) {
    json.object("environment") {
      $0.member("threads", environment.threads)
      $0.member("blas", environment.blas)
      $0.member("peakMemoryBytes", environment.peakMemoryBytes)
      $0.member("memoryLimitBytes", environment.memoryLimitBytes)
      $0.member("seconds", environment.seconds)
      guard let phases = environment.phases else { return }
      $0.object("phases") {
        $0.member("load", phases.load)
        $0.member("audit", phases.audit)
        $0.member("verdict", phases.verdict)
        $0.member("remedies", phases.remedies)
        $0.member("render", phases.render)
      }
    }
  }

  static func write(_ network: AuditReport.NetworkSummary, to json: inout JSONWriter) {
    json.object("network") {
      $0.member("name", network.name)
      $0.member("parameters", network.parameters)
      $0.array("layers", network.layers) { json, layer in
        json.object(nil) {
          $0.member("index", layer.index)
          $0.member("name", layer.name)
          $0.member("kind", layer.kind)
          $0.line("inputs", layer.inputs)
          $0.line("outputShape", layer.outputShape)
          $0.member("parameters", layer.parameters)
          $0.member("activation", layer.activation)
        }
      }
    }
  }

  private static func write(_ input: AuditReport.Input, to json: inout JSONWriter) {
    json.object("input") {
      $0.member("source", input.source)
      $0.member("isDrawn", input.isDrawn)
      $0.member("scaling", input.scaling)
      $0.member("batch", input.batch)
      $0.member("mean", input.mean)
      $0.member("standardDeviation", input.standardDeviation)
      $0.member("secondMoment", input.secondMoment)
      $0.member("log10SecondMoment", input.log10SecondMoment)
      $0.member("cosineSimilarity", input.cosineSimilarity)
      $0.member("cosineVariance", input.cosineVariance)
      if let cosine = input.tokenCosine { $0.member("tokenCosine", cosine) }
      $0.line("sampleSecondMoments", input.sampleSecondMoments)
      $0.member("backward", input.backward)
      $0.member("classes", input.classes)
      if let names = input.classNames { $0.line("classNames", names) }
    }
  }

  private static func write(_ run: InitializerRun, to json: inout JSONWriter) {
    json.object(nil) {
      $0.member("initializer", run.initializer)
      $0.member("activation", run.activation)
      $0.array("layers", run.layers) { write($1, to: &$0) }
      $0.array("parameters", run.parameters) { write($1, to: &$0) }
      // Only audits that were asked for it have this key.
      if let values = run.values { $0.array("values", values) { write($1, to: &$0) } }
      $0.object("growth") {
        write("forwardPerLayer", run.forwardGrowth, to: &$0)
        write("backwardPerLayer", run.backwardGrowth, to: &$0)
      }
      $0.member("lossAtInitialization", run.lossAtInitialization)
      $0.member("lossOfGuess", run.lossOfGuess)
      $0.array("calibration", run.calibration) { json, calibration in
        json.object(nil) {
          $0.member("layer", calibration.layer)
          $0.member("attempts", calibration.attempts)
          $0.member("variance", calibration.variance)
          $0.member("converged", calibration.converged)
        }
      }
      $0.member("outputLayer", run.outputLayer)
      $0.member("theoryNote", run.theoryNote)
      $0.member("replicaNote", run.replicaNote)
      write(run.verdict, to: &$0)
      $0.array("findings", run.findings) { write($1, to: &$0) }
    }
  }

  /// - Parameter more: Writes members beyond the verdict's own.
  static func write(_ verdict: Verdict?, to json: inout JSONWriter, more: (inout JSONWriter) -> Void = { _ in }) {
    guard let verdict else { return json.null("verdict") }
    json.object("verdict") {
      $0.member("status", verdict.status.rawValue)
      $0.member("trains", verdict.trains)
      $0.member("confidence", verdict.confidence)
      $0.member("inEvidence", verdict.inEvidence)
      $0.member("learningRate", verdict.learningRate)
      $0.member("trainsWithAdam", verdict.trainsWithAdam)
      $0.member("learningRateWithAdam", verdict.learningRateWithAdam)
      $0.member("summary", verdict.summary)
      $0.member("recommendation", verdict.recommendation)
      $0.array("expectedAccuracies", verdict.expectedAccuracies) { json, expected in
        json.object(nil) {
          $0.member("learningRate", expected.learningRate)
          $0.member("accuracy", expected.accuracy)
        }
      }
      $0.object("evidence") { json in
        for (key, value) in verdict.evidence.sorted(by: { $0.key < $1.key }) { json.member(named: key, value) }
      }
      more(&$0)
    }
  }

  static func write(_ finding: Finding, to json: inout JSONWriter) {
    json.object(nil) {
      $0.member("rule", finding.rule)
      $0.member("severity", finding.severity.rawValue)
      $0.line("layers", finding.layers)
      $0.object("evidence") { json in
        for (key, value) in finding.evidence.sorted(by: { $0.key < $1.key }) {
          switch value {
          case .number(let number): json.member(named: key, number)
          case .text(let text): json.member(named: key, text)
          }
        }
      }
      $0.member("message", finding.message)
    }
  }

  static func write(_ key: StaticString, _ growth: InitializerRun.Growth?, to json: inout JSONWriter) {
    guard let growth else { return json.null(key) }
    json.object(key) {
      $0.member("log10", growth.log10)
      write("interval", growth.interval, to: &$0)
    }
  }

  private static func write(_ layer: LayerResult, to json: inout JSONWriter) {
    json.object(nil) {
      $0.member("index", layer.index)
      $0.member("name", layer.name)
      $0.member("kind", layer.kind)
      $0.member("units", layer.units)
      $0.member("fanIn", layer.fanIn)
      $0.member("fanOut", layer.fanOut)
      $0.member("scope", layer.scope)
      $0.member("value", layer.value)
      write(layer.weights, to: &$0)
      write(layer.bias, to: &$0)
      write("preactivation", layer.preactivation, to: &$0)
      write("activation", layer.activation, to: &$0) {
        $0.member("deadFraction", layer.activation.deadFraction)
        $0.member("saturatedFraction", layer.activation.saturatedFraction)
        $0.member("saturatedEntries", layer.activation.saturatedEntries)
        $0.member("duplicateFraction", layer.activation.duplicateFraction)
        $0.member("spread", layer.activation.spread)
        // Only sequences have this key, so that files of other networks stay as they were.
        if let cosine = layer.activation.tokenCosine { $0.member("tokenCosine", cosine) }
      }
      write("gradient", layer.gradient, to: &$0)
      write("preactivationGradient", layer.preactivationGradient, to: &$0)
      if let weightGradient = layer.weightGradient {
        write("weightGradient", weightGradient, to: &$0) { $0.member("toWeightRatio", weightGradient.toWeightRatio) }
      } else {
        $0.null("weightGradient")
      }
      if let recurrence = layer.recurrence {
        $0.object("recurrence") {
          $0.line("log10State", recurrence.log10State)
          $0.line("log10StateGradient", recurrence.log10StateGradient)
        }
      } else {
        $0.null("recurrence")
      }
    }
  }

  private static func write(_ value: ValueSummary, to json: inout JSONWriter) {
    json.object(nil) {
      $0.member("name", value.name)
      $0.member("operator", value.operation)
      $0.member("mean", value.mean)
      $0.member("variance", value.variance)
      $0.member("secondMoment", value.secondMoment)
      $0.member("gradientSecondMoment", value.gradientSecondMoment)
    }
  }

  private static func write(_ parameter: ParameterSummary, to json: inout JSONWriter) {
    json.object(nil) {
      $0.member("name", parameter.name)
      $0.line("shape", parameter.shape)
      $0.member("role", parameter.role.rawValue)
      $0.member("layer", parameter.layer)
      $0.member("initializer", parameter.initializer)
      $0.member("mean", parameter.values.mean)
      $0.member("variance", parameter.values.variance)
      $0.member("secondMoment", parameter.secondMoment)
      $0.member("expectedMean", parameter.expectedMean)
      $0.member("expectedVariance", parameter.values.expectedVariance)
      $0.member("orthogonalityDefect", parameter.values.orthogonalityDefect)
      $0.member("outliers", parameter.values.outliers)
      $0.member("min", parameter.values.min)
      $0.member("max", parameter.values.max)
      $0.member("nonFinite", parameter.values.nonFinite)
      $0.member("sharedWith", parameter.values.sharedWith)
      if let gradient = parameter.gradient {
        $0.object("gradient") {
          $0.member("secondMoment", gradient.secondMoment)
          $0.member("log10SecondMoment", gradient.log10SecondMoment)
        }
      } else {
        $0.null("gradient")
      }
      $0.member("toWeightRatio", parameter.toWeightRatio)
      write(parameter.values.scatter, to: &$0)
    }
  }

  private static func write(_ weights: WeightSummary?, to json: inout JSONWriter) {
    guard let weights else { return json.null("weights") }
    json.object("weights") {
      $0.member("mean", weights.mean)
      $0.member("variance", weights.variance)
      $0.member("expectedVariance", weights.expectedVariance)
      $0.member("orthogonalityDefect", weights.orthogonalityDefect)
      $0.member("outliers", weights.outliers)
      $0.member("min", weights.min)
      $0.member("max", weights.max)
      $0.member("nonFinite", weights.nonFinite)
      $0.member("sharedWith", weights.sharedWith)
      write(weights.histogram, to: &$0)
      write(weights.scatter, to: &$0)
    }
  }

  private static func write(_ bias: BiasSummary?, to json: inout JSONWriter) {
    guard let bias else { return json.null("bias") }
    json.object("bias") {
      $0.member("mean", bias.mean)
      $0.member("variance", bias.variance)
      $0.member("min", bias.min)
      $0.member("max", bias.max)
      $0.member("nonFinite", bias.nonFinite)
    }
  }

  /// `more` adds the keys that only one kind of tensor has.
  private static func write(
    _ key: StaticString, _ signal: SignalSummary, to json: inout JSONWriter, more: (inout JSONWriter) -> Void = { _ in }
  ) {
    json.object(key) {
      $0.member("count", signal.count)
      $0.member("mean", signal.mean)
      $0.member("variance", signal.variance)
      $0.member("secondMoment", signal.secondMoment)
      $0.member("log10SecondMoment", signal.log10SecondMoment)
      write("interval", signal.interval, to: &$0)
      $0.member("theory", signal.theory)
      $0.member("theoryLog10", signal.theoryLog10)
      $0.member("theoryStandardError", signal.theoryStandardError)
      $0.member("residual", signal.residual)
      $0.member("skewness", signal.skewness)
      $0.member("kurtosis", signal.kurtosis)
      $0.member("min", signal.min)
      $0.member("max", signal.max)
      $0.member("nonFinite", signal.nonFinite)
      $0.member("cosineSimilarity", signal.cosineSimilarity)
      write(signal.histogram, to: &$0)
      write(signal.magnitudes, to: &$0)
      $0.member("float32", signal.float32.rawValue)
      $0.member("scaleCapped", signal.scaleCapped)
      $0.line("belowResolution", signal.belowResolution)
      if let groups = signal.groups {
        $0.object("groups") {
          $0.member("kind", groups.kind.rawValue)
          $0.line("mean", groups.mean)
          $0.line("variance", groups.variance)
          $0.line("secondMoment", groups.secondMoment)
        }
      } else {
        $0.null("groups")
      }
      write(signal.scatter, to: &$0)
      more(&$0)
    }
  }

  private static func write(_ key: StaticString, _ interval: Interval?, to json: inout JSONWriter) {
    if let interval { json.line(key, [interval.low, interval.high]) } else { json.null(key) }
  }

  private static func write(_ magnitudes: MagnitudeHistogram?, to json: inout JSONWriter) {
    guard let magnitudes else { return json.null("magnitudes") }
    json.object("magnitudes") {
      $0.member("low", magnitudes.low)
      $0.line("counts", magnitudes.counts)
      $0.member("zeros", magnitudes.zeros)
    }
  }

  private static func write(_ scatter: ReplicaScatter?, to json: inout JSONWriter) {
    guard let scatter else { return json.null("scatter") }
    json.object("scatter") {
      $0.member("mean", scatter.mean)
      $0.member("log10Variance", scatter.log10Variance)
      $0.member("log10VarianceError", scatter.log10VarianceError)
      $0.member("cosineSimilarity", scatter.cosineSimilarity)
      $0.member("deadFraction", scatter.deadFraction)
      $0.member("saturatedFraction", scatter.saturatedFraction)
    }
  }

  private static func write(_ histogram: Histogram?, to json: inout JSONWriter) {
    guard let histogram else { return json.null("histogram") }
    json.object("histogram") {
      $0.line("edges", histogram.edges)
      $0.line("counts", histogram.counts)
    }
  }
}

extension InitializerRun {
  /// Takes away what a document of a model with thousands of layers has no room for.
  fileprivate mutating func leaveOut(histograms: Bool, scatter: Bool) {
    for place in layers.indices {
      let signals: [WritableKeyPath<LayerResult, SignalSummary>] = [
        \.preactivation, \.activation, \.gradient, \.preactivationGradient,
      ]
      for signal in signals { layers[place][keyPath: signal].leaveOut(histograms: histograms, scatter: scatter) }
      layers[place].weightGradient?.leaveOut(histograms: histograms, scatter: scatter)
      if histograms { layers[place].weights?.histogram = nil }
      if scatter { layers[place].weights?.scatter = nil }
    }
    if scatter { for place in parameters.indices { parameters[place].values.scatter = nil } }
  }
}

extension SignalSummary {
  fileprivate mutating func leaveOut(histograms: Bool, scatter: Bool) {
    if histograms { (histogram, magnitudes, groups) = (nil, nil, nil) }
    if scatter { self.scatter = nil }
  }
}
