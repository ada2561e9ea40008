import Foundation
import NetworkGraph
import Testing

@Suite struct CustomActivationTests {
  static let arctangent = Activation.custom(name: "atan", value: { atan($0) }, derivative: { 1 / (1 + $0 * $0) })

  @Test func callsItsClosures() {
    #expect(Self.arctangent.value(1) == .pi / 4)
    #expect(Self.arctangent.derivative(1) == 0.5)
    #expect(Self.arctangent.isCustom && !Activation.relu.isCustom)
    #expect(Self.arctangent.entry.make(Arguments()).value(1) == .pi / 4)
  }

  @Test func estimatesTangentsAndMaximumSlope() throws {
    let law = try #require(Self.arctangent.laws.nearZero)
    #expect(law.value == 0 && law.slopeBelow == 1 && law.slopeAbove == 1)
    // f' = 1 - x^2 holds to 2^-24 up to 2^-12; the estimate is a power of two and may stop just short of it.
    #expect(law.radius == 0x1p-12 || law.radius == 0x1p-13)
    #expect(Self.arctangent.laws.maximumSlope == 1)

    let rectifier = Activation.custom(name: "half", value: { $0 > 0 ? $0 / 2 : 0 }, derivative: { $0 > 0 ? 0.5 : 0 })
    let halves = try #require(rectifier.laws.nearZero)
    #expect(halves.slopeBelow == 0 && halves.slopeAbove == 0.5 && halves.radius > 1e300)
  }

  @Test func claimsNothingThatSamplesContradict() {
    // Rounds to zero near zero, where its slope is 1/4: no law holds.
    let cancelling = Activation.custom(
      name: "shifted", value: { 1 / (1 + exp(-$0)) - 0.5 }, derivative: { 0.25 / (cosh($0 / 2) * cosh($0 / 2)) })
    #expect(cancelling.laws.nearZero == nil)
    let square = Activation.custom(name: "square", value: { $0 * $0 }, derivative: { 2 * $0 })
    #expect(square.laws.nearZero == nil)
    #expect(square.laws.maximumSlope == nil)
    let undefined = Activation.custom(name: "log", value: { log($0) }, derivative: { $0 < 0 ? .nan : 1 / $0 })
    #expect(undefined.laws.nearZero == nil)
    #expect(undefined.laws.maximumSlope == nil)
  }

  @Test func isNeverMistakenForTheCatalogueEntryOfItsName() {
    let impostor = Activation.custom(name: "relu", value: { $0 }, derivative: { _ in 1 })
    #expect(impostor != .relu)
    #expect(impostor.description == "custom(name=relu)")
  }

  @Test func encodesItsNameButDoesNotDecode() throws {
    let data = try JSONEncoder().encode([Self.arctangent])
    #expect(String(decoding: data, as: UTF8.self) == #"["custom(name=atan)"]"#)
    #expect(throws: DecodingError.self) { try JSONDecoder().decode([Activation].self, from: data) }
    let error = #expect(throws: SpecificationError.self) { try Activation(parsing: "custom(name=atan)") }
    #expect(error?.hint == "Build it again with Activation.custom(name:value:derivative:).")
  }
}
