/// Finds the tensors among what a checkpoint's pickle describes, and their names.
///
/// A state dict is a dictionary from names to tensors. A training program saves more around it: where the outermost
/// dictionary has one of the usual keys for the model's weights, that part is read and the rest, such as the optimizer's
/// state, is left out. Elsewhere names of nested dictionaries are joined by points, and what has the form of an optimizer's
/// state is left out wherever it stands.
struct CheckpointContents {
  var tensors: [(name: String, tensor: PickleMachine.Tensor)] = []
  /// Keys of the outermost dictionary that were left out.
  var leftOut: [String] = []
  /// The key whose value holds the weights; nil where all was read.
  var chosen: String?

  private static let usualKeys = [
    "state_dict", "model_state_dict", "model_state", "model", "module", "net", "params", "weights",
  ]
  private static let deepestNesting = 32
  /// Values that are looked at, so that lists that refer to each other over and over end.
  private static let mostValues = 4_000_000
  private var looked = 0

  init(_ root: PickleMachine.Value, of machine: PickleMachine) throws(PickleMachine.Problem) {
    var root = root
    if case .dictionary(let index) = root {
      let pairs = machine.dictionaries[index]
      let names = pairs.compactMap { if case .text(let name) = $0.key { name } else { nil } }
      // A loss or a score beside the state dict is a tensor, too, of one value; a state dict holds others.
      let holdsTensors = pairs.contains { pair in
        if case .tensor(let index) = pair.value { machine.tensors[index].shape.contains { $0 > 1 } } else { false }
      }
      if !holdsTensors,
        let key = Self.usualKeys.first(where: { key in
          pairs.contains { if case .text(key) = $0.key, case .dictionary = $0.value { true } else { false } }
        })
      {
        for case (.text(key), let value) in pairs { root = value }
        chosen = key
        leftOut = names.filter { $0 != key }
      }
    }
    try add(root, "", 0, machine)
  }

  private mutating func add(
    _ value: PickleMachine.Value, _ name: String, _ depth: Int, _ machine: PickleMachine
  ) throws(PickleMachine.Problem) {
    looked += 1
    guard looked <= Self.mostValues, depth <= Self.deepestNesting else {
      throw PickleMachine.Problem(
        offset: 0, message: "the pickle's dictionaries and lists nest too deep, or refer to each other over and over")
    }
    func joined(_ part: String) -> String { name.isEmpty ? part : "\(name).\(part)" }
    switch value {
    case .tensor(let index): tensors.append((name.isEmpty ? "tensor" : name, machine.tensors[index]))
    case .dictionary(let index) where Self.isOptimizer(machine.dictionaries[index]):
      leftOut.append(name.isEmpty ? "the optimizer" : name)
    case .dictionary(let index):
      for (key, value) in machine.dictionaries[index] {
        switch key {
        case .text(let text): try add(value, joined(text), depth + 1, machine)
        case .integer(let number): try add(value, joined("\(number)"), depth + 1, machine)
        default: continue
        }
      }
    case .list(let index):
      for (place, value) in machine.lists[index].enumerated() { try add(value, joined("\(place)"), depth + 1, machine) }
    case .tuple(let index):
      for (place, value) in machine.tuples[index].enumerated() { try add(value, joined("\(place)"), depth + 1, machine) }
    default: break
    }
  }

  /// Whether a dictionary is what `torch.optim.Optimizer.state_dict` gives.
  private static func isOptimizer(_ pairs: [(key: PickleMachine.Value, value: PickleMachine.Value)]) -> Bool {
    let names = pairs.compactMap { if case .text(let name) = $0.key { name } else { nil } }
    return names.contains("state") && names.contains("param_groups")
  }
}
