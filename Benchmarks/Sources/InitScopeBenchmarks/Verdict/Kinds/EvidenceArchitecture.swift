import Foundation
import InitScope

/// A network of any kind with its task: the verdict's evidence beyond plain dense networks.
struct EvidenceArchitecture: Sendable {
  var part: String
  var index: Int
  var kind: String
  var task: EvidenceTask
  /// A description of the network for people.
  var summary: String
  var network: Network
  var initializer: String

  static let header = "part,index,kind,task,network,init"

  var fields: [String] { [part, "\(index)", kind, task.name, "\"\(summary)\"", "\"\(initializer)\""] }

  /// The network with this number. It depends on part and number only, so two parts share a network only by chance.
  static func draw(part: String, index: Int) throws -> EvidenceArchitecture {
    var plan = KindPlan(part: part, index: index)
    let (kind, task) = try plan.drawAny()
    let network = try Network(name: kind, input: plan.input, placements: plan.assembly.placements)
    return EvidenceArchitecture(
      part: part, index: index, kind: kind, task: task, summary: plan.notes.joined(separator: " "), network: network,
      initializer: plan.initializer)
  }
}

/// A network while it is drawn, layer by layer.
struct KindPlan {
  var draws: Draws
  var assembly = NetworkAssembly()
  var input = Shape.features(1)
  var initializer = "he_normal"
  var notes: [String] = []
  var activation = Activation.relu
  /// Whether the draw looks for trouble: far from criticality, deeper, without what would help. Without this most networks
  /// train at one of four rates, and a verdict that always says yes would be right.
  private var isHard = false
  /// The weight variance times fanIn around which the activation's is drawn.
  private var base = 2.0

  init(part: String, index: Int) { draws = Draws("kinds \(part)", index: index) }

  mutating func add(_ part: any NetworkPart) { part.append(to: &assembly) }
  mutating func note(_ text: String) { notes.append(text) }

  mutating func drawAny() throws -> (String, EvidenceTask) {
    isHard = draws.chance(0.55)
    switch draws.uniform() {
    case ..<0.16: return try drawDense()
    case ..<0.38: return try drawZeros()
    case ..<0.58: return try drawConvolutional()
    case ..<0.73: return try drawRecurrent()
    case ..<0.89: return try drawAttention()
    default: return try drawEmbedding()
    }
  }

  // MARK: Choices that kinds share

  private static let activations: [(name: String, variance: Double)] = [
    ("relu", 2), ("relu", 2), ("relu", 2), ("tanh", 1), ("tanh", 1), ("gelu", 2), ("gelu", 2), ("silu", 3), ("sigmoid", 8),
    ("elu", 1.3), ("selu", 1), ("leaky_relu(slope=0.1)", 1.98), ("softplus", 1.2), ("linear", 1), ("mish", 2),
  ]

  mutating func drawActivation() throws {
    let (name, variance) = draws.pick(Self.activations)
    activation = try Activation(parsing: name)
    base = variance
    note(name)
  }

  /// The initializer for layers that name none: near criticality, far from it, or with one fixed deviation.
  mutating func drawInitializer(spread: ClosedRange<Double> = -7...5, layers: Int = 4) {
    let variance: Double
    switch draws.uniform() {
    case _ where isHard && draws.chance(0.85):
      // So far off that the whole network is off by a factor of 2^10 to 2^40, whatever its depth.
      let whole = draws.uniform(10, 40) / Double(layers), sign: Double = draws.chance(0.6) ? -1 : 1
      variance = base * exp2(sign * max(0.6, min(16, whole)))
    case ..<0.12:
      initializer = draws.pick(["he_normal", "glorot_uniform", "lecun_normal", "glorot_normal", "orthogonal", "lsuv"])
      return
    case ..<0.3:
      initializer = "normal(std=\(draws.pick([0.001, 0.01, 0.02, 0.05, 0.1, 0.3, 1, 2])))"
      return
    case ..<0.55: variance = base * exp2(0.5 * draws.normal())
    default: variance = base * exp2(draws.uniform(spread.lowerBound, spread.upperBound))
    }
    let scale = Draws.rounded(variance)
    switch draws.uniform() {
    case ..<0.5: initializer = "variance_scaling(scale=\(scale),mode=fan_in,distribution=normal)"
    case ..<0.75: initializer = "variance_scaling(scale=\(scale),mode=fan_in,distribution=uniform)"
    default: initializer = "orthogonal(gain=\(Draws.rounded(scale.squareRoot())))"
    }
  }

