import NetworkGraph

extension OperatorEntry {
  static let resize = OperatorEntry("Resize") { attributes throws(SpecificationError) in try Resize(attributes) }
}

/// Resamples a tensor along its axes: nearest, linear or cubic, by factors or to given extents.
public struct Resize: OperatorKernel {
  public static let kind = "Resize"
  public let kind: String
  public let traits: OperatorTraits = [.permutes]
  public let scaleLaw: ScaleLaw
  let resampling: Resampling
  let axes: [Int]?
  /// stretch, not_larger or not_smaller.
  let policy: String
  /// Factors as an attribute, as the first versions of `Upsample` have them.
  let factors: [Double]?
  /// Places of the inputs.
  let regionPlace: Int?
  let factorPlace: Int
  let sizePlace: Int?

  /// Reads the operator from a node's attributes; the first versions and `Upsample` have fewer of them.
  ///
  /// - Parameters:
  ///   - attributes: The node's attributes.
  ///   - kind: `Resize` or `Upsample`.
  /// - Throws: `SpecificationError` for what is not supported.
  public init(_ attributes: OperatorAttributes, kind: String = "Resize") throws(SpecificationError) {
    self.kind = kind
    var resampling = Resampling()
    let mode = try attributes.text("mode", "nearest")
    // Upsample's bilinear mode is linear.
    guard let method = Resampling.Method(rawValue: mode == "bilinear" ? "linear" : mode) else {
      throw SpecificationError("\(kind)'s mode '\(mode)' is none of nearest, linear, cubic", hint: "Export the model again")
    }
    resampling.method = method
    if try attributes.integer("antialias", 0) != 0 {
      throw SpecificationError("\(kind) with 'antialias' is not supported", hint: "Export the model without antialiasing")
    }
    let isFirst = kind == "Upsample" || attributes.version < 11
    resampling.coordinates = try attributes.text("coordinate_transformation_mode", isFirst ? "asymmetric" : "half_pixel")
    resampling.rounding = try attributes.text("nearest_mode", isFirst ? "floor" : "round_prefer_floor")
    resampling.cubicCoefficient = try attributes.float("cubic_coeff_a", -0.75)
    resampling.excludesOutside = try attributes.integer("exclude_outside", 0) != 0
    resampling.outsideValue = Float(try attributes.float("extrapolation_value", 0))
    guard Resampling.knownCoordinates.contains(resampling.coordinates) else {
      throw SpecificationError(
        "\(kind)'s coordinate_transformation_mode '\(resampling.coordinates)' is not supported",
        hint: "Known: \(Resampling.knownCoordinates.joined(separator: ", "))")
    }
    guard Resampling.knownRoundings.contains(resampling.rounding) else {
      throw SpecificationError(
        "\(kind)'s nearest_mode '\(resampling.rounding)' is not supported",
        hint: "Known: \(Resampling.knownRoundings.joined(separator: ", "))")
    }
    policy = try attributes.text("keep_aspect_ratio_policy", "stretch")
    guard ["stretch", "not_larger", "not_smaller"].contains(policy) else {
      throw SpecificationError(
        "\(kind)'s keep_aspect_ratio_policy '\(policy)' is none of stretch, not_larger, not_smaller",
        hint: "Export the model again")
    }
    self.resampling = resampling
    axes = try attributes.integers("axes")
    factors = try attributes.floats("scales")
    (regionPlace, factorPlace, sizePlace) = isFirst ? (nil, 1, nil) : (1, 2, 3)
    // A value of its own does not scale with the signal.
    scaleLaw = resampling.outsideValue == 0 ? .homogeneous : .absolute
  }

  /// The new extents, the factors and the regions of all axes.
  private struct Plan {
    var extents: [Int]
    var factors: [Double]
    var regions: [(Double, Double)?]
  }

  private func plan(
    _ shape: TensorShape, factors given: [Double]?, sizes: [Int]?, region: [Double]?
  ) throws(SpecificationError) -> Plan {
    func refuse(_ reason: String) -> SpecificationError {
      SpecificationError("\(kind) of \(shape) \(reason)", hint: "Export the model again")
    }
    var chosen: [Int] = []
    for axis in axes ?? Array(0..<shape.rank) { chosen.append(try shape.resolved(axis: axis, name: "\(kind)'s axis")) }
    guard shape.rank > 0, Set(chosen).count == chosen.count else { throw refuse("names axes twice, or has none") }
    var plan = Plan(
      extents: shape.extents, factors: [Double](repeating: 1, count: shape.rank),
      regions: [(Double, Double)?](repeating: nil, count: shape.rank))
    if let sizes, !sizes.isEmpty {
      guard sizes.count == chosen.count else { throw refuse("has \(sizes.count) sizes for \(chosen.count) axes") }
      for (axis, size) in zip(chosen, sizes) {
        guard size >= 0, shape[axis] > 0 || size == 0 else { throw refuse("cannot become \(size) along axis \(axis)") }
        plan.factors[axis] = shape[axis] == 0 ? 1 : Double(size) / Double(shape[axis])
        plan.extents[axis] = size
      }
      if policy != "stretch" {
        let all = chosen.map { plan.factors[$0] }
        let common = (policy == "not_larger" ? all.min() : all.max()) ?? 1
        for axis in chosen {
          plan.factors[axis] = common
          plan.extents[axis] = try extent(common * Double(shape[axis]) + 0.5)
        }
      }
    } else if let given, !given.isEmpty {
      guard given.count == chosen.count else { throw refuse("has \(given.count) factors for \(chosen.count) axes") }
      for (axis, factor) in zip(chosen, given) {
        guard factor > 0, factor.isFinite else { throw refuse("has a factor of \(factor)") }
        plan.factors[axis] = factor
        plan.extents[axis] = try extent(factor * Double(shape[axis]))
      }
    } else {
      throw refuse("has neither factors nor sizes")
    }
    if let region, !region.isEmpty {
      guard region.count == 2 * chosen.count else { throw refuse("has \(region.count) values of a region") }
      for (place, axis) in chosen.enumerated() { plan.regions[axis] = (region[place], region[chosen.count + place]) }
    }
    // Axes are resampled one after the other; the tensors between must be possible as well.
    for axis in 0..<shape.rank {
      _ = try TensorShape(Array(plan.extents[...axis]) + Array(shape.extents[(axis + 1)...]))
    }
    return plan
  }

