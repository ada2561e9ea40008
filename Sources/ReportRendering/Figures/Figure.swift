import SignalPropagation

/// The pictures of an audit. The raw value is the file's name without its extension.
public enum Figure: String, Sendable, CaseIterable {
  case overview
  case activationsHeatmap = "activations-heatmap"
  case gradientsHeatmap = "gradients-heatmap"
  case activationHistograms = "activation-histograms"
  case gradientHistograms = "gradient-histograms"
  case weightHistograms = "weight-histograms"
  case growth
  /// Only for networks with recurrent layers.
  case throughTime = "through-time"

  public var fileName: String { rawValue + ".png" }

  public var title: String {
    switch self {
    case .overview: "Signal propagation at initialization"
    case .activationsHeatmap: "Forward: mean square of the activations"
    case .gradientsHeatmap: "Backward: mean square of the gradients"
    case .activationHistograms: "Forward: distribution of the activations"
    case .gradientHistograms: "Backward: distribution of the gradients"
    case .weightHistograms: "Distribution of the weights"
    case .growth: "Mean square of activations and gradients against depth"
    case .throughTime: "Recurrent layers through time"
    }
  }

  /// Whether the report has the data that the picture shows.
  public func applies(to report: AuditReport) -> Bool { self == .throughTime ? TimeCurves.apply(to: report) : true }

  /// Draws the picture as a PNG file with its origin in text chunks: Title, Description, Software, Command and Seed.
  public func render(_ report: AuditReport) throws(RenderingError) -> [UInt8] {
    let caption = ReportCaption(report)
    return try PNGImage.encode(
      try draw(report),
      texts: [
        PNGImage.Text("Title", title),
        PNGImage.Text("Description", caption.network + "; " + caption.measurement),
        PNGImage.Text("Software", "\(report.tool.name) \(report.tool.version)"),
        PNGImage.Text("Command", report.tool.command),
        PNGImage.Text("Seed", String(report.seed)),
      ])
  }

  package func draw(_ report: AuditReport) throws(RenderingError) -> Canvas {
    guard report.runs.contains(where: { !$0.layers.isEmpty }) else { return try Page.empty(title, report) }
    return switch self {
    case .overview: try Overview(report).draw()
    case .activationsHeatmap: try SignalHeatmap(report, .activation).draw()
    case .gradientsHeatmap: try SignalHeatmap(report, .gradient).draw()
    case .activationHistograms: try HistogramRidges(report, .activation).draw()
    case .gradientHistograms: try HistogramRidges(report, .gradient).draw()
    case .weightHistograms: try WeightHistograms(report).draw()
    case .growth: try GrowthCurves(report).draw()
    case .throughTime: try TimeCurves(report).draw()
    }
  }
}
