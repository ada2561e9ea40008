import CTensorKernels
import NetworkGraph

/// The sizes of a pool over samples x channels x one to three axes, and how its planes are cut into pieces of work.
struct PoolPass {
  let axes: [WindowAxis]
  let planes: Int
  /// Values of one place: the channels, where they are the last axis.
  let lanes: Int
  let windows: initscope_windows
  /// For the kernels of two axes; nil where they do not apply.
  let fast: initscope_pool?

  init(_ axes: [WindowAxis], shape: TensorShape, hasChannelsLast: Bool) {
    self.axes = axes
    planes = hasChannelsLast ? shape[0] : shape[0] * shape[1]
    lanes = hasChannelsLast ? shape[1] : 1
    windows = initscope_windows(axes)
    fast = initscope_pool(axes, lanes: lanes)
    precondition(!hasChannelsLast || fast != nil, "channels come last only where every window holds a value")
  }

  var inputCount: Int { axes.reduce(lanes) { $0 * $1.input } }
  var outputCount: Int { axes.reduce(lanes) { $0 * $1.output } }

  /// Calls `body` with pieces of the planes.
  func split(_ team: any OperatorTeam, _ body: (_ first: Int, _ count: Int) -> Void) {
    team.split(planes, grain: max(1, (1 << 15) / max(1, inputCount))) { body($0.lowerBound, $0.count) }
  }

  func fast(planes: Int) -> initscope_pool? {
    guard var pool = fast else { return nil }
    pool.planes = planes
    return pool
  }
}

extension WindowAttributes {
  /// Checks a pool's input and finds its windows.
  func pool(_ inputs: [ValueFacts?], of kind: String) throws(SpecificationError) -> (PoolPass, TensorShape) {
    let shape = try channelsFirst(try inputs.float(0, of: kind).shape)
    let axes = try axes(over: shape, of: kind)
    guard axes.reduce(1, { $0 * $1.input }) <= Int(Int32.max) else {
      throw SpecificationError("\(kind) cannot number the places of \(shape)", hint: "Use smaller inputs")
    }
    return (
      PoolPass(axes, shape: shape, hasChannelsLast: hasChannelsLast), try self.shape(shape[0], shape[1], axes.map(\.output))
    )
  }

  /// The windows of a pool whose input was checked before.
  func pool(_ shape: TensorShape, of kind: String) -> PoolPass {
    guard let shape = try? channelsFirst(shape), let axes = try? axes(over: shape, of: kind) else {
      preconditionFailure("\(kind) of \(shape) was checked before")
    }
    return PoolPass(axes, shape: shape, hasChannelsLast: hasChannelsLast)
  }
}
