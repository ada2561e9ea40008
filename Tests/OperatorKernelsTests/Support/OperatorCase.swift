import Foundation
import NetworkGraph
import OperatorKernels
import TestSupport
import Testing

/// One case of an operator: its node, inputs and what an independent program computed for it.
///
/// Cases are made by the scripts in Fixtures/reference/operators, all in the form that cases.py there describes.
struct OperatorCase: Decodable {
  struct Tensor: Decodable {
    var type: ElementType
    var shape: [Int]
    var data: [Number]
    var values: [Double] { data.map(\.value) }
  }

  /// A number of JSON, or "nan", "inf" or "-inf".
  struct Number: Decodable {
    var value: Double

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Double.self) {
        value = number
      } else {
        let text = try container.decode(String.self)
        value = text == "nan" ? .nan : text == "inf" ? .infinity : text == "-inf" ? -.infinity : Double(text) ?? .nan
      }
    }
  }

  /// An attribute: exactly one of the fields is there, named as in ONNX's AttributeProto.
  struct Attribute: Decodable {
    var i: Int?
    var f: Number?
    var s: String?
    var ints: [Int]?
    var floats: [Number]?
    var strings: [String]?
    var t: Tensor?

    var value: OperatorAttributes.Value {
      get throws {
        if let i { return .integer(i) }
        if let f { return .float(f.value) }
        if let s { return .text(s) }
        if let ints { return .integers(ints) }
        if let floats { return .floats(floats.map(\.value)) }
        if let strings { return .texts(strings) }
        if let t { return .tensor(try t.constant) }
        return .other("graph")
      }
    }
  }

  var op: String
  var name: String
  var version: Int
  var attributes: [String: Attribute]
  /// null for an input that is left out.
  var inputs: [Tensor?]
  /// null for a result that is not compared.
  var outputs: [Tensor?]
  /// Gradients that arrive at the results; missing where only the forward pass is compared.
  var cotangents: [[Number]?]?
  /// Gradients of the inputs; null where an input carries none, or is a constant.
  var gradients: [[Number]?]?
  /// The largest difference, relative to the largest expected value.
  var tolerance: Double?

  /// A case that is written in a test.
  static func parse(_ text: String) throws -> OperatorCase {
    try JSONDecoder().decode(OperatorCase.self, from: Data(text.utf8))
  }

  /// The cases of a file in Fixtures/reference/operators.
  static func load(_ file: String) throws -> [OperatorCase] {
    struct File: Decodable { var cases: [OperatorCase] }
    return try Repository.reference("operators/\(file).json", as: File.self).cases
  }
}

extension OperatorCase.Tensor {
  /// Int64's largest value is none of Double's.
  static func integer(_ value: Double) -> Int64 { Int64(exactly: value) ?? (value > 0 ? .max : .min) }

  var constant: TensorConstant {
    get throws {
      let shape = try TensorShape(shape)
      switch type {
      case .float32: return TensorConstant(shape, .float32(values.map { Float($0) }))
      case .int64: return TensorConstant(shape, .int64(values.map(Self.integer)))
      case .bool: return TensorConstant(shape, .bool(values.map { $0 != 0 }))
      }
    }
  }
}

/// Memory of one tensor, with a zone behind it that nobody may write.
final class TestTensor {
  let type: ValueType
  let memory: UnsafeMutableRawPointer
  private static let zone = 64

  init(_ type: ValueType) {
    self.type = type
    memory = .allocate(byteCount: type.bytes + Self.zone, alignment: 64)
    poison()
    (memory + type.bytes).initializeMemory(as: UInt8.self, repeating: 0xA5, count: Self.zone)
  }

  convenience init(floats count: Int) throws { self.init(ValueType(.float32, try TensorShape([count]))) }

  convenience init(_ tensor: OperatorCase.Tensor) throws {
    self.init(ValueType(tensor.type, try TensorShape(tensor.shape)))
    fill(tensor.values)
  }

  deinit { memory.deallocate() }

  var view: TensorView { TensorView(type, memory) }
  var floats: UnsafeMutablePointer<Float> { memory.assumingMemoryBound(to: Float.self) }
  var isIntact: Bool { (0..<Self.zone).allSatisfy { memory.load(fromByteOffset: type.bytes + $0, as: UInt8.self) == 0xA5 } }

  /// Bytes of 255: NaN, -1, or a bool that is none.
  func poison() { memory.initializeMemory(as: UInt8.self, repeating: 0xFF, count: type.bytes) }

  func fill(_ values: [Double]) {
    for (place, value) in values.enumerated() {
      switch type.element {
      case .float32: view.floats[place] = Float(value)
      case .int64: view.integers[place] = OperatorCase.Tensor.integer(value)
      case .bool: view.bools[place] = value != 0 ? 1 : 0
      }
    }
  }

  var values: [Double] {
    (0..<type.shape.count).map { place in
      switch type.element {
      case .float32: Double(view.floats[place])
      case .int64: Double(view.integers[place])
      case .bool: Double(view.bools[place])
      }
    }
  }
}

/// Everything that passes of one node need, made as the engine makes it.
struct OperatorRun {
  var operation: any OperatorKernel
  var types: [ValueType]
  var requirements: KernelRequirements
  var inputs: [TestTensor?]
  var outputs: [TestTensor]
  var saved: TestTensor
  var forwardWorkspace: TestTensor
  var backwardWorkspace: TestTensor
  var team: any OperatorTeam
  /// The scales of the inputs.
  var exponents: [Double]

