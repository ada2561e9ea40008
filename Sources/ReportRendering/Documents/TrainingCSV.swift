import TrainingRuns

/// Writes a comparison by training as a long table: one row per run and epoch.
///
/// RFC 4180, as `AuditCSV`: a value that does not exist is an empty field; non-finite numbers are `NaN`, `Infinity` and
/// `-Infinity`. The test's results and the accuracy after 300 steps stand in the row of a run's last epoch. Traces and
/// histograms stay in the JSON.
public enum TrainingCSV {
  public static let header = [
    "initializer", "seed", "epoch", "loss", "accuracy", "validationLoss", "validationAccuracy", "seconds", "learningRate",
    "diverged", "testLoss", "testAccuracy", "trainingAccuracyAt300Steps",
  ]

  /// Encodes the report in UTF-8 without a byte order mark.
  public static func encode(_ report: TrainingReport) -> [UInt8] {
    var bytes: [UInt8] = []
    CSVText.append(header, to: &bytes)
    for run in report.runs {
      for (index, epoch) in run.epochs.enumerated() {
        let isLast = index == run.epochs.count - 1
        let numbers = [
          epoch.loss, epoch.accuracy, epoch.validationLoss, epoch.validationAccuracy, epoch.seconds, epoch.learningRate,
        ]
        CSVText.append(
          [run.initializer, String(run.seed), String(index + 1)] + numbers.map(CSVText.number) + [
            run.divergence?.epoch == index + 1 ? "true" : "false", CSVText.number(isLast ? run.testLoss : nil),
            CSVText.number(isLast ? run.testAccuracy : nil),
            CSVText.number(isLast ? run.trainingAccuracyAt300Steps : nil),
          ], to: &bytes)
      }
    }
    return bytes
  }
}
