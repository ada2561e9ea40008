import SignalPropagation
import TrainingRuns

/// Writes the JSON document of a comparison by training, schema version 1.
///
/// Every key is present, with null where there is no value; non-finite numbers are the strings "NaN", "Infinity" and
/// "-Infinity". Keys are added, never renamed. `runs` are listed by initializer, then by seed; but for `seconds` they do not
/// depend on the number of threads.
public enum TrainingJSON {
  /// Encodes the document in UTF-8, with a line feed at its end.
  public static func encode(_ document: TrainingDocument) -> [UInt8] {
    let report = document.report
    let epochs = report.runs.reduce(0) { $0 + $1.epochs.count }
    var writer = JSONWriter(capacity: 8192 + epochs * 256 + report.runs.count * network(document) * 4096)
    writer.object(nil) { json in
      json.member("schemaVersion", TrainingDocument.schemaVersion)
      json.object("tool") {
        $0.member("name", document.tool.name)
        $0.member("version", document.tool.version)
        $0.member("command", document.tool.command)
      }
      json.object("environment") {
        $0.member("threads", document.environment.threads)
        $0.member("seconds", document.environment.seconds)
      }
      AuditJSON.write(document.network, to: &json)
      write(document.data, to: &json)
      writeConfiguration(document, to: &json)
      json.member("seed", report.seed)
      json.member("seeds", report.seeds)
      json.array("runs", report.runs) { write($1, document, to: &$0) }
      json.array("summary", report.summary) { write($1, to: &$0) }
      json.line("differencesFromVerdict", document.differencesFromVerdict)
      if let audit = document.audit {
        json.object("audit") { write(audit, document, to: &$0) }
      } else {
        json.null("audit")
      }
    }
    return writer.finish()
  }

  private static func network(_ document: TrainingDocument) -> Int { max(1, document.network.layers.count) }

  private static func write(_ data: TrainingDocument.Data, to json: inout JSONWriter) {
    json.object("data") {
      $0.member("source", data.source)
      $0.member("scaling", data.scaling)
      $0.member("features", data.features)
      $0.member("classes", data.classes)
      if let names = data.classNames { $0.line("classNames", names) }
      $0.member("training", data.training)
      $0.member("validation", data.validation)
      $0.member("test", data.test)
    }
  }

  private static func writeConfiguration(_ document: TrainingDocument, to json: inout JSONWriter) {
    let report = document.report
    json.object("configuration") {
      $0.member("loss", report.loss)
      $0.member("optimizer", report.optimizer)
      $0.member("schedule", report.schedule)
      $0.member("clipping", document.clipping)
      $0.array("penalties", document.penalties) { json, penalty in
        json.object(nil) {
          $0.member("layer", penalty.layer)
          $0.member("penalty", penalty.penalty)
        }
      }
      $0.member("epochs", report.epochs)
      $0.member("batch", report.batch)
      $0.member("stepsPerEpoch", document.stepsPerEpoch)
      $0.member("target", report.target)
    }
  }

  private static func write(_ run: TrainingRun, _ document: TrainingDocument, to json: inout JSONWriter) {
    json.object(nil) {
      $0.member("initializer", run.initializer)
      $0.member("seed", run.seed)
      $0.array("epochs", run.epochs) { json, epoch in
        json.object(nil) {
          $0.member("loss", epoch.loss)
          $0.member("accuracy", epoch.accuracy)
          $0.member("validationLoss", epoch.validationLoss)
          $0.member("validationAccuracy", epoch.validationAccuracy)
          $0.member("seconds", epoch.seconds)
          $0.member("learningRate", epoch.learningRate)
        }
      }
      $0.member("testLoss", run.testLoss)
      $0.member("testAccuracy", run.testAccuracy)
      $0.member("trainingAccuracyAt300Steps", run.trainingAccuracyAt300Steps)
      let place = document.report.summary.firstIndex { $0.initializer == run.initializer }
      write(place.flatMap { document.prediction($0) }, to: &$0)
      $0.member("epochsToTarget", run.epochsToTarget)
      if let divergence = run.divergence {
        $0.object("divergence") {
          $0.member("epoch", divergence.epoch)
          $0.member("step", divergence.step)
        }
      } else {
        $0.null("divergence")
      }
      $0.array("layers", run.layers) { json, layer in
        json.object(nil) {
          $0.member("name", layer.name)
          $0.line("steps", layer.steps)
          $0.line("gradientNorm", layer.gradientNorm)
          $0.line("updateRatio", layer.updateRatio)
          write("before", layer.before, to: &$0)
          write("after", layer.after, to: &$0)
        }
      }
    }
  }

  private static func write(_ prediction: TrainingDocument.Prediction?, to json: inout JSONWriter) {
    guard let prediction else { return json.null("verdict") }
    AuditJSON.write(prediction.verdict, to: &json) {
      $0.member("expectedAccuracyAtLearningRate", prediction.expectedAccuracy)
      $0.member("learnedAccuracy", prediction.learnedAccuracy)
    }
  }

  private static func write(_ key: StaticString, _ histogram: WeightHistogram, to json: inout JSONWriter) {
    json.object(key) {
      $0.member("low", histogram.low)
      $0.member("high", histogram.high)
      $0.member("mean", histogram.mean)
      $0.member("deviation", histogram.deviation)
      $0.line("counts", histogram.counts)
    }
  }

  private static func write(_ summary: TrainingReport.InitializerSummary, to json: inout JSONWriter) {
    json.object(nil) {
      $0.member("initializer", summary.initializer)
      write("testAccuracy", summary.testAccuracy, to: &$0)
      write("validationAccuracy", summary.validationAccuracy, to: &$0)
      write("trainingAccuracyAt300Steps", summary.trainingAccuracyAt300Steps, to: &$0)
      write("loss", summary.loss, to: &$0)
      $0.member("diverged", summary.diverged)
      $0.member("epochsToTarget", summary.epochsToTarget)
      $0.member("reachedTarget", summary.reachedTarget)
      $0.member("best", summary.isBest)
      write("difference", summary.difference, to: &$0)
      $0.member("pValue", summary.pValue)
    }
  }

  private static func write(_ key: StaticString, _ estimate: TrainingReport.Estimate?, to json: inout JSONWriter) {
    guard let estimate else { return json.null(key) }
    json.object(key) {
      $0.member("mean", estimate.mean)
      if let interval = estimate.interval { $0.line("interval", interval) } else { $0.null("interval") }
      $0.member("lowest", estimate.lowest)
      $0.member("highest", estimate.highest)
    }
  }

  private static func write(_ audit: AuditReport, _ document: TrainingDocument, to json: inout JSONWriter) {
    json.member("batch", audit.input.batch)
    json.member("seeds", audit.seeds)
    json.member("backward", audit.input.backward)
    json.array("runs", audit.runs.indices) { json, index in
      let run = audit.runs[index]
      json.object(nil) {
        $0.member("initializer", run.initializer)
        $0.object("growth") {
          AuditJSON.write("forwardPerLayer", run.forwardGrowth, to: &$0)
          AuditJSON.write("backwardPerLayer", run.backwardGrowth, to: &$0)
        }
        let start = document.stepZero(index)
        $0.member("lastActivationLog10", start?.lastActivation)
        $0.member("firstGradientLog10", start?.firstGradient)
        $0.member("deadFraction", start?.deadFraction)
        $0.member("lossAtInitialization", run.lossAtInitialization)
        $0.array("findings", run.findings) { AuditJSON.write($1, to: &$0) }
      }
    }
  }
}
