import CTensorKernels
import NetworkGraph
import TensorKernels

/// A copy between two tensors that are walked with strides of their own: transposes, slices, joins and repeats.
///
/// Axes that lie alike on both sides are joined. A transposition is copied in blocks.
struct StridedWalk {
  /// Elements per piece of work.
  static let grain = 1 << 15

  private var axes: [initscope_axis] = []
  private let count: Int
  private let sourceStart: Int
  private let targetStart: Int

  /// Prepares the walk.
  ///
  /// - Parameters:
  ///   - extents: The extents of the copied part, outermost first.
  ///   - source: The source's strides in elements; 0 repeats.
  ///   - target: The target's strides.
  ///   - sourceStart: The element of the source where the part begins.
  ///   - targetStart: The element of the target where it goes.
  init(_ extents: [Int], source: [Int], target: [Int], sourceStart: Int = 0, targetStart: Int = 0) {
    count = extents.reduce(1, *)
    self.sourceStart = sourceStart
    self.targetStart = targetStart
    guard count > 0 else { return }
    for axis in extents.indices where extents[axis] != 1 {
      let next = initscope_axis(extent: extents[axis], source: source[axis], target: target[axis])
      if let last = axes.last, last.source == next.source * extents[axis], last.target == next.target * extents[axis] {
        axes[axes.count - 1] = initscope_axis(
          extent: last.extent * extents[axis], source: next.source, target: next.target)
      } else {
        axes.append(next)
      }
    }
    // Order is free: a transposition is blocked over the source's contiguous axis and the target's.
    if let last = axes.last, last.source != 1, axes.count > 2, let unit = axes.firstIndex(where: { $0.source == 1 }) {
      axes.insert(axes.remove(at: unit), at: axes.count - 1)
    }
  }

  /// The walk of a whole tensor between two layouts of it.
  ///
  /// - Parameters:
  ///   - shape: The tensor's shape in the target, which is contiguous.
  ///   - source: The source's strides for the target's axes.
  ///   - start: The source's first element.
  init(filling shape: TensorShape, source: [Int], start: Int = 0) {
    self.init(shape.extents, source: source, target: shape.strides, sourceStart: start)
  }

  /// Copies elements of a number of bytes.
  func copy(
    _ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, bytes: Int, team: any OperatorTeam
  ) {
    each(team) { axes, from, to in
      initscope_copy_strided(
        source + (sourceStart + from) * bytes, target + (targetStart + to) * bytes, axes.baseAddress, axes.count, bytes)
    }
  }

  /// Copies the other way: from the target's places to the source's.
  func copyBack(
    _ target: UnsafeRawPointer, to source: UnsafeMutableRawPointer, bytes: Int, team: any OperatorTeam
  ) {
    reversed.copy(target, to: source, bytes: bytes, team: team)
  }

  /// Adds what lies at the target's places to the source's, so that repeated elements receive sums.
  func addBack(_ target: UnsafePointer<Float>, to source: UnsafeMutablePointer<Float>, team: any OperatorTeam) {
    let walk = reversed
    walk.each(team) { axes, from, to in
      initscope_add_strided(
        target + walk.sourceStart + from, source + walk.targetStart + to, axes.baseAddress, axes.count)
    }
  }

  private var reversed: StridedWalk {
    guard count > 0 else { return self }
    return StridedWalk(
      axes.map { Int($0.extent) }, source: axes.map { $0.target }, target: axes.map { $0.source },
      sourceStart: targetStart, targetStart: sourceStart)
  }

  /// Calls `body` for pieces along one axis, which lead to different places of the target.
  private func each(_ team: any OperatorTeam, _ body: (UnsafeBufferPointer<initscope_axis>, _ from: Int, _ to: Int) -> Void)
  {
    guard count > 0 else { return }
    guard count > Self.grain, let cut = axes.indices.filter({ axes[$0].target != 0 }).max(by: { extent($0) < extent($1) })
    else {
      axes.withUnsafeBufferPointer { body($0, 0, 0) }
      return
    }
    let per = max(1, Self.grain / max(1, count / extent(cut)))
    team.split(extent(cut), grain: per) { piece in
      var part = axes
      part[cut].extent = piece.count
      part.withUnsafeBufferPointer {
        body($0, piece.lowerBound * axes[cut].source, piece.lowerBound * axes[cut].target)
      }
    }
  }

  private func extent(_ axis: Int) -> Int { Int(axes[axis].extent) }
}
