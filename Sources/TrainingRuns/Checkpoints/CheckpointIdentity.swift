import NetworkGraph
import TensorKernels

/// Everything on which a run's numbers depend, by name, so that a message can say what differs.
///
/// What only decides how a result is shown stays out: the target, the data's path, how many threads and other runs there
/// are. The number of epochs is in it, and may grow (`extended(from:)`).
struct CheckpointIdentity: Codable, Equatable, Sendable {
  struct Field: Codable, Equatable, Sendable {
    var name: String
    var value: String
  }

  /// The version of the numbers, which is raised with every change after which training gives another result.
  static let numbers = 4

  private(set) var fields: [Field] = []

  /// The part that all runs of a training share. It reads all samples, so compute it once per training.
  init(_ c: TrainingConfiguration) {
    add("the version of InitScope's numbers", "\(Self.numbers)")
    add("the matrix libraries", KernelLibrary.description)
    add("the network's input", "\(c.network.input)")
    add("the number of layers", "\(c.network.nodes.count)")
    for node in c.network.nodes {
      let values = node.layer.fields.values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      add(
        "layer \(node.name)",
        "\(node.layer.kind)(\(values.joined(separator: ", "))) of \(node.inputs.joined(separator: ", "))")
    }
    add("--seed", "\(c.seed)")
    add("--scaling", c.data.scaling?.rawValue ?? "none")
    for (name, table) in [("training", c.data.training), ("validation", c.data.validation), ("test", c.data.test)] {
      add("the number of \(name) samples", "\(table?.count ?? 0)")
    }
    for (name, table) in [("training", c.data.training), ("validation", c.data.validation), ("test", c.data.test)] {
      add("\(Self.contents)\(name) samples", table?.digest ?? "none")
    }
    add("--loss", c.loss.rawValue)
    add("--optimizer", c.optimizer.description)
    add("--schedule", c.schedule.description)
    add("--clip", c.clipping?.description ?? "none")
    add(
      "--penalty",
      c.penalties.isEmpty ? "none" : c.penalties.map { "\($0.layer ?? "*")=\($0.penalty)" }.joined(separator: "; "))
    add("--batch", "\(c.batch)")
    add(Self.length, "\(c.epochs)")
    add("--steps-per-epoch", c.stepsPerEpoch.map(String.init) ?? "none")
    add("the number of measured steps", "\(c.traces)")
    add("whether the accuracy after 300 steps is taken", c.measuresAccuracyAt300Steps ? "yes" : "no")
    add("the given weights and order", c.given.digest)
  }

  /// The identity of one run.
  func run(_ initializer: Initializer, _ replica: Int) -> CheckpointIdentity {
    var identity = self
    identity.add("--init", initializer.description)
    identity.add("the run's seed", "\(replica)")
    return identity
  }

  private mutating func add(_ name: String, _ value: String) { fields.append(Field(name: name, value: value)) }

  // MARK: Differences

  private static let length = "--epochs"

  /// The number of epochs; nil in a file that was made by hand.
  private var epochs: Int? { fields.first { $0.name == Self.length }.flatMap { Int($0.value) } }

  /// The number of epochs that `saved` was to have, where this is the same training with more of them; nil else.
  func extended(from saved: CheckpointIdentity) -> Int? {
    guard let before = saved.epochs, let now = epochs, before > 0, before < now else { return nil }
    func others(_ fields: [Field]) -> [Field] { fields.filter { $0.name != Self.length } }
    return others(fields) == others(saved.fields) && fields.count == saved.fields.count ? before : nil
  }

  private static let contents = "the contents of the "
  /// Where one of these differs, different contents are no news.
  private static let decidesContents =
    ["--seed", "--scaling"]
    + ["training", "validation", "test"].map {
      "the number of \($0) samples"
    }
  private static let mostNamed = 4

  /// A sentence that says what differed when `saved` was made; nil where nothing did.
  func difference(from saved: CheckpointIdentity) -> String? {
    guard fields != saved.fields else { return nil }
    var before: [String: String] = [:]
    for field in saved.fields { before[field.name] = field.value }
    var names: [String] = [], texts: [String] = []
    for field in fields {
      let old = before.removeValue(forKey: field.name)
      guard old != field.value else { continue }
      names.append(field.name)
      if field.name.hasPrefix(Self.contents) {
        texts.append("\(field.name) changed")
      } else if let old {
        texts.append("\(field.name) was \(Self.short(old)) and is \(Self.short(field.value)) now")
      } else {
        texts.append("\(field.name) is new")
      }
    }
    for name in before.keys.sorted() {
      names.append(name)
      texts.append("\(name) is gone")
    }
    if names.contains(where: Self.decidesContents.contains) {
      texts = zip(names, texts).filter { !$0.0.hasPrefix(Self.contents) }.map(\.1)
    }
    // The same fields in another order, or one of them twice.
    guard !texts.isEmpty else { return "its list of settings is not this version's" }
    let more = texts.count - Self.mostNamed
    return texts.prefix(Self.mostNamed).joined(separator: "; ") + (more > 0 ? "; and \(more) more" : "")
  }

  private static func short(_ text: String) -> String { text.count > 100 ? text.prefix(99) + "…" : text }
}

extension TrainingConfiguration {
  /// Runs that are trained at once, and the threads that each of them has.
  var workers: Int { min(threads, initializers.count * replicas) }
  var threadsEach: Int { max(1, threads / workers) }
}

extension SampleTable {
  /// A digest of shapes, values and answers.
  var digest: String {
    var hash = ContentHash()
    for number in [count, features, classCount, labels.count, targets.count] { hash.add(UInt64(bitPattern: Int64(number))) }
    values.withUnsafeBytes { hash.add($0) }
    labels.withUnsafeBytes { hash.add($0) }
    targets.withUnsafeBytes { hash.add($0) }
    return hash.text
  }
}

extension GivenTraining {
  var digest: String {
    guard !parameters.isEmpty || order != nil || keepsStepLosses else { return "none" }
    var hash = ContentHash()
    for (name, values) in parameters.sorted(by: { $0.key < $1.key }) {
      Array(name.utf8).withUnsafeBytes { hash.add($0) }
      values.withUnsafeBytes { hash.add($0) }
    }
    (order ?? []).withUnsafeBytes { hash.add($0) }
    hash.add(keepsStepLosses ? 1 : 0)
    return hash.text
  }
}
