import Foundation
import ReportRendering
import SignalPropagation
import Testing

@Suite struct AuditJSONTests {
  private static let hard = SyntheticReport.make(SyntheticReport.hard, layers: 5, theory: true)

  private func object(_ report: AuditReport) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(AuditJSON.encode(report))) as? [String: Any])
  }

  @Test func everyKeyOfTheContractIsPresent() throws {
    let document = try object(Self.hard)
    #expect(document.keys.sorted() == ["environment", "input", "network", "runs", "schemaVersion", "seed", "seeds", "tool"])
    #expect(document["schemaVersion"] as? Int == 1)
    let runs = try #require(document["runs"] as? [[String: Any]])
    let layerKeys = [
      "activation", "bias", "fanIn", "fanOut", "gradient", "index", "kind", "name", "preactivation", "preactivationGradient",
      "recurrence", "scope", "units", "value",
      "weightGradient", "weights",
    ]
    let signalKeys: Set<String> = [
      "count", "mean", "variance", "secondMoment", "log10SecondMoment", "interval", "theory", "theoryLog10",
      "theoryStandardError", "residual", "skewness", "kurtosis", "min", "max", "nonFinite", "cosineSimilarity", "histogram",
      "magnitudes", "float32", "scaleCapped", "belowResolution", "groups", "scatter",
    ]
    let extra: [String: Set<String>] = [
      "preactivation": [],
      "activation": ["deadFraction", "saturatedFraction", "saturatedEntries", "duplicateFraction", "spread"],
      "gradient": [],
      "preactivationGradient": [], "weightGradient": ["toWeightRatio"],
    ]
    for run in runs {
      #expect(
        Set(run.keys) == [
          "initializer", "activation", "layers", "outputLayer", "replicaNote", "parameters", "growth",
          "lossAtInitialization", "lossOfGuess", "calibration", "theoryNote",
          "verdict", "findings",
        ])
      #expect(run["verdict"] is NSNull && (run["findings"] as? [Any])?.isEmpty == true)
      #expect(Set(try #require(run["growth"] as? [String: Any]).keys) == ["forwardPerLayer", "backwardPerLayer"])
      for layer in try #require(run["layers"] as? [[String: Any]]) {
        #expect(layer.keys.sorted() == layerKeys)
        for (tensor, more) in extra {
          #expect(Set(try #require(layer[tensor] as? [String: Any]).keys) == signalKeys.union(more), "\(tensor)")
        }
        let weights = try #require(layer["weights"] as? [String: Any])
        #expect(
          Set(weights.keys) == [
            "mean", "variance", "expectedVariance", "orthogonalityDefect", "outliers", "min", "max", "nonFinite",
            "sharedWith",
            "histogram", "scatter",
          ])
      }
    }
    let zero = try #require((runs[5]["layers"] as? [[String: Any]])?.first?["activation"] as? [String: Any])
    #expect(zero["log10SecondMoment"] is NSNull && zero["interval"] is NSNull && zero["histogram"] is NSNull)
    let live = try #require((runs[7]["layers"] as? [[String: Any]])?.first?["activation"] as? [String: Any])
    #expect((live["interval"] as? [Double])?.count == 2)
    #expect((live["histogram"] as? [String: Any])?.keys.sorted() == ["counts", "edges"])
  }

  @Test func keysStandInTheOrderOfTheContract() throws {
    // One live layer: then each object of the document appears once, but for the five signals.
    let report = SyntheticReport.make([SyntheticReport.standard[8]], layers: 1)
    let lines = String(decoding: AuditJSON.encode(report), as: UTF8.self).split(separator: "\n")
    let keys = lines.compactMap { line -> String? in
      let content = line.drop { $0 == " " }
      return content.first == "\"" ? String(content.dropFirst().prefix { $0 != "\"" }) : nil
    }
    let histogram = ["histogram", "edges", "counts"]
    let signal =
      ["count", "mean", "variance", "secondMoment", "log10SecondMoment", "interval", "theory", "theoryLog10"]
      + ["theoryStandardError", "residual", "skewness"] + ["kurtosis", "min", "max", "nonFinite", "cosineSimilarity"]
      + histogram
      + ["magnitudes", "float32", "scaleCapped", "belowResolution", "groups", "scatter"]
    let head =
      ["schemaVersion", "tool", "name", "version", "command"]
      + ["environment", "threads", "blas", "peakMemoryBytes", "memoryLimitBytes", "seconds"]
      + [
        "network", "name", "parameters", "layers", "index", "name", "kind", "inputs", "outputShape", "parameters",
        "activation",
      ]
      + ["input", "source", "isDrawn", "scaling", "batch", "mean", "standardDeviation", "secondMoment", "log10SecondMoment"]
      + ["cosineSimilarity", "cosineVariance", "sampleSecondMoments", "backward", "classes", "seed", "seeds"]
    let layer =
      ["runs", "initializer", "activation", "layers", "index", "name", "kind", "units", "fanIn", "fanOut", "scope", "value"]
      + ["weights", "mean", "variance", "expectedVariance", "orthogonalityDefect", "outliers"]
      + ["min", "max", "nonFinite", "sharedWith"] + histogram + ["scatter"] + ["bias"]
    let signals =
      ["preactivation"] + signal + ["activation"] + signal
      + ["deadFraction", "saturatedFraction", "saturatedEntries", "duplicateFraction", "spread", "gradient"] + signal
      + ["preactivationGradient"] + signal + ["weightGradient"] + signal + ["toWeightRatio", "recurrence"]
    let tail =
      ["parameters", "growth", "forwardPerLayer", "backwardPerLayer", "lossAtInitialization", "lossOfGuess", "calibration"]
      + ["layer", "attempts", "variance", "converged", "outputLayer", "theoryNote", "replicaNote", "verdict", "findings"]
    #expect(keys == head + layer + signals + tail)
    #expect(lines.last == "}")
    // Arrays of numbers take one line each.
    #expect(lines.filter { $0.contains("\"counts\": [") && $0.hasSuffix("]") }.count == 6)
  }

  /// One entry a tensor; reports from before have none.
  @Test func parametersSurviveTheRoundTrip() throws {
    var report = SyntheticReport.make([SyntheticReport.standard[8]], layers: 2)
    var values = WeightSummary(
      mean: 0.25, variance: 2, expectedVariance: 1.5, orthogonalityDefect: 0.5, outliers: 3, histogram: nil)
    (values.min, values.max, values.nonFinite, values.sharedWith) = (-4, 5, 1, "dense_1")
    report.runs[0].parameters = [
      ParameterSummary(
        name: "dense_1/weight", shape: [256, 256], role: .weight, layer: "dense_1", initializer: "he_normal", values: values,
        secondMoment: 2.0625, expectedMean: 0.125, gradient: .init(secondMoment: 1e-300, log10SecondMoment: -300),
        toWeightRatio: 0.75),
      ParameterSummary(
        name: "dense_2/bias", shape: [256], role: .bias, layer: "dense_2", initializer: nil, values: values, secondMoment: 0,
        expectedMean: nil, gradient: nil, toWeightRatio: nil),
    ]
    #expect(try AuditJSON.decode(AuditJSON.encode(report)).runs[0].parameters == report.runs[0].parameters)
    let run = try #require((try object(report)["runs"] as? [[String: Any]])?.first)
    let entry = try #require((run["parameters"] as? [[String: Any]])?.first)
    #expect(
      Set(entry.keys) == [
        "name", "shape", "role", "layer", "initializer", "mean", "variance", "secondMoment", "expectedMean",
        "expectedVariance", "orthogonalityDefect", "outliers", "min", "max", "nonFinite", "sharedWith", "gradient",
        "toWeightRatio", "scatter",
      ])
    #expect((entry["gradient"] as? [String: Any])?["log10SecondMoment"] as? Double == -300)
    #expect(report.runs[0].parameters.map(\.tensor) == ["weight", "bias"])
    report.runs[0].parameters = []
    let text = String(decoding: AuditJSON.encode(report), as: UTF8.self)
      .replacingOccurrences(of: "\"parameters\": [],", with: "")
      .replacingOccurrences(of: "\"saturatedEntries\": null,", with: "")
    let old = try AuditJSON.decode(Array(text.utf8))
    #expect(old.runs[0].parameters.isEmpty && old.runs[0].layers == report.runs[0].layers)
  }

  @Test func aReportSurvivesTheRoundTrip() throws {
    // The hard report has a NaN for a mean, which equals nothing: it is compared as a document.
    let bytes = AuditJSON.encode(Self.hard)
    #expect(AuditJSON.encode(try AuditJSON.decode(bytes)) == bytes)
    var report = SyntheticReport.make(SyntheticReport.standard, layers: 4)
    report.seed = .max
    report.input.mean = 72.94
    report.runs[1].lossAtInitialization = 2.302_585_092_994_045_7
    report.runs[2].layers[0].weights = nil
    report.runs[2].layers[0].weightGradient = nil
    report.runs[2].layers[0].fanIn = nil
    report.runs[3].layers[1].gradient.belowResolution = ["variance", "cosineSimilarity"]
    report.runs[3].layers[1].gradient.float32 = .underflows
    report.runs[3].layers[1].gradient.scaleCapped = true
    report.input.secondMoment = 1.25
    report.input.cosineSimilarity = 0.5
    report.input.log10SecondMoment = 0.0969
    report.input.cosineVariance = 0.01
    report.runs[4].layers[0].activation.theory = 2
    report.runs[4].layers[0].activation.theoryLog10 = 0.25
    report.runs[4].layers[0].activation.theoryStandardError = 0.125
    report.runs[4].layers[0].gradient.groups = GroupMoments(
      kind: .channel, mean: [0.5, -1], variance: [1, 2], secondMoment: [1.25, 3])
    report.runs[4].layers[0].gradient.scatter = ReplicaScatter(
      mean: 0.5, log10Variance: -1.5, log10VarianceError: 0.25, cosineSimilarity: 0.125)
    report.runs[4].layers[0].weights?.scatter = ReplicaScatter(mean: 0.5, deadFraction: 0.25, saturatedFraction: 1)
    report.runs[4].layers[1].recurrence = LayerResult.Recurrence(
      log10State: [nil, -1.5], log10StateGradient: [-3, 0])
    report.runs[4].layers[1].bias = BiasSummary(mean: 0.5, variance: 2, min: -1, max: 3, nonFinite: 1)
    report.runs[4].layers[1].gradient.magnitudes = MagnitudeHistogram(low: -12, counts: [1, 0, 5], zeros: 7)
    report.runs[4].layers[1].weights?.sharedWith = "dense_1"
    report.runs[4].layers[1].weights?.min = -0.5
    report.runs[4].layers[1].weights?.max = .infinity
    report.runs[4].layers[1].weights?.nonFinite = 2
    var verdict = Verdict(
      status: .vanishing, trains: false, confidence: 0.875, learningRate: 0.1, summary: "a \"word\"", recommendation: "b")
    verdict.expectedAccuracies = [Verdict.ExpectedAccuracy(learningRate: 0.1, accuracy: 0.5)]
    verdict.evidence = ["log10Loss": 0.5, "elasticity": -38]
    report.runs[4].verdict = verdict
    report.runs[4].theoryNote = "no \"reason\""
    report.runs[5].findings = [
      Finding(
        rule: "theory-disagreement", severity: .warning, layers: [2, 3],
        evidence: ["assumption": .text("weight \"mean\""), "bound": .number(4.5), "ratio": .number(.infinity)],
        message: "x\ty"),
      Finding(rule: "other", severity: .note, layers: [], evidence: [:], message: ""),
    ]
    report.input.sampleSecondMoments = [0.5, 1.5]
    report.runs[4].layers[1].gradient.max = .infinity
    report.runs[4].layers[1].gradient.min = -.infinity
    report.runs[4].layers[2].gradient.variance = .leastNonzeroMagnitude
    report.runs[4].layers[2].gradient.secondMoment = .greatestFiniteMagnitude
    report.runs[4].layers[2].gradient.mean = -1.234_567_890_123_456_7e-300
    report.runs[5].initializer = "quote\" back\\slash \u{1}\t\nunit\u{1F} é 漢 😀"
    #expect(try AuditJSON.decode(AuditJSON.encode(report)) == report)
  }

  @Test func nonFiniteNumbersAreStrings() throws {
    var report = SyntheticReport.make([SyntheticReport.standard[6]], layers: 2)
    report.runs[0].layers[0].activation.mean = .nan
    report.runs[0].layers[0].activation.min = -.infinity
    report.runs[0].layers[0].activation.max = .infinity
    let runs = try #require(try object(report)["runs"] as? [[String: Any]])
    let activation = try #require((runs[0]["layers"] as? [[String: Any]])?[0]["activation"] as? [String: Any])
    #expect(activation["mean"] as? String == "NaN")
    #expect(activation["min"] as? String == "-Infinity" && activation["max"] as? String == "Infinity")
    let back = try AuditJSON.decode(AuditJSON.encode(report)).runs[0].layers[0].activation
    #expect(back.mean.isNaN && back.min == -.infinity && back.max == .infinity)
  }

  /// `AuditReport` is public and decodable: a decoder that knows nothing of the document reads it, whatever it holds.
  @Test func aPlainDecoderReadsAReport() throws {
    var report = SyntheticReport.make(SyntheticReport.hard, layers: 3, theory: true)
    #expect(try JSONDecoder().decode(AuditReport.self, from: Data(AuditJSON.encode(report))) == report)
    report.input.secondMoment = .infinity
    report.input.sampleSecondMoments = [0.5, .infinity, -.infinity]
    report.runs[0].lossAtInitialization = .infinity
    report.runs[0].calibration = [.init(layer: "dense_1", attempts: 10, variance: .infinity, converged: false)]
    report.runs[0].forwardGrowth = .init(log10: 600, interval: Interval(low: -.infinity, high: .infinity))
    report.runs[0].findings = [
      Finding(rule: "nonfinite", severity: .error, layers: [1], evidence: ["ratio": .number(-.infinity)], message: "m")
    ]
    report.runs[0].layers[0].activation.max = .infinity
    report.runs[0].layers[0].activation.histogram = Histogram(edges: [-.infinity, 0, .infinity], counts: [1, 2])
    report.runs[0].layers[0].activation.groups = GroupMoments(
      kind: .channel, mean: [-.infinity, 0], variance: [.infinity, 1], secondMoment: [.infinity, 1])
    report.runs[0].layers[0].activation.scatter = ReplicaScatter(mean: .infinity, log10Variance: 300)
    report.runs[0].layers[0].recurrence = .init(log10State: [nil, .infinity, 0.5], log10StateGradient: [-.infinity])
    var verdict = Verdict(
      status: .nonfinite, trains: false, confidence: 1, learningRate: nil, summary: "s", recommendation: nil)
    verdict.evidence = ["loss": .infinity, "signal": -.infinity]
    report.runs[0].verdict = verdict
    let bytes = AuditJSON.encode(report)
    #expect(try JSONDecoder().decode(AuditReport.self, from: Data(bytes)) == report)
    #expect(try AuditJSON.decode(bytes) == report)
  }

  /// NaN differs from itself: looked at where it stands.
  @Test func aPlainDecoderReadsNaN() throws {
    var report = SyntheticReport.make([SyntheticReport.standard[6]], layers: 1)
    report.runs[0].layers[0].activation.mean = .nan
    report.runs[0].layers[0].activation.skewness = .nan
    report.runs[0].layers[0].recurrence = .init(log10State: [.nan, nil], log10StateGradient: [])
    let layer = try JSONDecoder().decode(AuditReport.self, from: Data(AuditJSON.encode(report))).runs[0].layers[0]
    #expect(layer.activation.mean.isNaN && layer.activation.skewness?.isNaN == true)
    #expect(layer.recurrence?.log10State.count == 2 && layer.recurrence?.log10State[0]?.isNaN == true)
    #expect(layer.recurrence?.log10State[1] == nil)
  }

  /// Only the three names are numbers, and only this version of the schema is read.
  @Test func aPlainDecoderRefusesOtherTexts() throws {
    let text = String(decoding: AuditJSON.encode(SyntheticReport.make([], layers: 1)), as: UTF8.self)
    func isRead(_ text: String) -> Bool {
      (try? JSONDecoder().decode(AuditReport.self, from: Data(text.utf8))) != nil
    }
    let mean = try #require(text.firstRange(of: /"mean": [^,]+/).map { String(text[$0]) })
    #expect(isRead(text) && isRead(text.replacing(mean, with: "\"mean\": \"Infinity\"")))
    for other in ["nan", "inf", "1", "", "+Infinity"] {
      #expect(!isRead(text.replacing(mean, with: "\"mean\": \"\(other)\"")), "\(other)")
    }
    #expect(!isRead(text.replacing("\"schemaVersion\": 1", with: "\"schemaVersion\": 2")))
  }

  @Test func emptyReportsAreValid() throws {
    let report = SyntheticReport.make([], layers: 1)
    #expect(try (object(report)["runs"] as? [Any])?.isEmpty == true)
    #expect(try AuditJSON.decode(AuditJSON.encode(report)) == report)
  }

  @Test func whatIsNoReportIsRefusedByName() throws {
    func failure(_ edit: (String) -> String) -> ReportFormatError? {
      let text = String(
        decoding: AuditJSON.encode(SyntheticReport.make([SyntheticReport.standard[6]], layers: 2)), as: UTF8.self)
      do throws(ReportFormatError) {
        _ = try AuditJSON.decode(Array(edit(text).utf8))
        return nil
      } catch {
        return error
      }
    }
    #expect(failure { $0 } == nil)
    #expect(failure { $0.replacing("\"schemaVersion\": 1", with: "\"schemaVersion\": 2") }?.key == "schemaVersion")
    #expect(failure { $0.replacing("\"units\"", with: "\"uints\"", maxReplacements: 1) }?.key == "runs[0].layers[0].units")
    #expect(failure { $0.replacing("\"batch\": 256", with: "\"batch\": \"many\"") }?.key == "input.batch")
    #expect(failure { $0.replacing("\"seeds\": 5", with: "\"seeds\": null") }?.key == "seeds")
    #expect(failure { String($0.prefix(1000)) } != nil)
    #expect(failure { _ in "" } != nil && failure { _ in "[]" } != nil)
    #expect(failure { $0.replacing("\"seeds\": 5", with: "\"seeds\": null") }?.description.contains("at seeds") == true)
  }

  /// A later version of the schema adds keys; they are skipped.
  @Test func unknownKeysAreSkipped() throws {
    let report = SyntheticReport.make([SyntheticReport.standard[6]], layers: 2)
    let text = String(decoding: AuditJSON.encode(report), as: UTF8.self)
    let extended = text.replacing("\"units\":", with: "\"groups\": [1, {\"x\": null}], \"units\":")
    #expect(extended != text)
    #expect(try AuditJSON.decode(Array(extended.utf8)) == report)
  }
}
