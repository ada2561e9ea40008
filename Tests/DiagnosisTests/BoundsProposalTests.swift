import Diagnosis
import Foundation
import NetworkGraph
import SignalPropagation
import Testing

/// Bounds proposed from a run: the false-alarm rate is shared among them.
@Suite struct BoundsProposalTests {
  /// The bound's half width in standard errors is the quantile of the rate divided by the number of bounds.
  ///
  /// The rate is chosen so that each has 1e-6: a normal's two-sided quantile is then 4.891638 (scipy.stats.norm.isf(5e-7)),
  /// Student's with 4 degrees of freedom 49.458637 (scipy.stats.t.isf(5e-7, 4)).
  @Test func theRateIsSharedAmongAllBounds() throws {
    let run = try Examined.run(try Examined.mlp(depth: 3, width: 32, .relu), "he_normal", replicas: 5)
    let count = BoundsProposal.lines(of: run, replicas: 5, falseAlarmRate: 1e-3).lines.count
    #expect(count == 12)
    let lines = BoundsProposal.lines(of: run, replicas: 5, falseAlarmRate: 1e-6 * Double(count)).lines
    // What rounding is allowed on top of either side, on the scale of log10.
    let slack = 0x1p-20
    var judged = (normal: 0, student: 0)
    for line in lines {
      let layer = try #require(run.layers.first { $0.name == line.layer })
      let half = (log10(line.interval.high) - log10(line.interval.low)) / 2 - slack
      switch line.tensor {
      case .activations:
        // Theory's error, or the measured one where it is larger: the interval's half width over Student's 95% quantile.
        let theory = try #require(layer.activation.theoryStandardError), interval = try #require(layer.activation.interval)
        let error = max(theory, (interval.high - interval.low) / 2 / 2.7764451051977943)
        #expect(abs(half / error / 4.891638475698591 - 1) < 1e-6, "\(line)")
        judged.normal += 1
      case .weights:
        let error = try #require(layer.weights?.scatter?.log10VarianceError)
        #expect(abs(half / error / 49.45863675693464 - 1) < 1e-6, "\(line)")
        judged.student += 1
      default: break
      }
      #expect(abs(log10(line.interval.high) + log10(line.interval.low) - 2 * log10(line.measured)) < 1e-9)
    }
    #expect(judged == (4, 4))
  }

  /// Twice the layers at one rate for all: each bound is wider.
  @Test func moreBoundsAreWider() throws {
    func width(_ depth: Int) throws -> Double {
      let run = try Examined.run(try Examined.mlp(depth: depth, width: 16, .tanh), "lecun_normal", replicas: 3)
      let line = try #require(
        BoundsProposal.lines(of: run, replicas: 3, falseAlarmRate: 1e-4).lines.first { $0.tensor == .weights })
      let error = try #require(run.layers[0].weights?.scatter?.log10VarianceError)
      return (log10(line.interval.high) - log10(line.interval.low)) / error
    }
    // Student's tail with 2 degrees of freedom falls as t^-2: ten times the comparisons, sqrt(10) times the quantile.
    #expect(abs(try width(19) / width(1) - 10.0.squareRoot()) < 0.01)
  }
}