  /// Adds the output layer: mostly LeCun's, sometimes the network's own initializer, zeros, or far too large.
  mutating func addOutput(_ task: EvidenceTask, zeros: Double = 0.08) {
    let weights: Initializer?
    switch draws.uniform() {
    case ..<zeros:
      weights = .zeros
      note("output zeros")
    case ..<0.7: weights = .lecunNormal
    case ..<0.9: weights = nil
    default:
      weights = .normal(std: draws.pick([0.001, 0.01, 0.1]))
      note("output small")
    }
    add(Dense(task.outputs, weights: weights, bias: .zeros).named("output"))
  }

  func bias(_ deviation: Double) -> Initializer? { deviation > 0 ? .normal(std: deviation) : nil }
  mutating func drawBias() -> Double {
    let deviation = draws.chance(0.7) ? 0 : Draws.rounded(0.03 * exp2(draws.uniform(0, 5)))
    if deviation > 0 { note("bias \(deviation)") }
    return deviation
  }

  // MARK: Dense networks on other tasks

  mutating func drawDense() throws -> (String, EvidenceTask) {
    let values = draws.pick([EvidenceTask.Values.standardized, .standardized, .unit, .raw, .columns])
    let task: EvidenceTask
    switch draws.uniform() {
    case ..<0.55:
      let share = draws.pick([50, 50, 50, 20, 10, 5, 2])
      task = .twoClasses(values, hundredths: share, outputs: draws.pick([1, 2]))
    case ..<0.8: task = .images(draws.pick([.unit, .raw, .columns]))
    default: task = .digits
    }
    input = .features(task.features)
    try drawActivation()
    let depth = draws.pick(isHard ? [2, 3, 4, 6, 8, 12, 16, 24, 32] : [1, 1, 2, 2, 3, 4, 6, 8, 12, 16, 24])
    let width = draws.pick([16, 32, 64, 64, 100, 128])
    drawInitializer(layers: depth)
    let deviation = drawBias()
    let norm = isHard ? 0.7 * draws.uniform() : draws.uniform()
    note("\(depth) x \(width)")
    if norm > 0.75 { note(norm > 0.87 ? "batch norm" : "layer norm") }
    for _ in 0..<depth {
      if norm > 0.75 {
        add(Dense(width, bias: bias(deviation)))
        add(normalization(batch: norm > 0.87))
      } else {
        add(Dense(width, activation: activation, bias: bias(deviation)))
      }
    }
    addOutput(task)
    return ("dense", task)
  }

  private func normalization(batch: Bool, gain: Initializer? = nil, activated: Bool = true) -> any NetworkPart {
    let f = activated ? activation : .identity
    return batch ? BatchNorm(activation: f, gain: gain) : LayerNorm(activation: f, gain: gain)
  }

  // MARK: Exact zeros

