/// A window that moves over the axes of a signal: a convolution's kernel or a pooling's window.
///
/// Along an axis of extent n with padding p before and q behind, a window of k taps, d apart, in steps of s, takes
/// floor((n + p + q - d (k - 1) - 1) / s) + 1 positions (Dumoulin and Visin 2016, "A guide to convolution arithmetic for
/// deep learning").
public struct SlidingWindow: Hashable, Sendable {
  /// The allowed sizes, strides and dilations along an axis.
  public static let range = 1...1024
  /// The allowed padding on one side of an axis.
  public static let paddingRange = 0...1024

  public var size: Extents
  public var stride: Extents
  public var dilation: Extents
  public var padding: Padding

  /// Makes a window with these sizes and steps.
  ///
  /// - Precondition: Extents within `range`, padding within `paddingRange`.
  public init(size: Extents, stride: Extents = 1, padding: Padding = .valid, dilation: Extents = 1) {
    for extents in [size, stride, dilation] {
      precondition(extents.lie(in: Self.range), "a window's extents lie in \(Self.range), got \(extents)")
    }
    if case .amount(let extents) = padding {
      precondition(extents.lie(in: Self.paddingRange), "padding lies in \(Self.paddingRange), got \(extents)")
    }
    self.size = size
    self.stride = stride
    self.dilation = dilation
    // Zero padding on every axis means `valid`; keep one spelling.
    self.padding = padding == .amount(0) ? .valid : padding
  }

  /// The window along one axis of one signal.
  public struct Axis: Hashable, Sendable {
    /// The signal's extent and the number of positions.
    public var input: Int, output: Int
    public var size: Int, stride: Int, dilation: Int
    public var before: Int, after: Int
    /// The distance from the first tap to the last, both counted.
    public var reach: Int { dilation * (size - 1) + 1 }

    /// The missing axis when a sequence is treated as an image: one value, one tap.
    public static let single = Axis(input: 1, output: 1, size: 1, stride: 1, dilation: 1, before: 0, after: 0)
  }

  /// The window along each axis of a signal with these extents.
  ///
  /// - Throws: `SpecificationError` where it has more axes than the signal or does not fit.
  public func axes(over inputs: [Int], what: String) throws(SpecificationError) -> [Axis] {
    let sizes = try along(inputs.count, size, "size", what)
    let strides = try along(inputs.count, stride, "stride", what)
    let dilations = try along(inputs.count, dilation, "dilation", what)
    var amounts = Array(repeating: 0, count: inputs.count)
    if case .amount(let extents) = padding { amounts = try along(inputs.count, extents, "padding", what) }
    var axes: [Axis] = []
    for (index, input) in inputs.enumerated() {
      var axis = Axis(
        input: input, output: 0, size: sizes[index], stride: strides[index], dilation: dilations[index],
        before: amounts[index], after: amounts[index])
      if padding == .same {
        axis.output = (input + axis.stride - 1) / axis.stride
        let total = max(0, (axis.output - 1) * axis.stride + axis.reach - input)
        axis.before = total / 2
        axis.after = total - axis.before
      } else {
        let room = input + axis.before + axis.after
        guard axis.reach <= room else {
          throw SpecificationError(
            "\(what) that reaches over \(axis.reach) values does not fit an extent of \(input)"
              + (room > input ? ", \(room) with its padding" : ""),
            hint: "Choose a smaller size, or padding: same")
        }
        axis.output = (room - axis.reach) / axis.stride + 1
      }
      axes.append(axis)
    }
    return axes
  }

  private func along(
    _ rank: Int, _ extents: Extents, _ name: String, _ what: String
  ) throws(SpecificationError) -> [Int] {
    guard let values = extents.along(rank) else {
      throw SpecificationError(
        "\(what) on a sequence moves along one axis, its \(name) is \(extents)", hint: "Give one number")
    }
    return values
  }
}