  private func extent(_ value: Double) throws(SpecificationError) -> Int {
    guard value < Double(TensorShape.largestCount) else {
      throw SpecificationError("\(kind) to an extent of \(value) is too large", hint: "Use a smaller factor")
    }
    return Int(value)
  }

  /// Numbers that must be known beforehand.
  private func floats(_ inputs: [ValueFacts?], _ place: Int?) throws(SpecificationError) -> [Double]? {
    guard let place, let facts = inputs.optional(place) else { return nil }
    if facts.shape.count == 0 { return nil }
    guard let values = facts.constant?.floats else {
      throw SpecificationError(
        "input \(place + 1) of \(kind) depends on the data, and shapes must be known beforehand",
        hint: "Export the model with fixed shapes")
    }
    return values.map(Double.init)
  }

  public func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let x = try inputs.float(0, of: kind).type
    let needsRegion = resampling.coordinates == "tf_crop_and_resize"
    var sizes: [Int]?
    if let sizePlace, let facts = inputs.optional(sizePlace), facts.shape.count > 0 {
      sizes = try inputs.integers(sizePlace, of: kind)
    }
    var given = factors
    if given == nil { given = try floats(inputs, factorPlace) }
    let plan = try plan(
      x.shape, factors: given, sizes: sizes,
      region: needsRegion ? try floats(inputs, regionPlace) : nil)
    return [ValueType(.float32, try TensorShape(plan.extents))]
  }

  public func carriesGradient(toInput input: Int) -> Bool { input == 0 }

  public func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    guard let x = inputs[0]?.shape else { return KernelRequirements() }
    var largest = 0
    for axis in 0..<x.rank {
      largest = max(
        largest, outputs[0].shape.count(of: 0..<axis + 1) * x.count(of: axis + 1..<x.rank))
    }
    return KernelRequirements(
      forwardWorkspace: 2 * largest, backwardWorkspace: 2 * largest,
      readsInputs: [regionPlace, factorPlace, sizePlace].compactMap { $0 }.filter {
        inputs.indices.contains($0) && inputs[$0] != nil
      })
  }

  /// The taps of all axes that change.
  private func taps(_ x: TensorShape, _ inputs: [TensorView?]) -> [(axis: Int, taps: AxisTaps)] {
    func view(_ place: Int?) -> TensorView? {
      place.flatMap { inputs.indices.contains($0) ? inputs[$0] : nil }
    }
    func values(_ place: Int?) -> [Double]? {
      view(place).map { view in (0..<view.count).map { Double(view.floats[$0]) } }
    }
    let needsRegion = resampling.coordinates == "tf_crop_and_resize"
    let sizes = view(sizePlace).map { view in (0..<view.count).map { Int(view.integers[$0]) } }
    guard
      let plan = try? plan(
        x, factors: factors ?? values(factorPlace), sizes: sizes, region: needsRegion ? values(regionPlace) : nil)
    else { return [] }
    return (0..<x.rank).compactMap { axis in
      resampling.taps(
        input: x[axis], output: plan.extents[axis], scale: plan.factors[axis], region: plan.regions[axis]
      ).map { (axis, $0) }
    }
  }

  /// Values in front of an axis that is resampled next, and behind it.
  private func around(_ axis: Int, _ x: TensorShape, _ z: TensorShape) -> (outer: Int, inner: Int) {
    (z.count(of: 0..<axis), x.count(of: axis + 1..<x.rank))
  }

  public func forward(_ call: ForwardCall) {
    let x = call.input(0), z = call.outputs[0], half = roomCount(x.shape, z.shape)
    let steps = taps(x.shape, call.inputs)
    guard !steps.isEmpty else { return z.floats.update(from: x.floats, count: z.count) }
    var source = UnsafePointer(x.floats)
    for (number, step) in steps.enumerated() {
      let target = number == steps.count - 1 ? z.floats : call.workspace + number % 2 * half
      let (outer, inner) = around(step.axis, x.shape, z.shape)
      step.taps.apply(source, outer: outer, inner: inner, into: target, team: call.team)
      source = UnsafePointer(target)
    }
  }

  private func roomCount(_ x: TensorShape, _ z: TensorShape) -> Int {
    (0..<x.rank).reduce(0) { max($0, z.count(of: 0..<$1 + 1) * x.count(of: $1 + 1..<x.rank)) }
  }

  public func backward(_ call: BackwardCall) {
    guard let g = call.outputGradients[0], let final = call.target(0) else { return }
    let x = call.input(0), z = call.outputs[0], half = roomCount(x.shape, z.shape)
    let steps = taps(x.shape, call.inputs)
    guard !steps.isEmpty else { return final.update(from: g, count: z.count) }
    var source = g
    for (number, step) in steps.enumerated().reversed() {
      let target = number == 0 ? final : call.workspace + number % 2 * half
      let (outer, inner) = around(step.axis, x.shape, z.shape)
      step.taps.transpose(source, outer: outer, inner: inner, into: target, team: call.team)
      source = UnsafePointer(target)
    }
  }
}