  mutating func drawZeros() throws -> (String, EvidenceTask) {
    let task: EvidenceTask = draws.chance(0.7) ? .images(.standardized) : .digits
    input = .features(task.features)
    try drawActivation()
    let width = draws.pick([24, 32, 48, 64, 96])
    let f = activation
    if draws.chance(isHard ? 0.5 : 0.25) {
      // Plain networks: a zero output layer, or a zero layer on the only path.
      let depth = draws.pick(isHard ? [3, 4, 6, 8, 12, 16, 24] : [1, 2, 3, 4, 6, 8, 12, 16, 24])
      drawInitializer(spread: -6...4, layers: depth)
      let deviation = drawBias()
      note("\(depth) x \(width)")
      var zero = -1
      if draws.chance(0.2) {
        zero = draws.chance(0.25) ? depth : Int(draws.uniform() * Double(depth))
        note("zero layer \(zero)")
      }
      for layer in 0..<depth {
        let isZero = layer == zero || zero == depth
        add(Dense(width, activation: f, weights: isZero ? .zeros : nil, bias: bias(deviation)))
      }
      addOutput(task, zeros: 0.6)
      return ("zeros", task)
    }
    // Residual networks: blocks whose branch ends in zeros, or is multiplied by a gain.
    let blocks = draws.pick([1, 2, 3, 4, 6, 8, 12, 16])
    drawInitializer(spread: -6...4, layers: isHard ? 3 : 2 * blocks)
    let deviation = drawBias()
    add(Dense(width, activation: f, bias: bias(deviation)))
    let form = isHard ? 0.4 + 0.6 * draws.uniform() : draws.uniform(),
      norm = isHard ? 0.4 + draws.uniform() : draws.uniform()
    note("\(blocks) blocks x \(width)")
    switch form {
    case ..<0.2: initializer = "zero_last"
    case ..<0.3: initializer = "fixup"
    case ..<0.4:
      initializer = "skipinit"
      note("gains")
    case ..<0.65: note("branches end in zeros")
    case ..<0.72: note("branches are zeros")
    default: break
    }
    let scale = form >= 0.72 ? draws.pick(isHard ? [0, 0.01, 0.3, 1, 3, 10] : [0, 1e-6, 1e-4, 0.01, 0.1, 0.3, 1, 3]) : 0
    if form >= 0.72 { note("gain \(scale)") }
    let normed = norm < 0.45, batch = norm < 0.25
    if normed { note(batch ? "batch norm" : "layer norm") }
    let single = draws.chance(0.3)
    for _ in 0..<blocks {
      let skip = assembly.current
      if normed && !batch { add(LayerNorm()) }
      if !single {
        add(Dense(width, activation: f, weights: (0.65..<0.72).contains(form) ? .zeros : nil, bias: bias(deviation)))
      }
      let last: Initializer? = (0.4..<0.72).contains(form) ? .zeros : nil
      add(Dense(width, weights: last, bias: .zeros))
      if batch { add(BatchNorm()) }
      let hasGain = (0.3..<0.4).contains(form) || form >= 0.72
      assembly.place(
        Add(activation: single ? f : .identity, hasGain: hasGain, gain: form >= 0.72 ? .constant(scale) : nil),
        inputs: [skip, assembly.current])
    }
    addOutput(task, zeros: 0.25)
    return ("zeros", task)
  }

  // MARK: Convolutions

  mutating func drawConvolutional() throws -> (String, EvidenceTask) {
    let task: EvidenceTask =
      draws.chance(0.75)
      ? .images(draws.chance(0.8) ? .standardized : draws.pick([.unit, .raw]))
      : .twoClasses(.standardized, hundredths: draws.pick([50, 20, 10]), outputs: draws.pick([1, 2]))
    input = .image(channels: 1, height: 14, width: 14)
    try drawActivation()
    var layers = draws.pick(isHard ? [3, 4, 6, 8, 12, 16, 20] : [1, 2, 2, 3, 4, 6, 8, 12, 16])
    drawInitializer(layers: layers)
    if draws.chance(0.08) {
      initializer = "delta_orthogonal(gain=\(Draws.rounded(base.squareRoot() * exp2(0.4 * draws.normal()))))"
    }
    let f = activation
    let channels = draws.pick([6, 8, 12]), norm = draws.uniform() < (isHard ? 0.1 : 0.3)
    let reduce = draws.uniform()
    note("\(layers) conv x \(channels)")
    if norm { note("batch norm") }
    func convolution(_ stride: Extents = 1, weights: Initializer? = nil, plain: Bool = false) -> Conv2D {
      Conv2D(
        channels, kernel: 3, stride: stride, padding: stride == 1 ? .same : .amount(1),
        activation: norm || plain ? .identity : f, weights: weights)
    }
    add(convolution())
    if norm { add(BatchNorm(activation: f)) }
    layers -= 1
    switch reduce {
    case ..<0.35: add(MaxPool(2)); note("max pool")
    case ..<0.5: add(AveragePool(2)); note("average pool")
    case ..<0.7 where layers > 0:
      add(convolution(2))
      if norm { add(BatchNorm(activation: f)) }
      layers -= 1
      note("stride")
    default:
      if layers > 5 { add(MaxPool(2)); note("max pool") }
    }
    let residual = layers >= 2 && draws.chance(isHard ? 0.15 : 0.35)
    if residual {
      let zeros = draws.uniform()
      note(zeros < 0.35 ? "residual, gamma 0" : zeros < 0.5 ? "residual, zero_last" : "residual")
      if (0.35..<0.5).contains(zeros) { initializer = "zero_last" }
      for _ in 0..<(layers / 2) {
        let skip = assembly.current
        add(convolution())
        if norm { add(BatchNorm(activation: f)) }
        add(convolution(weights: !norm && zeros < 0.35 ? .zeros : nil, plain: true))
        if norm { add(BatchNorm(gain: zeros < 0.35 ? .zeros : nil)) }
        assembly.place(Add(activation: draws.chance(0.5) ? f : .identity), inputs: [skip, assembly.current])
      }
    } else {
      for _ in 0..<layers {
        add(convolution())
        if norm { add(BatchNorm(activation: f)) }
      }
    }
    if draws.chance(0.4) {
      add(GlobalAveragePool())
      note("global pool")
    } else {
      if draws.chance(0.4) { add(AveragePool(2)) }
      add(Flatten())
      if draws.chance(0.4) { add(Dense(32, activation: f)); note("dense 32") }
    }
    addOutput(task)
    return ("convolutional", task)
  }

