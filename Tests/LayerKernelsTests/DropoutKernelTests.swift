import Foundation
import LayerKernels
import NetworkGraph
import TensorKernels
import TestSupport
import Testing

@Suite struct DropoutKernelTests {
  private let stream = RandomStream(seed: 7, replica: 2, node: "dropout_1", tensor: .probe)

  private func kernel(rate: Double, count: Int) throws -> any LayerKernel {
    try KernelCatalogue.ready(
      KernelContext(
        layer: Dropout(rate), inputShapes: [.features(count)], outputShape: .features(count), batch: 1, stream: stream),
      name: "dropout_1")
  }

  private func pass(_ kernel: any LayerKernel, _ x: Array32, mode: KernelMode = .training) -> [Double] {
    let z = Array32(count: x.count)
    defer { withExtendedLifetime(z) {} }
    kernel.forward([x.constant], parameters: [], into: z.pointer, mode: mode, exponent: 0)
    return z.values
  }

  private func gradient(_ kernel: any LayerKernel, _ x: Array32) -> [Double] {
    let dx = Array32(count: x.count), ones = Array32(Array(repeating: 1, count: x.count))
    defer { withExtendedLifetime((dx, ones)) {} }
    kernel.backward(
      ones.constant, inputs: [x.constant], parameters: [], z: x.constant, inputGradients: [dx.pointer],
      parameterGradients: [])
    return dx.values
  }

  /// The number of zeros is binomial: within z deviations of n rate but for one run in a million (z = 4.89), plus half a
  /// count for continuity. n is so large that the binomial's skewness moves the bound by less than that.
  @Test(arguments: [0.1, 0.5, 0.9]) func zerosComeAtTheRate(rate: Double) throws {
    let n = 200_003
    let ones = Array32(Array(repeating: 1, count: n))
    let kernel = try kernel(rate: rate, count: n)
    for _ in 0..<2 {
      let z = pass(kernel, ones)
      let zeros = z.count { $0 == 0 }
      #expect(abs(Double(zeros) - rate * Double(n)) <= 4.89 * (Double(n) * rate * (1 - rate)).squareRoot() + 0.5)
      #expect(z.allSatisfy { $0 == 0 || $0 == Double(Float(1 / (1 - rate))) })
      expectEqual(gradient(kernel, ones), z, "the gradient passes the same mask")
    }
  }

  /// Two passes agree at a place with probability rate^2 + (1 - rate)^2, again within 4.89 deviations.
  @Test func eachPassDrawsAnotherMask() throws {
    let n = 100_000, rate = 0.3
    let ones = Array32(Array(repeating: 1, count: n))
    let kernel = try kernel(rate: rate, count: n)
    let first = pass(kernel, ones), second = pass(kernel, ones)
    let agreement = rate * rate + (1 - rate) * (1 - rate)
    let agreeing = zip(first, second).count { $0 == $1 }
    #expect(
      abs(Double(agreeing) - agreement * Double(n)) <= 4.89 * (Double(n) * agreement * (1 - agreement)).squareRoot() + 0.5)
    let again = try self.kernel(rate: rate, count: n)
    expectEqual(pass(again, ones), first, "the first mask depends on the stream alone")
    expectEqual(pass(again, ones), second)
  }

  @Test func theMaskIsTheStreamsOwn() throws {
    let n = 1_000
    let kernel = try kernel(rate: 0.25, count: n)
    var words = [UInt32](repeating: 0, count: n)
    for round in 0..<2 {
      let z = pass(kernel, Array32(Array(repeating: 3, count: n)))
      words.withUnsafeMutableBufferPointer { stream.of(.mask).fillWords($0, from: round * 1_024) }
      expectEqual(z, words.map { $0 >= 1 << 30 ? 4.0 : 0 })
    }
  }

  @Test func inferenceAndRateZeroPassEverything() throws {
    let x = Array32([1, -2, 3, .nan, 5])
    for (rate, mode) in [(0.5, KernelMode.inference), (0, .training)] {
      let kernel = try kernel(rate: rate, count: 5)
      #expect(zip(pass(kernel, x, mode: mode), x.values).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) })
      #expect(gradient(kernel, x) == [1, 1, 1, 1, 1])
    }
    // Inference after training forgets the mask.
    let kernel = try kernel(rate: 0.5, count: 5)
    _ = pass(kernel, x)
    _ = pass(kernel, x, mode: .inference)
    #expect(gradient(kernel, x) == [1, 1, 1, 1, 1])
  }
}
