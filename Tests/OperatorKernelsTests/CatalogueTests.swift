import Foundation
import NetworkGraph
import OperatorKernels
import TestSupport
import Testing

/// An operator is a file, a line of the catalogue, and cases of a fixture.
@Suite struct CatalogueTests {
  private static func cases() throws -> [OperatorCase] {
    let folder = Repository.reference("operators")
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".json") }.sorted()
      .flatMap { try OperatorCase.load(String($0.dropLast(5))) }
  }

  @Test func isAlphabeticalAndNamesEachOnce() {
    let names = OperatorCatalogue.entries.map { $0.name.lowercased() }
    #expect(names == names.sorted())
    #expect(Set(names).count == names.count)
  }

  @Test func everyOperatorHasAFile() throws {
    let folder = Repository.root.appending(path: "Sources/OperatorKernels/Operators")
    for entry in OperatorCatalogue.entries {
      let text = try? String(contentsOf: folder.appending(path: "\(entry.name).swift"), encoding: .utf8)
      #expect(text?.contains("OperatorEntry(\"\(entry.name)\")") == true, "\(entry.name) needs a file of its name")
    }
  }

  @Test func everyOperatorHasAFixture() throws {
    let tested = Set(try Self.cases().map(\.op))
    for entry in OperatorCatalogue.entries { #expect(tested.contains(entry.name), "no case of \(entry.name)") }
  }

  @Test func everyOperatorHasTraitsAndItsName() throws {
    for c in try Self.cases() {
      guard OperatorCatalogue[c.op] != nil else { continue }
      let operation = try OperatorRun(c).operation
      #expect(!operation.traits.isEmpty, "\(c.op) has no traits")
      #expect((operation as any Operator).kind == c.op)
    }
  }

  /// What operators are said to do with elements shows in PyTorch's results: those that select or take the largest give
  /// elements of their input, and averages give others. What moves elements and gives fewer selects.
  @Test func traitsAreWhatResultsShow() throws {
    var seen: [String: Int] = [:]
    for c in try Self.cases() where OperatorCatalogue[c.op] != nil {
      let traits = try OperatorRun(c).operation.traits
      guard let input = c.inputs.first??.values, let output = c.outputs.first??.values, !input.isEmpty, !output.isEmpty,
        !(input + output).contains(where: \.isNaN)
      else { continue }
      let isSubset = Set(output).isSubset(of: input), isSmaller = output.count < input.count
      if traits.contains(.selects) {
        #expect(isSubset, "\(c.op) \(c.name)")
        seen["selects", default: 0] += 1
      }
      if traits.contains(.takesLargest) {
        #expect(isSubset, "\(c.op) \(c.name)")
        seen["takesLargest", default: 0] += 1
      }
      if traits.contains(.averages), isSmaller {
        #expect(!isSubset, "\(c.op) \(c.name)")
        seen["averages", default: 0] += 1
      }
      // Negative paddings and smaller pictures drop elements, too; those are no pads and resizings as networks have them.
      if traits.contains(.permutes), isSmaller, isSubset, !["Pad", "Resize"].contains(c.op) {
        #expect(traits.contains(.selects), "\(c.op) \(c.name)")
      }
      if traits.contains(.pools), isSmaller, isSubset, input.max() == output.max(), Set(input).count > 3 {
        #expect(traits.contains(.takesLargest) || output.min() == input.min(), "\(c.op) \(c.name)")
      }
    }
    #expect(["selects", "takesLargest", "averages"].allSatisfy { seen[$0] ?? 0 > 4 }, "\(seen)")
  }

  /// Gradients are asked of what carries one, and an operator that is called discrete has none.
  @Test func discreteOperatorsCarryNoGradient() throws {
    for c in try Self.cases() where OperatorCatalogue[c.op] != nil {
      let run = try OperatorRun(c)
      guard run.operation.traits.contains(.discrete) else { continue }
      for place in c.inputs.indices { #expect(!run.operation.carriesGradient(toInput: place), "\(c.op)") }
      #expect(c.gradients == nil, "\(c.op) \(c.name)")
    }
  }
}
