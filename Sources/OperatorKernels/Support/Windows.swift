import CTensorKernels
import NetworkGraph

/// The window attributes that convolutions and pools share: kernel, strides, dilations and padding of up to three axes.
package struct WindowAttributes: Sendable {
  /// How padding is found.
  enum Padding: Sendable {
    case explicit, sameUpper, sameLower, valid
  }

  /// nil where the weights tell.
  var kernel: [Int]?
  var strides: [Int]?
  var dilations: [Int]?
  /// Padding in front of all axes, then behind them.
  var pads: [Int]?
  var padding = Padding.explicit
  /// Whether a last window that padding does not fill counts.
  var roundsUp = false
  /// Whether channels are the last axis of signals, as those of our own layers' sequences are, and not the second.
  var hasChannelsLast = false

  /// The largest extent, stride or padding that is taken: products of two of them stay far from overflow.
  static let largest = 1 << 24

  init() {}

  /// Makes the attributes of windows that are resolved already.
  ///
  /// - Parameters:
  ///   - axes: The windows.
  ///   - hasChannelsLast: Whether channels are the last axis of signals, and not the second.
  package init(_ axes: [SlidingWindow.Axis], hasChannelsLast: Bool) {
    kernel = axes.map(\.size)
    strides = axes.map(\.stride)
    dilations = axes.map(\.dilation)
    pads = axes.map(\.before) + axes.map(\.after)
    self.hasChannelsLast = hasChannelsLast
  }

  /// Reads a node's attributes.
  ///
  /// - Parameters:
  ///   - attributes: The node's attributes.
  ///   - kind: The operator's name, for errors.
  /// - Throws: `SpecificationError` for values outside their domain.
  init(_ attributes: OperatorAttributes, of kind: String) throws(SpecificationError) {
    kernel = try attributes.integers("kernel_shape")
    strides = try attributes.integers("strides")
    dilations = try attributes.integers("dilations")
    pads = try attributes.integers("pads")
    roundsUp = try attributes.integer("ceil_mode", 0) != 0
    let name = try attributes.text("auto_pad", "NOTSET")
    switch name {
    case "NOTSET", "": padding = .explicit
    case "SAME_UPPER": padding = .sameUpper
    case "SAME_LOWER": padding = .sameLower
    case "VALID": padding = .valid
    default:
      throw SpecificationError(
        "\(kind)'s auto_pad '\(name)' is none of NOTSET, SAME_UPPER, SAME_LOWER, VALID", hint: "Export the model again")
    }
    for (what, list, least) in [
      ("kernel_shape", kernel, 1), ("strides", strides, 1), ("dilations", dilations, 1), ("pads", pads, 0),
    ] {
      for value in list ?? [] where value < least || value > Self.largest {
        throw SpecificationError(
          "\(kind)'s \(what) holds \(value)", hint: "Each value must lie between \(least) and \(Self.largest)")
      }
    }
  }
}

/// A window along one axis, resolved for an input's extent.
struct WindowAxis: Hashable, Sendable {
  var input = 1, output = 1, size = 1, stride = 1, dilation = 1, before = 0, after = 0

  init(
    input: Int = 1, output: Int = 1, size: Int = 1, stride: Int = 1, dilation: Int = 1, before: Int = 0, after: Int = 0
  ) {
    self.input = input
    self.output = output
    self.size = size
    self.stride = stride
    self.dilation = dilation
    self.before = before
    self.after = after
  }

  /// From the first tap to the last.
  var reach: Int { (size - 1) * dilation + 1 }
}

extension WindowAttributes {
  /// The kernel's extents: the attribute's, or those of the weights.
  ///
  /// - Parameters:
  ///   - weights: Extents of the weights; nil for pools.
  ///   - rank: The number of spatial axes.
  ///   - kind: The operator's name, for errors.
  /// - Throws: `SpecificationError` where the two differ.
  func kernelExtents(weights: [Int]?, rank: Int, of kind: String) throws(SpecificationError) -> [Int] {
    guard let extents = kernel ?? weights, extents.count == rank else {
      throw SpecificationError(
        "\(kind)'s kernel_shape does not have one value for each of \(rank) axes", hint: "Export the model again")
    }
    if let weights, weights != extents {
      throw SpecificationError(
        "\(kind)'s kernel_shape \(extents) is not that of its weights, \(weights)", hint: "Export the model again")
    }
    for extent in extents where extent < 1 || extent > Self.largest {
      throw SpecificationError("\(kind)'s kernel has an extent of \(extent)", hint: "Check the model's weights")
    }
    return extents
  }

  /// A list with one value per axis.
  func values(_ list: [Int]?, _ name: String, rank: Int, of kind: String) throws(SpecificationError) -> [Int] {
    guard let list else { return [Int](repeating: 1, count: rank) }
    guard list.count == rank else {
      throw SpecificationError(
        "\(kind) has \(list.count) \(name) for \(rank) axes", hint: "Export the model again; the file may be damaged")
    }
    return list
  }

