import CTensorKernels
import NetworkGraph

/// Normalization of groups of channels of each sample: what instance and group normalization share.
struct GroupPass {
  let samples: Int
  let groups: Int
  /// Channels of one group.
  let channels: Int
  /// Values of one channel.
  let inner: Int
  /// Whether gain and shift have one value per group rather than per channel.
  let sharesParameters: Bool

  init(_ shape: TensorShape, groups: Int, sharesParameters: Bool) {
    samples = shape[0]
    self.groups = groups
    channels = groups == 0 ? 0 : shape[1] / groups
    inner = shape.count(of: 2..<shape.rank)
    self.sharesParameters = sharesParameters
  }

  /// Checks samples x channels x extents and two parameters.
  static func check(
    _ inputs: [ValueFacts?], groups: Int?, sharesParameters: Bool, of kind: String
  ) throws(SpecificationError) -> ValueType {
    let x = try inputs.float(0, of: kind).type, shape = x.shape
    guard shape.rank >= 2 else {
      throw SpecificationError("\(kind) takes samples x channels x extents, got \(shape)", hint: "Export the model again")
    }
    let groups = groups ?? shape[1]
    guard groups > 0 || shape[1] == 0, groups == 0 || shape[1] % groups == 0 else {
      throw SpecificationError(
        "\(kind) cannot cut \(shape[1]) channels into \(groups) groups", hint: "Channels must be a multiple of the groups")
    }
    for place in 1...2 {
      let parameter = try inputs.float(place, of: kind).shape
      guard parameter.extents == [sharesParameters ? groups : shape[1]] else {
        throw SpecificationError(
          "\(kind)'s input \(place + 1) of \(parameter) does not fit \(shape) with \(groups) groups",
          hint: sharesParameters ? "One value per group is needed" : "One value per channel is needed")
      }
    }
    return x
  }

  var rows: Int { samples * groups }
  var allChannels: Int { groups * channels }
  private var grain: Int { max(1, BinaryPass.grain / max(1, channels * inner)) }

  var requirements: KernelRequirements {
    KernelRequirements(
      saved: 2 * rows, forwardWorkspace: sharesParameters ? 2 * allChannels : 0,
      backwardWorkspace: 2 * samples * allChannels + 3 * allChannels, readsInputs: [0, 1])
  }

  /// A parameter with one value per channel.
  private func perChannel(_ values: UnsafePointer<Float>, room: UnsafeMutablePointer<Float>) -> UnsafePointer<Float> {
    guard sharesParameters else { return values }
    for channel in 0..<allChannels { room[channel] = values[channel / channels] }
    return UnsafePointer(room)
  }

  func forward(_ call: ForwardCall, epsilon: Double) {
    let units = call.units(epsilon: epsilon)
    let x = call.input(0).floats, z = call.outputs[0].floats
    let gain = perChannel(call.input(1).floats, room: call.workspace)
    let shift = perChannel(call.input(2).floats, room: call.workspace + allChannels)
    call.team.split(rows, grain: grain) { piece in
      initscope_groups_normalize(
        x, piece.lowerBound, piece.count, groups, channels, inner, units.weight, units.epsilon, gain, shift, z, call.saved,
        call.saved + rows)
    }
  }

  func backward(_ call: BackwardCall, epsilon: Double) {
    let weight = call.units(epsilon: epsilon).weight
    guard let g = call.outputGradients[0] else { return }
    let x = call.input(0).floats, count = samples * allChannels
    let sums = call.workspace, products = sums + count, room = products + count
    let gain = perChannel(call.input(1).floats, room: room), target = call.target(0)
    call.team.split(rows, grain: grain) { piece in
      initscope_groups_gradient(
        g, x, piece.lowerBound, piece.count, groups, channels, inner, weight, call.saved, call.saved + rows, gain, target,
        sums, products)
    }
    for (place, values) in [(1, products), (2, sums)] {
      guard let target = call.target(place), allChannels > 0 else { continue }
      guard sharesParameters else {
        initscope_channel_sums(values, samples, allChannels, 1, target)
        continue
      }
      let all = room + allChannels
      initscope_channel_sums(values, samples, allChannels, 1, all)
      for group in 0..<groups {
        var sum = 0.0
        for channel in 0..<channels { sum += Double(all[group * channels + channel]) }
        target[group] = Float(sum)
      }
    }
  }
}
