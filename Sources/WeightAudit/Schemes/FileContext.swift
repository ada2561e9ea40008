import Glibc
import TensorFiles

/// All that is known of a file when schemes and rules look at it: names, roles, statistics and the sizes of the model.
struct FileContext: Sendable {
  var entries: [TensorEntry]
  var names: [TensorName]
  var roles: [TensorRole]
  var statistics: [TensorStatistics]
  var configuration: ModelConfiguration?
  /// Blocks of the stack to which each tensor belongs, by the text before its first number.
  private var depths: [Substring: Int] = [:]
  private var byName: [String: Int] = [:]
  let width: Int?
  private var lastOfStack: Set<Int> = []
  /// The numbers behind modules' names, by path and name: [1, 2] for `layer.0.conv` where it has `conv1` and `conv2`.
  private var branches: [String: Set<Int>] = [:]
  /// Tensors by pattern, in the order of the file.
  let groups: [[Int]]

  init(
    _ entries: [TensorEntry], _ names: [TensorName], _ roles: [TensorRole], _ statistics: [TensorStatistics],
    _ configuration: ModelConfiguration?
  ) {
    (self.entries, self.names, self.roles, self.statistics, self.configuration) = (
      entries, names, roles, statistics, configuration
    )
    width = configuration?.width ?? RoleReader(entries, names: names).modelWidth
    var blocks: [Substring: Set<Int>] = [:], groups: [[Int]] = [], places: [String: Int] = [:]
    for (index, name) in names.enumerated() {
      byName[name.plain] = byName[name.plain] ?? index
      if let block = name.numbers.first { blocks[Self.stack(name), default: []].insert(block) }
      let key = "\(name.pattern) \(roles[index].kind.rawValue)"
      if let place = places[key] {
        groups[place].append(index)
      } else {
        places[key] = groups.count
        groups.append([index])
      }
    }
    depths = blocks.mapValues(\.count)
    lastOfStack = Self.lastOfStacks(names, roles)
    for name in names {
      let tokens = name.tokens.map(String.init)
      for place in tokens.indices.dropLast() {
        let (stem, number) = Self.numbered(tokens[place])
        guard let number, !stem.isEmpty else { continue }
        branches[tokens[..<place].joined(separator: ".") + "." + stem, default: []].insert(number)
      }
    }
    self.groups = groups
  }

  /// What is known of some of the tensors alone, as of one tower of several.
  func part(_ members: [Int], _ configuration: ModelConfiguration?) -> FileContext {
    FileContext(
      members.map { entries[$0] }, members.map { names[$0] }, members.map { roles[$0] }, members.map { statistics[$0] },
      configuration)
  }

  /// Whether a batch normalization has counted batches: the model was trained.
  var hasCountedBatches: Bool {
    entries.indices.contains { names[$0].leaf == "num_batches_tracked" && statistics[$0].greatest > 0 }
  }

  private static func stack(_ name: TensorName) -> Substring { name.pattern.prefix { $0 != "#" } }

  /// Blocks of the stack in which the tensor stands; 1 where it stands in none.
  func depth(_ index: Int) -> Int { depths[Self.stack(names[index])] ?? configuration?.layers ?? depths.values.max() ?? 1 }

  /// The most blocks of a stack.
  var depth: Int { configuration?.layers ?? depths.values.max() ?? 1 }

  func sibling(_ index: Int, _ leaf: String) -> Int? {
    let path = names[index].tokens.dropLast().joined(separator: ".")
    return byName[path.isEmpty ? leaf : "\(path).\(leaf)"]
  }

  /// The tensor with this name in the module around the tensor's own.
  func uncle(_ index: Int, _ leaf: String) -> Int? {
    byName[(names[index].tokens.dropLast(2).map(String.init) + [leaf]).joined(separator: ".")]
  }

  /// Whether the tensor is the last matrix of a stack, such as `net.4.weight` after `net.0.weight` and `net.2.weight`.
  func isLastOfStack(_ index: Int) -> Bool { lastOfStack.contains(index) }

  /// Whether the layer has the highest number of its name in its block, such as `conv2` beside `conv1`: by its module, or by
  /// one that holds it, as in `conv3.bn`; nil where its name has no number or stands alone.
  func isLastOfBranch(_ index: Int) -> Bool? {
    let tokens = names[index].tokens.map(String.init)
    // Blocks, whose numbers stand further in front, are not meant.
    for place in tokens.indices.dropLast().suffix(2).reversed() {
      let (stem, number) = Self.numbered(tokens[place])
      guard let number, !stem.isEmpty, !Self.blockWords.contains(stem) else { continue }
      let numbers = branches[tokens[..<place].joined(separator: ".") + "." + stem] ?? []
      return numbers.count > 1 ? numbers.max() == number : nil
    }
    return nil
  }

  /// Words whose numbers count blocks.
  private static let blockWords: Set<String> = [
    "layer", "layers", "block", "blocks", "stage", "stages", "s", "b", "h", "level", "unit", "group", "cell", "head",
    "layer_", "block_", "stage_", "unit_",
  ]