  /// Makes the operator by its entry, infers types and reserves memory.
  init(_ c: OperatorCase, team: any OperatorTeam = SingleThread.shared) throws {
    let entry = try #require(OperatorCatalogue[c.op], "no operator \(c.op)")
    let attributes = OperatorAttributes(
      version: c.version, values: try c.attributes.mapValues { try $0.value }, outputCount: c.outputs.count,
      givesInput: c.inputs.map { $0 != nil })
    // What wants a gradient is no constant; all else is known beforehand.
    let facts = try c.inputs.enumerated().map { place, input in
      try input.map { tensor in
        let constant = try tensor.constant
        let isWanted = c.gradients.map { $0.indices.contains(place) && $0[place] != nil } ?? false
        return ValueFacts(constant.type, constant: isWanted ? nil : constant)
      }
    }
    operation = try entry.make(attributes).specialized(to: facts)
    types = try operation.results(of: facts)
    requirements = operation.requirements(inputs: facts.map { $0?.type }, outputs: types)
    inputs = try c.inputs.map { try $0.map { try TestTensor($0) } }
    outputs = types.map { TestTensor($0) }
    saved = try TestTensor(floats: requirements.saved)
    forwardWorkspace = try TestTensor(floats: requirements.forwardWorkspace)
    backwardWorkspace = try TestTensor(floats: requirements.backwardWorkspace)
    self.team = team
    exponents = inputs.map { _ in 0 }
  }

  func forward() throws {
    try operation.forward(
      ForwardCall(
        inputs: inputs.map { $0?.view }, outputs: outputs.map(\.view), saved: saved.floats,
        workspace: forwardWorkspace.floats, exponents: exponents, team: team))
  }

  /// Runs the way back after everything that it did not say it reads has been overwritten.
  func backward(_ cotangents: [TestTensor?], into gradients: [TestTensor?]) {
    for (place, input) in inputs.enumerated() where !requirements.readsInputs.contains(place) { input?.poison() }
    for (place, output) in outputs.enumerated() where !requirements.readsOutputs.contains(place) { output.poison() }
    operation.backward(
      BackwardCall(
        inputs: inputs.map { $0?.view }, outputs: outputs.map(\.view),
        outputGradients: cotangents.map { $0.map { UnsafePointer($0.floats) } },
        inputGradients: gradients.map { $0?.floats }, saved: saved.floats, workspace: backwardWorkspace.floats,
        exponents: exponents, team: team))
  }

  var isIntact: Bool {
    (inputs.compactMap { $0 } + outputs + [saved, forwardWorkspace, backwardWorkspace]).allSatisfy(\.isIntact)
  }
}

extension OperatorCase {
  /// Runs the case and returns what differs; nothing where all agrees.
  ///
  /// Tolerance: 4 units in the last place of a Float, relative to the largest expected value, unless the case has its own.
  /// Inputs are Floats exactly; the longest sums have a few dozen terms.
  func differences(team: any OperatorTeam = SingleThread.shared) throws -> [String] {
    let run = try OperatorRun(self, team: team)
    var found: [String] = []
    func compare(_ tensor: TestTensor, _ expected: [Double], _ what: String) {
      let largest = expected.filter(\.isFinite).map(abs).max() ?? 0
      let isExact = tensor.type.element != .float32
      // Int64's largest value is none of Double's: both sides are rounded alike.
      let bound = isExact ? 0 : (tolerance ?? 0x1p-22) * max(largest, 1e-30)
      if let difference = ArrayDifference(tensor.values, expected, tolerance: bound) {
        found.append("\(what): \(difference)")
      }
    }
    try run.forward()
    if run.outputs.count < outputs.count { found.append("\(run.outputs.count) results for \(outputs.count)") }
    for (slot, expected) in outputs.enumerated() where slot < run.outputs.count {
      guard let expected else { continue }
      let output = run.outputs[slot]
      if output.type.shape.extents != expected.shape {
        found.append("result \(slot) is \(output.type.shape), not \(expected.shape)")
      }
      if output.type.element != expected.type { found.append("result \(slot) is of \(output.type.element)") }
      compare(output, expected.values, "result \(slot)")
    }
    if let cotangents, let gradients {
      let arriving = try cotangents.enumerated().map { slot, values in
        try values.map { values in
          let tensor = TestTensor(ValueType(.float32, run.types[slot].shape))
          tensor.fill(values.map(\.value))
          return try #require(tensor)
        }
      }
      let targets = gradients.enumerated().map { place, values in
        values == nil ? nil : run.inputs[place].map { TestTensor(ValueType(.float32, $0.type.shape)) }
      }
      run.backward(arriving, into: targets)
      for (place, expected) in gradients.enumerated() {
        guard let expected, let target = targets[place] else { continue }
        if !run.operation.carriesGradient(toInput: place) { found.append("input \(place) should carry a gradient") }
        compare(target, expected.map(\.value), "gradient of input \(place)")
        if !target.isIntact { found.append("gradient of input \(place) reaches beyond its end") }
      }
    }
    if !run.isIntact { found.append("something was written beyond its end") }
    return found
  }

  /// Runs all cases of a file as expectations.
  static func check(_ file: String, team: any OperatorTeam = SingleThread.shared) throws {
    let cases = try load(file)
    #expect(!cases.isEmpty)
    for c in cases {
      do {
        let found = try c.differences(team: team)
        #expect(found.isEmpty, "\(c.op) \(c.name): \(found.joined(separator: "; "))")
      } catch {
        Issue.record("\(c.op) \(c.name): \(error)")
      }
    }
  }
}
