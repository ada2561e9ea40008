import Execution
import Foundation
import NetworkGraph
import OperatorKernels
import TensorKernels
import TestSupport
import Testing

/// What a run shows of recurrent operators, step by step, against PyTorch.
@Suite struct RecurrentTraceTests {
  private struct Fixture: Decodable {
    struct Case: Decodable {
      var kind: String, direction: String, resetAfter: Bool
      var batch: Int, steps: Int, inputs: Int, units: Int
      var x: [Float], w: [Float], r: [Float], b: [Float], cotangent: [Float]
      var gates: [Double], gateGradients: [Double], states: [Double], stateGradients: [Double]
    }
    var cases: [Case]
  }

  private final class Recorder: ExecutionObserver {
    var gates: [Double] = [], gateGradients: [Double] = [], states: [Double] = [], stateGradients: [Double] = []
    func computed(_ value: ValueID, _ tensor: Tensor) {}
    func gradient(of value: ValueID, _ gradient: Tensor) {}
    func computed(gatesOf node: Int, _ gates: Tensor, states: [Double]) {
      (self.gates, self.states) = (values(gates), states)
    }
    func gradient(ofGatesOf node: Int, _ gates: Tensor, states: [Double]) {
      gateGradients = values(gates)
      stateGradients = states.map { $0 * exp2(2 * gates.exponent) }
    }
    private func values(_ tensor: Tensor) -> [Double] {
      (0..<tensor.count).map { Double(tensor.floats[$0]) * exp2(tensor.exponent) }
    }
  }

  /// Runs a case; the gradient that arrives is in units of 2^exponent.
  private func run(_ c: Fixture.Case, exponent: Double, team: any OperatorTeam, segments: Int) throws -> Recorder {
    let entry = try #require(OperatorCatalogue[c.kind])
    let operation = try entry.make(
      OperatorAttributes(
        version: 22,
        values: [
          "direction": .text(c.direction), "hidden_size": .integer(c.units),
          "linear_before_reset": .integer(c.resetAfter ? 1 : 0),
        ]))
    let directions = c.direction == "bidirectional" ? 2 : 1, gates = c.w.count / directions / c.inputs
    let graph = try OneOperator.graph(
      operation,
      [
        OneOperator.Given([c.steps, c.batch, c.inputs], c.x), OneOperator.Given([directions, gates, c.inputs], c.w),
        OneOperator.Given([directions, gates, c.units], c.r), OneOperator.Given([directions, 2 * gates], c.b),
      ])
    let compiled = try CompiledGraph(graph, start: graph.outputs[0], observed: [], traced: [0])
    let parameters = try ParameterSet(graph), recorder = Recorder()
    try parameters.load(graph)
    let run = GraphRun(
      compiled, parameters: parameters, pool: BufferPool(), team: team, policy: .carried,
      segments: compiled.segments(segments))
    try run.forward(observer: recorder)
    try run.backward(
      fill: { target in
        for index in target.indices { target[index] = c.cotangent[index] * Float(exp2(-exponent)) }
        return exponent
      }, observer: recorder)
    return recorder
  }

  @Test func agreesWithPyTorch() throws {
    let cases = try Repository.reference("recurrent_traces.json", as: Fixture.self).cases
    #expect(cases.count == 12)
    for c in cases {
      for (exponent, team) in [(0.0, SingleThread.shared as any OperatorTeam), (90, ThreadTeam(size: 2))] {
        let seen = try run(c, exponent: exponent, team: team, segments: 1)
        // Sums of a few products of numbers near 1, over four steps.
        for (what, measured, expected) in [
          ("gates", seen.gates, c.gates), ("gradients of gates", seen.gateGradients, c.gateGradients),
          ("states", seen.states, c.states), ("gradients of states", seen.stateGradients, c.stateGradients),
        ] {
          let difference = ArrayDifference(measured, expected, tolerance: 3e-6)
          #expect(difference == nil, "\(c.kind) \(c.direction) \(c.resetAfter) \(what): \(difference?.description ?? "")")
        }
      }
    }
  }
}