  /// The name and number of a module such as `conv2`, `linear_2` or `conv3_1x1`.
  private static func numbered(_ token: String) -> (stem: String, number: Int?) {
    if let place = token.firstIndex(where: \.isNumber), let end = token[place...].firstIndex(where: { !$0.isNumber }) {
      return token[end] == "_" ? (String(token[..<place]), Int(token[place..<end])) : ("", nil)
    }
    let digits = String(token.reversed().prefix(while: \.isNumber).reversed())
    return (String(token.dropLast(digits.count)), Int(digits))
  }

  private static func lastOfStacks(_ names: [TensorName], _ roles: [TensorRole]) -> Set<Int> {
    var stacks: [String: [Int]] = [:]
    for (index, name) in names.enumerated() where roles[index].kind.isWeight {
      guard name.tokens.count >= 2 else { continue }
      let stem = name.parent.reversed().drop(while: \.isNumber)
      // fc1 to fc4 are a stack where they are not within numbered blocks: there a branch has its own conv1 and conv2.
      guard stem.count < name.parent.count, stem.isEmpty || name.numbers.isEmpty else { continue }
      stacks[(name.tokens.dropLast(2).map(String.init) + [String(stem.reversed())]).joined(separator: "."), default: []]
        .append(index)
    }
    func number(_ index: Int) -> Int {
      Int(String(names[index].parent.reversed().prefix(while: \.isNumber).reversed())) ?? 0
    }
    return Set(
      stacks.values.filter { $0.count > 1 }.compactMap { members in
        members.max { (number($0), $0) < (number($1), $1) }
      })
  }

  func index(named name: String) -> Int? { byName[TensorName(name).plain] }

  /// The names that `value` knows, beside a scheme's parameters and the numbers of a configuration.
  static let valueNames: Set<String> = [
    "L", "layers", "num_layers", "l", "layer", "d", "d_model", "hidden_size", "width", "H", "num_heads", "heads", "d_kv",
    "fan_in", "fan_out", "torch_fan_in", "torch_fan_out", "keras_fan_in", "keras_fan_out", "in", "out", "k", "stride",
    "rows", "columns", "state", "dt_rank", "hidden",
  ]

  /// What a name in a formula stands for, at this tensor.
  func value(_ name: String, at index: Int, _ scheme: WeightScheme, _ parameters: [String: Double]) -> Double? {
    let role = roles[index], entry = entries[index]
    func number(_ value: Int?) -> Double? { value.map(Double.init) }
    switch name {
    case "L", "layers", "num_layers": return Double(configuration?.layers ?? depth(index))
    case "l", "layer": return number(role.block)
    case "d", "d_model", "hidden_size", "width": return number(width)
    case "H", "num_heads": return number(configuration?.heads ?? heads)
    case "heads": return number(configuration?.heads ?? entry.shape.last)
    case "d_kv": return configuration?.number("d_kv") ?? headWidth ?? parameters[name]
    case "fan_in": return number(role.kind == .bias ? biasFan(index) : role.fanIn)
    case "fan_out": return number(role.fanOut)
    case "torch_fan_in": return number(torchFans(index)?.fanIn)
    case "torch_fan_out": return number(torchFans(index)?.fanOut)
    case "keras_fan_in": return number(kerasFans(index)?.fanIn)
    case "keras_fan_out": return number(kerasFans(index)?.fanOut)
    case "in": return Double(role.inputs)
    case "out": return Double(role.outputs)
    case "k": return Double(role.side)
    case "stride": return Double(scheme.stride ?? RoleReader.stride(side: role.side))
    case "rows": return number(entry.shape.first)
    case "columns", "state": return number(entry.shape.last)
    case "dt_rank":
      return number(
        role.kind == .stepWeight ? entry.shape.last : sibling(index, "weight").flatMap { entries[$0].shape.last })
    case "hidden": return number(hidden(index))
    default: return parameters[name] ?? configuration?.number(name)
    }
  }

  /// The fans as PyTorch counts them, from the first two axes whatever they are.
  func torchFans(_ index: Int) -> (fanIn: Int, fanOut: Int)? {
    let shape = entries[index].shape
    guard shape.count >= 2 else { return nil }
    let window = shape.dropFirst(2).reduce(1, *)
    return (shape[1] * window, shape[0] * window)
  }

  /// The fan of the weights beside a bias, by which PyTorch draws it.
  private func biasFan(_ index: Int) -> Int? {
    if let weight = sibling(index, "weight") ?? sibling(index, "kernel") {
      if roles[weight].layout == .inputsFirst { return roles[weight].fanIn }
      return torchFans(weight)?.fanIn
    }
    return nil
  }

  /// The hidden width of a recurrent layer, of which its stacked gates are multiples.
  private func hidden(_ index: Int) -> Int? {
    let name = names[index].plain
    guard let stem = ["weight_ih", "bias_ih", "bias_hh", "weight_hh"].first(where: name.contains) else { return nil }
    // The state that recurs may be projected to fewer values.
    return ["weight_hr", "weight_hh"].lazy.compactMap { byName[name.replacing(stem, with: $0)] }
      .map { entries[$0].shape }.first { $0.count == 2 }?[1]
  }

  private var heads: Int? {
    zip(roles, entries).first { $0.0.kind == .relativeBias && $0.1.shape.count == 2 }?.1.shape[1]
  }

  private var headWidth: Double? {
    guard let heads, heads > 0, let query = names.firstIndex(where: { $0.parent == "q" }) else { return nil }
    return Double(roles[query].outputs) / Double(heads)
  }
}
