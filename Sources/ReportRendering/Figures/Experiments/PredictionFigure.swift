/// Predictions against results, one point per network: the verdict's probability against the accuracy that training reached.
public struct PredictionFigure: Sendable {
  public struct Network: Sendable {
    /// The predicted probability that the network trains; nil where the verdict says that it cannot know.
    public var probability: Double?
    /// The training accuracy at the best learning rate.
    public var accuracy: Double
    /// Whether the network is of another kind, and drawn differently.
    public var isOther: Bool
    public init(probability: Double?, accuracy: Double, isOther: Bool = false) {
      self.probability = probability
      self.accuracy = accuracy
      self.isOther = isOther
    }
  }

  /// At least this accuracy counts as trained, at most the other as failed; in between is slow and not scored.
  public static let trains = 0.60
  public static let fails = 0.35

  public var title: String
  public var lines: [String]
  public var networks: [Network]

  public init(_ title: String, lines: [String], networks: [Network]) {
    self.title = title
    self.lines = lines
    self.networks = networks
  }

  /// Draws the figure.
  ///
  /// - Throws: `RenderingError`.
  public func render(_ origin: PictureOrigin) throws -> [UInt8] {
    let width = 860.0, height = 520.0
    let page = Page(title, lines: lines, width: width, ruler: try Page.ruler())
    let area = Rectangle(x: Page.margin + 64, y: page.contentTop + 8, width: width - 2 * Page.margin - 80, height: height)
    let canvas = try Page.canvas(width: width, height: area.bottom + 64 + Page.margin)
    page.draw(on: canvas)
    let frame = ChartFrame(
      area: area, x: Axis(-0.02, 1.02, from: area.left, to: area.right),
      y: Axis(-0.02, 1.02, from: area.bottom, to: area.top),
      xTicks: Ticks.linear(0, 1, count: 10), yTicks: Ticks.linear(0, 1, count: 10),
      xTitle: "predicted probability that it trains", yTitle: "training accuracy after 300 steps, best learning rate")
    let slow = Rectangle(
      x: area.left, y: frame.y.position(Self.trains), width: area.width,
      height: frame.y.position(Self.fails) - frame.y.position(Self.trains))
    canvas.fill(slow, Color(0xEEEEEE))
    frame.draw(on: canvas)
    let middle = ChartFrame.crisp(frame.x.position(0.5))
    canvas.line(Point(middle, area.top), Point(middle, area.bottom), .quiet, dash: [4, 4])
    canvas.text(
      "cannot know", at: Point(middle + 18, frame.y.position(0.03)), TextStyle(12, color: .quiet), vertical: .middle)
    canvas.text(
      "slow: not scored", at: Point(area.left + 10, slow.center.y), TextStyle(12, color: .quiet), vertical: .middle)
    for network in networks {
      let isScored = network.accuracy >= Self.trains || network.accuracy <= Self.fails
      guard let probability = network.probability else {
        let place = frame.point(0.5, network.accuracy)
        canvas.mark(network.isOther ? .diamond : .circle, at: place, Color(0xBDBDBD), size: 7)
        continue
      }
      let isRight = (probability > 0.5) == (network.accuracy >= Self.trains)
      let color = !isScored ? Color(0x8A8A8A) : isRight ? Color(0x2166AC) : Color(0xB2182B)
      canvas.mark(
        network.isOther ? .diamond : isScored && !isRight ? .square : .circle,
        at: frame.point(probability, network.accuracy), color, size: isScored && !isRight ? 9 : 7)
    }
    return try origin.encode(canvas, title: title, description: lines.joined(separator: "; "))
  }
}
