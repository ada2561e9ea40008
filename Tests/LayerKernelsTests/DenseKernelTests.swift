import LayerKernels
import NetworkGraph
import Testing

@Suite struct DenseKernelTests {
  @Test(arguments: [true, false]) func dense(hasBias: Bool) throws {
    let (inputs, units) = (7, 5)
    try GradientCheck(layer: Dense(units, hasBias: hasBias), inputShapes: [.features(inputs)]).run { x, w in
      (0..<3).flatMap { row in
        (0..<units).map { unit in
          (0..<inputs).reduce(hasBias ? w[1][unit] : 0) { $0 + w[0][unit * inputs + $1] * x[0][row * inputs + $1] }
        }
      }
    }
  }

  @Test func sum() throws {
    let shapes = [Shape.features(6), .features(6), .features(6)]
    try GradientCheck(layer: Add(), inputShapes: shapes).run { x, _ in
      (0..<18).map { x[0][$0] + x[1][$0] + x[2][$0] }
    }
  }

  @Test func sumWithAGain() throws {
    let shapes = [Shape.features(6), .features(6), .features(6)]
    try GradientCheck(layer: Add(hasGain: true), inputShapes: shapes).run { x, w in
      (0..<18).map { x[0][$0] + w[0][0] * (x[1][$0] + x[2][$0]) }
    }
  }
}
