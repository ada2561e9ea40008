import COneDNNLayers
import NetworkGraph
import Synchronization

/// The sizes of a convolution: the key of its compiled passes.
struct ConvolutionGeometry: Hashable, Sendable {
  var batch: Int
  var inputs: Int
  var outputs: Int
  var groups: Int
  /// One to three axes.
  var axes: [WindowAxis]
  var hasBias: Bool
  /// Whether channels are the last axis of signals, behind one or two others, and not the second.
  var hasChannelsLast: Bool
  /// Whether a batch is cut into pieces.
  var isCut: Bool

  init(
    batch: Int, inputs: Int, outputs: Int, groups: Int, axes: [WindowAxis], hasBias: Bool = false,
    hasChannelsLast: Bool = false, isCut: Bool = true
  ) {
    self.batch = batch
    self.inputs = inputs
    self.outputs = outputs
    self.groups = groups
    self.axes = axes
    self.hasBias = hasBias
    self.hasChannelsLast = hasChannelsLast
    self.isCut = isCut
  }

  var inputCount: Int { inputs * axes.reduce(1) { $0 * $1.input } }
  var outputCount: Int { outputs * axes.reduce(1) { $0 * $1.output } }
  var weightCount: Int { outputs * (inputs / groups) * axes.reduce(1) { $0 * $1.size } }
  var isEmpty: Bool { batch == 0 || inputCount == 0 || outputCount == 0 }

  /// Multiplications for one sample.
  var products: Double { Double(outputCount) * Double(max(1, weightCount / max(1, outputs))) }

  /// Samples of one piece of work. Pieces do not depend on the number of threads, so sums over them do not either; at most
  /// four of them, since each piece of a weight gradient has a sum of its own.
  var grain: Int {
    guard isCut else { return max(1, batch) }
    let least = max(1, Int(0x1p22 / max(1, products)))
    return max(least, (batch + 3) / 4)
  }
  var pieces: Int { batch == 0 ? 0 : (batch + grain - 1) / grain }

  func with(batch: Int) -> ConvolutionGeometry {
    var copy = self
    copy.batch = batch
    return copy
  }
}

/// A compiled pass of a convolution. It holds no data, and any thread may run it.
final class ConvolutionPlan: @unchecked Sendable {
  // Never written to after it is made.
  private let plan: OpaquePointer
  /// Floats that a run needs.
  let workspace: Int

  fileprivate init?(_ geometry: ConvolutionGeometry, _ pass: Int) {
    let isFlat = geometry.axes.count < 3
    let axes = geometry.axes.count == 1 ? [WindowAxis()] + geometry.axes : geometry.axes
    func triple(_ value: (WindowAxis) -> Int) -> (Int64, Int64, Int64) {
      (Int64(value(axes[0])), Int64(value(axes[1])), isFlat ? 1 : Int64(value(axes[2])))
    }
    var shape = initscope_convolution_geometry(
      axes: isFlat ? 2 : 3, batch: Int64(geometry.batch), input_channels: Int64(geometry.inputs),
      output_channels: Int64(geometry.outputs), groups: Int64(geometry.groups), input: triple(\.input),
      output: triple(\.output), kernel: triple(\.size), stride: triple(\.stride), dilation: triple(\.dilation),
      before: triple(\.before), after: triple(\.after), has_bias: geometry.hasBias ? 1 : 0,
      channels_last: geometry.hasChannelsLast ? 1 : 0)
    guard let plan = initscope_convolution_plan_create(&shape, Int32(pass)) else { return nil }
    self.plan = plan
    workspace = initscope_convolution_plan_workspace(plan)
  }

  deinit { initscope_convolution_plan_destroy(plan) }

  /// Runs the pass, which writes to one of x, w and y, its callers' memory.
  ///
  /// - Parameters:
  ///   - x: The signal, or where its gradient goes.
  ///   - w: The weights, or where their gradient goes.
  ///   - b: The bias of a forward pass.
  ///   - y: The result or its gradient.
  ///   - workspace: As many floats as `workspace` tells.
  func run(
    x: UnsafePointer<Float>, w: UnsafePointer<Float>, b: UnsafePointer<Float>? = nil, y: UnsafePointer<Float>,
    workspace: UnsafeMutablePointer<Float>
  ) {
    let status = initscope_convolution_plan_run(
      plan, UnsafeMutablePointer(mutating: x), UnsafeMutablePointer(mutating: w), b, UnsafeMutablePointer(mutating: y),
      workspace)
    precondition(status == 0, "oneDNN's convolution failed with status \(status)")
  }
}

