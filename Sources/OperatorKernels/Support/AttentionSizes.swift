import NetworkGraph

/// The sizes of an attention, and where heads lie in its tensors.
struct AttentionSizes {
  var batch: Int
  var heads: Int
  /// Heads of keys and values; each serves `heads / groups` heads of queries.
  var groups: Int
  var steps: Int
  /// Steps of keys and values that come in, and those before them.
  var newKeys: Int
  var past: Int
  var size: Int
  var valueSize: Int
  /// Whether tensors are samples x steps x features, all heads side by side.
  var isFlat: Bool

  var keys: Int { past + newKeys }

  /// Where the rows of a head begin, and how far they are apart.
  struct Rows {
    var offset: Int
    var stride: Int
  }

  /// The rows of a head in a tensor of `heads` heads and `steps` rows of `size` values.
  func rows(_ sample: Int, _ head: Int, heads: Int, steps: Int, size: Int) -> Rows {
    isFlat
      ? Rows(offset: (sample * steps * heads + head) * size, stride: heads * size)
      : Rows(offset: (sample * heads + head) * steps * size, stride: size)
  }

  func query(_ sample: Int, _ head: Int) -> Rows { rows(sample, head, heads: heads, steps: steps, size: size) }
  func result(_ sample: Int, _ head: Int) -> Rows { rows(sample, head, heads: heads, steps: steps, size: valueSize) }
  /// Rows of keys or values as they come in.
  func new(_ sample: Int, _ group: Int, size: Int) -> Rows {
    rows(sample, group, heads: groups, steps: newKeys, size: size)
  }
  /// Rows of keys or values with those before them, which are always samples x heads x steps x features.
  func present(_ sample: Int, _ group: Int, size: Int) -> Rows {
    Rows(offset: (sample * groups + group) * keys * size, stride: size)
  }

  /// Rows of queries whose scores are in memory at once.
  static let blockRows = 64
  /// Pieces of work, each with scores of its own. The number does not depend on the threads.
  static let pieces = 8

  var blocks: Int { (steps + Self.blockRows - 1) / Self.blockRows }
  /// Floats of the scores of one block.
  var tile: Int { min(Self.blockRows, steps) * keys }

  /// Calls `body` with ranges of `0 ..< count` and the number of the piece.
  static func split(_ count: Int, team: any OperatorTeam, _ body: (_ piece: Int, _ range: Range<Int>) -> Void) {
    let grain = max(1, (count + pieces - 1) / pieces)
    team.split(count, grain: grain) { body($0.lowerBound / grain, $0) }
  }
}