  // MARK: Recurrent cells

  mutating func drawRecurrent() throws -> (String, EvidenceTask) {
    let task: EvidenceTask =
      draws.chance(0.75)
      ? .images(draws.chance(0.8) ? .standardized : .unit)
      : .twoClasses(.standardized, hundredths: draws.pick([50, 20]), outputs: 1)
    let features = draws.pick(isHard ? [14, 7, 4, 4, 2, 2] : [28, 14, 14, 7, 4, 2])
    input = .sequence(steps: 196 / features, features: features)
    let cell = draws.pick(
      isHard ? ["tanh", "tanh", "relu", "relu", "lstm", "gru"] : ["tanh", "tanh", "relu", "lstm", "lstm", "gru"])
    drawInitializer(spread: -8...6, layers: 2)
    if initializer == "lsuv" { initializer = "glorot_uniform" }
    let units = draws.pick([16, 24, 32, 48])
    let isNear = draws.chance(isHard ? 0.15 : 0.5)
    let gain = Draws.rounded(exp2(isNear ? 0.3 * draws.normal() : isHard ? draws.uniform(-6, 4) : draws.uniform(-5, 3)))
    let recurrent: Initializer
    switch draws.uniform() {
    case ..<0.55:
      recurrent = .orthogonal(gain: gain)
      note("\(cell) \(units), \(196 / features) steps, recurrent orthogonal \(gain)")
    case ..<0.9:
      recurrent = .varianceScaling(scale: gain * gain, mode: .fanIn, distribution: .normal)
      note("\(cell) \(units), \(196 / features) steps, recurrent normal \(gain)")
    default:
      recurrent = .identity(gain: min(1, gain))
      note("\(cell) \(units), \(196 / features) steps, recurrent identity \(min(1, gain))")
    }
    let layers = draws.chance(0.25) ? 2 : 1
    if layers == 2 { note("2 layers") }
    for layer in 0..<layers {
      let returns: ReturnedStates = layer < layers - 1 ? .sequence : .last
      switch cell {
      case "tanh": add(SimpleRNN(units, cell: .tanh, returns: returns, recurrent: recurrent))
      case "relu": add(SimpleRNN(units, cell: .relu, returns: returns, recurrent: recurrent))
      case "lstm": add(LSTM(units, returns: returns, forgetBias: draws.pick([0, 1, 1, 2]), recurrent: recurrent))
      default: add(GRU(units, returns: returns, recurrent: recurrent))
      }
    }
    addOutput(task)
    return ("recurrent", task)
  }

  // MARK: Attention

  mutating func drawAttention() throws -> (String, EvidenceTask) {
    let task: EvidenceTask =
      draws.chance(0.75)
      ? .images(draws.chance(0.85) ? .standardized : .unit)
      : .twoClasses(.standardized, hundredths: draws.pick([50, 20, 10]), outputs: draws.pick([1, 2]))
    let steps = draws.pick([7, 14, 14])
    input = .sequence(steps: steps, features: 196 / steps)
    try drawActivation()
    let width = draws.pick([16, 24, 32]), blocks = draws.pick(isHard ? [2, 3, 4, 6, 8] : [1, 1, 2, 3, 4, 6])
    drawInitializer(layers: isHard ? 4 * blocks : 4)
    add(Dense(width, weights: draws.chance(0.7) ? .lecunNormal : nil))
    addBlocks(blocks, width: width)
    addPooled()
    addOutput(task)
    return ("attention", task)
  }

