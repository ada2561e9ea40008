import Glibc
import NetworkGraph
import TensorKernels

/// Measures what gradient descent would start from: how fast a class's samples would be learned, and which rate is too fast.
///
/// Linearized around its weights, a network f with Jacobian J learns by `df/dt = -K r`, K = J J^T the tangent kernel and r the
/// residual (Jacot 2018, section 4). `u^T K u = |J^T u|^2` is one backward pass from the cotangent u, whatever the layers are,
/// so a few cotangents tell the kernel's size along a few directions:
/// - `signal`: u the centred class codes, which is what training has to follow;
/// - `noise`: the same codes dealt to the wrong samples. A kernel that treats inputs apart from each other, or all alike,
///   has a signal no larger than its noise;
/// - `common`: one u for all samples, the direction in which they move together, and usually the largest eigenvalue, which
///   bounds the learning rate (Xiao 2020, section 3).
///
/// Everything is in plain Float32, as training would have it. No weight is changed in the end, and no step is taken.
public struct TangentProbe {
  public struct Reading: Sendable, Equatable {
    /// Mean cross entropy of the batch, NaN where it is no number.
    public var loss: Double
    /// |J^T u|^2 / batch^2 for unit cotangents on every sample.
    public var signal: Double
    public var noise: Double
    public var common: Double
    /// Squared norm of the loss's gradient.
    public var gradient: Double
    /// Curvature of the loss along the direction that power iteration finds: its largest eigenvalue from below.
    public var sharpness: Double
    /// Root mean square of the outputs, and of their deviation from the batch's mean.
    public var outputSize: Double
    public var outputSpread: Double
    /// log10 of the squared norm of the loss's gradient, by weight tensor, against the squared norm of the weights.
    public var gradientToWeight: [Double]
    /// log10 of the weights' and of the gradients' mean squares
    public var seconds: Double
  }

  let network: Network
  let assignment: InitializerAssignment
  let seed: UInt64

  public init(network: Network, initializer: Initializer, seed: UInt64) throws {
    self.network = network
    assignment = try InitializerAssignment(initializer: initializer, network: network)
    self.seed = seed
  }

  public func measure(_ table: SampleTable, batch: Int, replica: Int) throws -> Reading {
    let clock = ContinuousClock.now
    let plan = OutputPlan(network, .crossEntropy)
    let parameters = try ParameterBlock(plan.nodes)
    parameters.draw(assignment, seed: seed, replica: replica)
    let graph = try TrainingGraph(
      nodes: plan.nodes, input: network.input, plainOutput: plan.plainOutput, batch: batch, parameters: parameters, seed: seed,
      replica: replica)
    let outputs = network.output.count
    var random = SplitMix(state: seed &* 977 &+ UInt64(replica))
    var order = Array(0..<table.count)
    for i in 0..<batch { order.swapAt(i, i + Int(random.next() % UInt64(table.count - i))) }
    let indices = order.prefix(batch)
    table.gather(indices, into: graph.input)
    DataCalibration.fit(graph, assignment)
    graph.forward(.training)
    let labels = indices.map { Int(table.labels[$0]) }
    // Outputs
    var mean = [Double](repeating: 0, count: outputs), squares = 0.0
    for r in 0..<batch { for c in 0..<outputs { let v = Double(graph.output[r * outputs + c]); mean[c] += v / Double(batch); squares += v * v } }
    let n = Double(batch * outputs)
    let meanSquare = mean.reduce(0) { $0 + $1 * $1 } / Double(outputs)
    let size = (squares / n).squareRoot(), spread = max(0, squares / n - meanSquare).squareRoot()

    func norm() -> Double { Elementwise.sumOfSquares(parameters.gradients, count: parameters.count) }
    func response(_ codes: [[Double]]) -> Double {
      // centre, unit mean square norm
      var total = 0.0
      for code in codes { for v in code { total += v * v } }
      let scale = (Double(batch) / total).squareRoot()
      for r in 0..<batch { for c in 0..<outputs { graph.outputGradient[r * outputs + c] = Float(codes[r][c] * scale / Double(batch)) } }
      graph.backward()
      return norm()
    }
    var codes = labels.map { label in (0..<outputs).map { $0 == label ? 1.0 : 0.0 } }
    var centre = [Double](repeating: 0, count: outputs)
    for code in codes { for c in 0..<outputs { centre[c] += code[c] / Double(batch) } }
    for r in 0..<batch { for c in 0..<outputs { codes[r][c] -= centre[c] } }
    let signal = response(codes)
    var noise = 0.0
    for _ in 0..<2 {
      var shuffled = codes
      for i in stride(from: batch - 1, to: 0, by: -1) { shuffled.swapAt(i, Int(random.next() % UInt64(i + 1))) }
      noise += response(shuffled) / 2
    }
    var common = 0.0
    for _ in 0..<2 {
      let v = (0..<outputs).map { _ in random.next() & 1 == 0 ? 1.0 : -1.0 }
      common += response(Array(repeating: v, count: batch)) / 2
    }
    let pass = LossPass(loss: .crossEntropy, outputs: outputs)
    let value = pass(graph, table, indices)
    graph.backward()
    let gradient = norm()
    var ratios: [Double] = []
    for (index, tensor) in parameters.tensors.enumerated() where tensor.isWeight {
      ratios.append(log10(Elementwise.sumOfSquares(parameters.gradient(index), count: tensor.count)) - log10(Elementwise.sumOfSquares(parameters.value(index), count: tensor.count)))
    }
    // Sharpness.
    let count = parameters.count
    let start = try FloatBuffer(capacity: count), base = try FloatBuffer(capacity: count), direction = try FloatBuffer(capacity: count)
    start.pointer.update(from: parameters.values, count: count)
    base.pointer.update(from: parameters.gradients, count: count)
    direction.pointer.update(from: parameters.gradients, count: count)
    let weightNorm = Elementwise.sumOfSquares(start.pointer, count: count).squareRoot()
    var sharpness = 0.0
    if gradient.isFinite, gradient > 0 {
      for _ in 0..<4 {
        let length = Elementwise.sumOfSquares(direction.pointer, count: count).squareRoot()
        guard length > 0, length.isFinite else { break }
        let step = 1e-3 * weightNorm / length
        parameters.values.update(from: start.pointer, count: count)
        Elementwise.add(direction.pointer, times: Float(step), to: parameters.values, count: count)
        graph.forward(.training)
        _ = pass(graph, table, indices)
        graph.backward()
        var dot = 0.0
        for i in 0..<count {
          let d = (Double(parameters.gradients[i]) - Double(base.pointer[i])) / step / length
          dot += d * Double(direction.pointer[i]) / length
          direction.pointer[i] = Float(d)
        }
        sharpness = max(sharpness, dot * length)
        sharpness = Elementwise.sumOfSquares(direction.pointer, count: count).squareRoot()
      }
    }
    let e = (ContinuousClock.now - clock).components
    return Reading(
      loss: value.sum / Double(batch), signal: signal, noise: noise, common: common, gradient: gradient, sharpness: sharpness,
      outputSize: size, outputSpread: spread, gradientToWeight: ratios, seconds: Double(e.seconds) + Double(e.attoseconds) * 1e-18)
  }
}

struct SplitMix {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