  /// Padding in front of and behind each axis.
  func explicitPads(rank: Int, of kind: String) throws(SpecificationError) -> [(Int, Int)] {
    guard let pads else { return [(Int, Int)](repeating: (0, 0), count: rank) }
    guard pads.count == 2 * rank else {
      throw SpecificationError(
        "\(kind) has \(pads.count) pads for \(rank) axes", hint: "It needs one in front of each axis and one behind it")
    }
    return (0..<rank).map { (pads[$0], pads[rank + $0]) }
  }

  /// The extents of a signal with samples and channels in front, whatever order it has.
  func channelsFirst(_ shape: TensorShape) throws(SpecificationError) -> TensorShape {
    guard hasChannelsLast, shape.rank > 2 else { return shape }
    return try TensorShape([shape[0], shape[shape.rank - 1]] + shape.extents[1..<shape.rank - 1])
  }

  /// The shape of a signal of samples, channels and further axes, in the order that signals have.
  func shape(_ samples: Int, _ channels: Int, _ axes: [Int]) throws(SpecificationError) -> TensorShape {
    try TensorShape(hasChannelsLast ? [samples] + axes + [channels] : [samples, channels] + axes)
  }

  /// Checks that a signal has samples, channels and one to three further axes, and gives the number of these.
  static func spatialRank(_ shape: TensorShape, of kind: String) throws(SpecificationError) -> Int {
    guard (3...5).contains(shape.rank) else {
      throw SpecificationError(
        "\(kind) takes samples x channels x one to three axes, got \(shape)",
        hint: "Windows in more than three axes are not supported")
    }
    for extent in shape.extents.dropFirst(2) where extent > largest {
      throw SpecificationError("\(kind) cannot slide over an extent of \(extent)", hint: "At most \(largest) is possible")
    }
    return shape.rank - 2
  }

  /// Windows that slide over a signal.
  ///
  /// - Parameters:
  ///   - shape: The signal: samples, channels, and one to three axes, channels first.
  ///   - weights: The kernel's extents as the weights have them; nil for pools.
  ///   - kind: The operator's name, for errors.
  /// - Throws: `SpecificationError` where a window does not fit.
  func axes(over shape: TensorShape, weights: [Int]? = nil, of kind: String) throws(SpecificationError) -> [WindowAxis] {
    let rank = try Self.spatialRank(shape, of: kind)
    let sizes = try kernelExtents(weights: weights, rank: rank, of: kind)
    let strides = try values(strides, "strides", rank: rank, of: kind)
    let dilations = try values(dilations, "dilations", rank: rank, of: kind)
    let pads = try explicitPads(rank: rank, of: kind)
    var axes: [WindowAxis] = []
    for axis in 0..<rank {
      var window = WindowAxis(
        input: shape[2 + axis], size: sizes[axis], stride: strides[axis], dilation: dilations[axis])
      switch padding {
      case .explicit: (window.before, window.after) = pads[axis]
      case .valid: break
      case .sameUpper, .sameLower:
        let output = (window.input + window.stride - 1) / window.stride
        let total = max(0, (output - 1) * window.stride + window.reach - window.input)
        window.before = padding == .sameUpper ? total / 2 : total - total / 2
        window.after = total - window.before
      }
      let room = window.input + window.before + window.after - window.reach
      guard room >= 0, window.input > 0 else {
        throw SpecificationError(
          "\(kind)'s window of \(window.reach) does not fit into \(window.input) values with padding "
            + "\(window.before) + \(window.after)", hint: "Check the input's size")
      }
      window.output = room / window.stride + 1
      if roundsUp, padding == .explicit, room % window.stride != 0 {
        // A window that would start behind the values and the padding in front of them does not count.
        if window.output * window.stride < window.input + window.before { window.output += 1 }
      }
      axes.append(window)
    }
    return axes
  }
}

extension initscope_windows {
  /// The windows for the C kernels: axes in front have an extent of 1.
  init(_ axes: [WindowAxis]) {
    let all = [WindowAxis](repeating: WindowAxis(), count: 3 - axes.count) + axes
    func triple(_ value: (WindowAxis) -> Int) -> (Int, Int, Int) { (value(all[0]), value(all[1]), value(all[2])) }
    self.init(
      input: triple(\.input), output: triple(\.output), size: triple(\.size), stride: triple(\.stride),
      dilation: triple(\.dilation), before: triple(\.before), after: triple(\.after))
  }
}

extension initscope_pool {
  /// The windows for the kernels of two axes, which need every window to hold a value; nil where they do not apply.
  init?(_ axes: [WindowAxis], lanes: Int) {
    guard axes.count <= 2, axes.allSatisfy({ $0.dilation == 1 && $0.before < $0.size }) else { return nil }
    let all = [WindowAxis](repeating: WindowAxis(), count: 2 - axes.count) + axes
    // The last window must start on a value.
    guard all.allSatisfy({ ($0.output - 1) * $0.stride < $0.input + $0.before }) else { return nil }
    func pair(_ value: (WindowAxis) -> Int) -> (Int, Int) { (value(all[0]), value(all[1])) }
    self.init(
      planes: 1, lanes: lanes, input: pair(\.input), output: pair(\.output), size: pair(\.size), stride: pair(\.stride),
      before: pair(\.before))
  }
}
