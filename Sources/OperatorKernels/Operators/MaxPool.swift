import CTensorKernels
import NetworkGraph

extension OperatorEntry {
  static let maxPool = OperatorEntry("MaxPool") { attributes throws(SpecificationError) in try MaxPool(attributes) }
}

/// The largest value of each window, and where asked for its place in the whole tensor.
public struct MaxPool: OperatorKernel {
  public static let kind = "MaxPool"
  public let traits: OperatorTraits = [.pools, .takesLargest]
  public let scaleLaw = ScaleLaw.homogeneous
  let window: WindowAttributes
  /// Whether places count columns first.
  let countsColumnsFirst: Bool
  let givesPlaces: Bool

  /// Makes the operator of windows that are resolved already.
  ///
  /// - Parameter window: The windows.
  package init(_ window: WindowAttributes) {
    (self.window, countsColumnsFirst, givesPlaces) = (window, false, false)
  }

  /// Reads the operator from a node's attributes.
  ///
  /// - Parameter attributes: The node's attributes.
  /// - Throws: `SpecificationError` for values outside their domain.
  public init(_ attributes: OperatorAttributes) throws(SpecificationError) {
    window = try WindowAttributes(attributes, of: Self.kind)
    countsColumnsFirst = try attributes.integer("storage_order", 0) != 0
    givesPlaces = attributes.outputCount > 1
  }

  public func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let (_, shape) = try window.pool(inputs, of: Self.kind)
    return [ValueType(.float32, shape)] + (givesPlaces ? [ValueType(.int64, shape)] : [])
  }

  public func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    // A place is 32 bits, as a float.
    KernelRequirements(saved: outputs[0].shape.count)
  }

  public func forward(_ call: ForwardCall) {
    let x = call.input(0), pass = window.pool(x.shape, of: Self.kind), z = call.outputs[0].floats
    let windows = pass.windows
    call.saved.withMemoryRebound(to: Int32.self, capacity: call.outputs[0].count) { places in
      pass.split(call.team) { first, count in
        let source = x.floats + first * pass.inputCount, target = first * pass.outputCount
        if var pool = pass.fast(planes: count) {
          initscope_max_pool(&pool, source, z + target, places + target)
        } else {
          var windows = windows
          initscope_window_max(&windows, source, count, z + target, places + target)
        }
      }
      if call.outputs.count > 1 { write(places, pass, into: call.outputs[1].integers) }
    }
  }

  private func write(_ places: UnsafePointer<Int32>, _ pass: PoolPass, into target: UnsafeMutablePointer<Int64>) {
    let extents = pass.axes.map(\.input)
    for plane in 0..<pass.planes {
      for window in plane * pass.outputCount..<(plane + 1) * pass.outputCount {
        var place = Int(places[window])
        if countsColumnsFirst, place >= 0 {
          // Row-major to column-major within the plane.
          var rest = place, stride = pass.inputCount
          place = 0
          for extent in extents.reversed() {
            stride /= extent
            place += rest % extent * stride
            rest /= extent
          }
        }
        target[window] = Int64(place < 0 ? -1 : plane * pass.inputCount + place)
      }
    }
  }

  public func backward(_ call: BackwardCall) {
    guard let target = call.target(0) else { return }
    let x = call.input(0)
    guard let g = call.outputGradients[0] else {
      target.update(repeating: 0, count: x.count)
      return
    }
    let pass = window.pool(x.shape, of: Self.kind), windows = pass.windows
    call.saved.withMemoryRebound(to: Int32.self, capacity: call.outputs[0].count) { places in
      pass.split(call.team) { first, count in
        let at = first * pass.outputCount, to = target + first * pass.inputCount
        if var pool = pass.fast(planes: count) {
          initscope_max_pool_gradient(&pool, g + at, places + at, to)
        } else {
          var windows = windows
          initscope_window_max_gradient(&windows, g + at, places + at, count, to)
        }
      }
    }
  }
}