  private mutating func addBlocks(_ blocks: Int, width: Int) {
    let form = draws.pick(
      isHard
        ? ["pre", "post", "none", "none", "no skips", "no skips", "no skips"]
        : ["pre", "pre", "pre", "post", "post", "none", "no skips"])
    let zeros = draws.uniform(), heads = draws.pick([1, 2, 4])
    note("\(blocks) blocks x \(width), \(heads) heads, \(form == "none" ? "no norm" : form)")
    if form != "no skips" {
      if zeros < 0.12 { initializer = "zero_last"; note("zero_last") }
      if (0.12..<0.2).contains(zeros) { initializer = "gpt2(std=\(draws.pick([0.002, 0.02, 0.1])))" }
    }
    let gain: Initializer? = (0.2..<0.32).contains(zeros) ? .constant(draws.pick([0, 1e-5, 0.01, 0.1, 1])) : nil
    if gain != nil { note("layer scale") }
    let causal = draws.chance(0.3), wide = 2 * width, f = activation
    func residual(_ plan: inout KindPlan, _ branch: [any NetworkPart]) {
      let skip = plan.assembly.current
      if form == "pre" { plan.add(LayerNorm()) }
      for part in branch { plan.add(part) }
      if form != "no skips" {
        plan.assembly.place(Add(hasGain: gain != nil, gain: gain), inputs: [skip, plan.assembly.current])
      }
      if form == "post" { plan.add(LayerNorm()) }
    }
    for _ in 0..<blocks {
      residual(&self, [SelfAttention(heads: heads, isCausal: causal)])
      residual(&self, [Dense(wide, activation: f), Dense(width)])
    }
    if form == "pre" && draws.chance(0.8) { add(LayerNorm()) }
  }

  /// Turns a sequence into one vector.
  private mutating func addPooled() {
    switch draws.uniform() {
    case ..<0.6: add(GlobalAveragePool())
    case ..<0.8: add(Flatten()); note("flatten")
    default: add(LastStep()); note("last step")
    }
  }

  // MARK: Token ids

  mutating func drawEmbedding() throws -> (String, EvidenceTask) {
    let classes = draws.pick([2, 10, 10]), length = draws.pick([8, 16, 32]), vocabulary = draws.pick([50, 200, 1000])
    let task = EvidenceTask.tokens(vocabulary: vocabulary, length: length, classes: classes)
    input = .features(length)
    try drawActivation()
    let depth = draws.pick(isHard ? [2, 4, 6, 8, 12] : [0, 0, 1, 1, 2, 4, 8])
    drawInitializer(layers: depth + 1)
    let dimension = draws.pick([8, 16, 32])
    let std = draws.pick([0.001, 0.01, 0.02, 0.05, 0.1, 0.3, 1, 1, 3])
    let isOwn = draws.chance(0.75)
    add(Embedding(vocabulary: vocabulary, dimension: dimension, weights: isOwn ? .normal(std: std) : nil))
    note("embedding x \(dimension)\(isOwn ? " std \(std)" : "")")
    switch draws.uniform() {
    case ..<0.3:
      add(GlobalAveragePool())
      note("mean")
    case ..<0.55:
      add(Flatten())
      note("flatten")
    case ..<0.75:
      let recurrent = Initializer.orthogonal(gain: Draws.rounded(exp2(0.5 * draws.normal())))
      if initializer == "lsuv" { initializer = "glorot_uniform" }
      if draws.chance(0.5) {
        add(LSTM(24, recurrent: recurrent)); note("lstm 24")
      } else {
        add(SimpleRNN(24, recurrent: recurrent)); note("rnn 24")
      }
    default:
      addBlocks(draws.pick([1, 2]), width: dimension)
      addPooled()
    }
    if depth > 0 {
      note("\(depth) dense x 48")
      for _ in 0..<depth { add(Dense(48, activation: activation)) }
    }
    addOutput(task)
    return ("embedding", task)
  }
}