/// Passes of a convolution over the pieces of a batch.
enum ConvolutionPass: Int, Sendable {
  case forward, inputGradient, weightGradient

  private struct Key: Hashable {
    var geometry: ConvolutionGeometry
    var pass: ConvolutionPass
  }

  /// Compiled passes by shape, since compiling one takes longer than running it. Emptied when there are too many.
  private static let cache = Mutex<[Key: ConvolutionPlan]>([:])
  private static let largestCache = 512

  /// The compiled pass for a geometry; nil where oneDNN refuses it.
  func plan(_ geometry: ConvolutionGeometry) -> ConvolutionPlan? {
    var geometry = geometry
    if self != .forward { geometry.hasBias = false }
    let key = Key(geometry: geometry, pass: self)
    if let plan = Self.cache.withLock({ $0[key] }) { return plan }
    guard let plan = ConvolutionPlan(geometry, rawValue) else { return nil }
    Self.cache.withLock { cache in
      if cache.count >= Self.largestCache { cache.removeAll() }
      cache[key] = plan
    }
    return plan
  }

  /// Floats that one piece of a batch needs.
  func pieceWorkspace(_ geometry: ConvolutionGeometry) -> Int {
    guard !geometry.isEmpty else { return 0 }
    let rest = geometry.batch % geometry.grain
    let whole = plan(geometry.with(batch: min(geometry.batch, geometry.grain)))?.workspace ?? 0
    return max(whole, rest == 0 ? 0 : plan(geometry.with(batch: rest))?.workspace ?? 0)
  }

  /// Floats that all pieces of a batch need.
  func workspace(_ geometry: ConvolutionGeometry) -> Int {
    let sums = self == .weightGradient && geometry.pieces > 1 ? geometry.weightCount : 0
    return geometry.pieces * (pieceWorkspace(geometry) + sums)
  }

  /// Runs the pass over a batch.
  ///
  /// - Parameters:
  ///   - geometry: The sizes.
  ///   - x: The signal, or where its gradient goes.
  ///   - w: The weights, or where their gradient goes.
  ///   - b: The bias of a forward pass.
  ///   - y: The result or its gradient.
  ///   - workspace: As many floats as `workspace(geometry)` tells.
  ///   - team: Runs the pieces.
  /// - Returns: false where oneDNN refuses the sizes.
  func run(
    _ geometry: ConvolutionGeometry, x: UnsafePointer<Float>, w: UnsafePointer<Float>, b: UnsafePointer<Float>? = nil,
    y: UnsafePointer<Float>, workspace: UnsafeMutablePointer<Float>, team: any OperatorTeam
  ) -> Bool {
    guard !geometry.isEmpty else { return true }
    let grain = geometry.grain, each = pieceWorkspace(geometry), pieces = geometry.pieces, rest = geometry.batch % grain
    guard let whole = plan(geometry.with(batch: min(geometry.batch, grain))) else { return false }
    let last = rest == 0 || pieces == 1 ? whole : plan(geometry.with(batch: rest))
    guard let last else { return false }
    let sums = workspace + pieces * each, count = geometry.weightCount
    team.split(geometry.batch, grain: grain) { piece in
      let number = piece.lowerBound / grain, start = piece.lowerBound
      let weights = self == .weightGradient && pieces > 1 ? UnsafePointer(sums + number * count) : w
      (piece.count == whole.batchOf(geometry) ? whole : last).run(
        x: x + start * geometry.inputCount, w: weights, b: b, y: y + start * geometry.outputCount,
        workspace: workspace + number * each)
    }
    if self == .weightGradient, pieces > 1 {
      let target = UnsafeMutablePointer(mutating: w)
      team.split(count, grain: 1 << 14) { range in
        for place in range {
          var sum = 0.0
          for piece in 0..<pieces { sum += Double(sums[piece * count + place]) }
          target[place] = Float(sum)
        }
      }
    }
    return true
  }
}

extension ConvolutionPlan {
  fileprivate func batchOf(_ geometry: ConvolutionGeometry) -> Int { min(geometry.batch, geometry.grain) }
}
