import NetworkGraph

/// Moves elements between depth and space: `DepthToSpace`, and its inverse.
struct BlockMove: Sendable {
  let kind: String
  let block: Int
  /// Whether depth is (blocks, channels), as `DCR` has it, rather than (channels, blocks).
  let putsBlocksFirst: Bool

  init(_ attributes: OperatorAttributes, of kind: String) throws(SpecificationError) {
    self.kind = kind
    block = try attributes.integer("blocksize", 0)
    let mode = try attributes.text("mode", "DCR")
    guard mode == "DCR" || mode == "CRD" else {
      throw SpecificationError("\(kind)'s mode '\(mode)' is neither DCR nor CRD", hint: "Export the model again")
    }
    putsBlocksFirst = mode == "DCR"
    guard block > 0, block <= 1 << 20 else {
      throw SpecificationError("\(kind)'s blocksize must be above 0, got \(block)", hint: "Export the model again")
    }
  }

  /// Checks an image and gives its shape after the move.
  func result(_ x: ValueType, toSpace: Bool) throws(SpecificationError) -> ValueType {
    let shape = x.shape
    guard shape.rank == 4 else {
      throw SpecificationError(
        "\(kind) takes samples x channels x height x width, got \(shape)", hint: "Export the model again")
    }
    let square = block * block
    if toSpace {
      guard shape[1] % square == 0 else {
        throw SpecificationError(
          "\(kind) cannot spread \(shape[1]) channels over \(square) places", hint: "Channels must be a multiple of them")
      }
      let height = shape[2].multipliedReportingOverflow(by: block), width = shape[3].multipliedReportingOverflow(by: block)
      guard !height.overflow, !width.overflow else {
        throw SpecificationError("\(kind) of \(shape) is too large", hint: "Use smaller blocks")
      }
      return ValueType(
        x.element, try TensorShape([shape[0], shape[1] / square, height.partialValue, width.partialValue]))
    }
    guard shape[2] % block == 0, shape[3] % block == 0 else {
      throw SpecificationError(
        "\(kind) cannot cut \(shape[2]) x \(shape[3]) into blocks of \(block)", hint: "Both must be multiples of the block")
    }
    let (channels, overflow) = shape[1].multipliedReportingOverflow(by: square)
    guard !overflow else { throw SpecificationError("\(kind) of \(shape) is too large", hint: "Use smaller blocks") }
    return ValueType(x.element, try TensorShape([shape[0], channels, shape[2] / block, shape[3] / block]))
  }

  /// Copies elements between the deep tensor and the wide one, whose shapes are given.
  func move<Element>(
    deep: TensorShape, wide: TensorShape, toSpace: Bool, _ source: UnsafePointer<Element>,
    into target: UnsafeMutablePointer<Element>, team: any OperatorTeam
  ) {
    let channels = wide[1], height = deep[2], width = deep[3]
    team.split(wide[0] * channels, grain: max(1, (1 << 14) / max(1, wide[2] * wide[3]))) { planes in
      for plane in planes {
        let sample = plane / channels, channel = plane % channels
        for row in 0..<block {
          for column in 0..<block {
            let depth =
              putsBlocksFirst
              ? (row * block + column) * channels + channel : (channel * block + row) * block + column
            let from = (sample * deep[1] + depth) * height * width
            for y in 0..<height {
              let narrow = from + y * width, broad = (plane * wide[2] + y * block + row) * wide[3] + column
              if toSpace {
                for x in 0..<width { target[broad + x * block] = source[narrow + x] }
              } else {
                for x in 0..<width { target[narrow + x] = source[broad + x * block] }
              }
            }
          }
        }
      }
    }
  }

  func forward(_ call: ForwardCall, toSpace: Bool) {
    let x = call.input(0), z = call.outputs[0]
    let (deep, wide) = toSpace ? (x.shape, z.shape) : (z.shape, x.shape)
    switch x.type.element {
    case .float32: move(deep: deep, wide: wide, toSpace: toSpace, x.floats, into: z.floats, team: call.team)
    case .int64: move(deep: deep, wide: wide, toSpace: toSpace, x.integers, into: z.integers, team: call.team)
    case .bool: move(deep: deep, wide: wide, toSpace: toSpace, x.bools, into: z.bools, team: call.team)
    }
  }

  func backward(_ call: BackwardCall, toSpace: Bool) {
    guard let g = call.outputGradients[0], let target = call.target(0) else { return }
    let x = call.input(0).shape, z = call.outputs[0].shape
    let (deep, wide) = toSpace ? (x, z) : (z, x)
    move(deep: deep, wide: wide, toSpace: !toSpace, g, into: target, team: call.team)
  }
}
