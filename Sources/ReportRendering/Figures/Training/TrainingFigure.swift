import FileOutput
import NumberText
import TrainingRuns

/// The pictures of a comparison by training. The raw value is the file's name without its extension.
public enum TrainingFigure: String, Sendable, CaseIterable {
  case curves
  case gradientsHeatmap = "gradients-heatmap"
  case updatesHeatmap = "updates-heatmap"
  case weights

  public var fileName: String { rawValue + ".png" }

  public var title: String {
    switch self {
    case .curves: "Training: loss and accuracy"
    case .gradientsHeatmap: "Training: gradient norm of each layer's weights"
    case .updatesHeatmap: "Training: update-to-weight ratio of each layer"
    case .weights: "Training: weights before and after"
    }
  }

  /// Draws the picture as a PNG file with its origin in text chunks: Title, Description, Software, Command and Seed.
  public func render(_ document: TrainingDocument) throws(RenderingError) -> [UInt8] {
    try PNGImage.encode(
      try draw(document),
      texts: [
        PNGImage.Text("Title", title),
        PNGImage.Text("Description", TrainingCaption(document).lines.joined(separator: "; ")),
        PNGImage.Text("Software", "\(document.tool.name) \(document.tool.version)"),
        PNGImage.Text("Command", document.tool.command),
        PNGImage.Text("Seed", String(document.report.seed)),
      ])
  }

  package func draw(_ document: TrainingDocument) throws(RenderingError) -> Canvas {
    switch self {
    case .curves: try TrainingCurves(document).draw()
    case .gradientsHeatmap: try TraceHeatmap(document, .gradientNorm).draw()
    case .updatesHeatmap: try TraceHeatmap(document, .updateRatio).draw()
    case .weights: try TrainedWeights(document).draw()
    }
  }
}

/// Describes in words what was trained, for the lines under a title.
struct TrainingCaption {
  /// "mlp · 3 layers · 55,050 parameters · fashion-mnist, standardized, 45,000 samples", then how.
  var lines: [String]

  init(_ document: TrainingDocument) {
    let report = document.report, layers = document.network.layers.count
    func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
    lines = [
      [
        document.network.name, counted(layers, "layer"), "\(FigureNumber.grouped(document.network.parameters)) parameters",
        "\(document.data.source), \(document.data.scaling), "
          + "\(FigureNumber.grouped(document.data.training)) training samples",
      ].joined(separator: " · "),
      [
        report.loss.replacing("_", with: " "), report.optimizer, "\(report.schedule) learning rate", "batch \(report.batch)",
        counted(report.epochs, "epoch"), "\(counted(report.seeds, "seed")), the first \(report.seed)",
      ].joined(separator: " · "),
    ]
  }
}

extension ReportWriter {
  /// Writes the pictures and `train.json` into `directory`, which is created if missing, and returns their paths. An error
  /// leaves no file behind and earlier ones as they were.
  ///
  /// - Parameters:
  ///   - document: What is drawn and written.
  ///   - directory: Where the files go; it is made where it is missing.
  ///   - figures: The figures to draw.
  ///   - beside: Files in other places that belong to the same set.
  /// - Throws: `RenderingError` or `OutputError`.
  @discardableResult
  public static func write(
    _ document: TrainingDocument, to directory: String, figures: [TrainingFigure] = TrainingFigure.allCases,
    beside: [AtomicFile.Content] = []
  ) throws -> [String] {
    var contents: [(name: String, bytes: [UInt8])] = []
    for figure in figures { contents.append((figure.fileName, try figure.render(document))) }
    contents.append(("train.json", TrainingJSON.encode(document)))
    return try place(
      contents, in: directory, beside: beside, earlier: TrainingFigure.allCases.map(\.fileName),
      command: document.tool.command)
  }
}
