import Glibc
import MeanField
import NetworkGraph
import SignalPropagation

/// Puts theory's numbers beside the measured ones in every layer: `theory`, `theoryLog10` and its standard error.
///
/// Theory starts where the network cannot know better: from the measured moments of the batch, and of what the backward
/// pass began with. All between the two it computes from the network's description alone.
struct TheoryOverlay {
  private let input: ChainInput
  private let replicas: Int

  init?(_ report: AuditReport) {
    let samples = report.input.sampleSecondMoments
    guard !samples.isEmpty, samples.allSatisfy(\.isFinite) else { return nil }
    // Replicas draw their own batches, and means of logarithms are compared, so theory starts from a mean of logarithms.
    let mean = samples.reduce(0, +) / Double(samples.count)
    let logarithm = report.input.log10SecondMoment.map { pow(10, $0) } ?? mean
    let moments = mean > 0 ? samples.map { $0 * (logarithm / mean) } : samples
    // A batch of one has no measured directions. Theory does not need them then.
    input = ChainInput(
      secondMoments: moments, cosine: min(1, max(-1, report.input.cosineSimilarity ?? 0)),
      cosineVariance: report.input.cosineVariance ?? 0, batch: report.input.batch)
    replicas = report.seeds
  }

  /// Returns the run with theory's fields filled, or with a note that says why they are not.
  func annotated(_ run: InitializerRun, _ network: Network, _ assignment: InitializerAssignment, backward: BackwardSource)
    -> InitializerRun
  {
    var run = run
    guard let output = run.layers.last?.gradient else { return run }
    do {
      // With a sigmoid inside the loss, the gradient starts at the last pre-activation.
      let isPlain = backward.loss.map { OutputPlan(network, $0).plainOutput } ?? false
      let theory = try NetworkTheory(
        isPlain ? network.withPlainOutput() : network, assignment, measured: MeasuredTensors(run))
      defer { if isPlain { run.forgetOutputActivation() } }
      run.theoryNote = theory.note
      let cotangent = cotangent(output, classes: network.output.count, backward)
      switch theory.form {
      case .chain(let layers):
        let prediction = try ChainPrediction(layers, input: input, cotangent: cotangent)
        // Replicas that share one drawing of the weights average nothing of what drawings differ by.
        let draws = theory.isOneDrawing ? 1 : replicas
        for (index, layer) in prediction.layers.enumerated() {
          fill(&run.layers[index].preactivation, layer.preactivation, draws: draws)
          fill(&run.layers[index].activation, layer.activation, draws: draws)
          fill(&run.layers[index].gradient, layer.gradient, draws: draws)
          fill(&run.layers[index].preactivationGradient, layer.preactivationGradient, draws: draws)
        }
        // The value from which theory starts agrees with itself by construction.
        run.layers[run.layers.count - 1].gradient.theoryStandardError = nil
      case .graph(let nodes):
        let prediction = try GraphPrediction(nodes, input: input, cotangent: cotangent)
        for (index, node) in prediction.nodes.enumerated() {
          run.layers[index].preactivation.theory = node.preactivation
          run.layers[index].activation.theory = node.activation
          run.layers[index].gradient.theory = node.gradient
          run.layers[index].preactivationGradient.theory = node.preactivationGradient
        }
      }
    } catch let silence as NetworkTheory.Silence {
      run.theoryNote = silence.reason
    } catch let error as MeanFieldError {
      run.theoryNote = Self.note(error)
    } catch {
      run.theoryNote = "no prediction: theory cannot be computed for this network"
    }
    return run
  }

  /// Why theory says nothing of a run whose report has no measured samples to start from.
  static func silence(
    _ run: InitializerRun, _ network: Network, _ assignment: InitializerAssignment
  ) -> String {
    do {
      _ = try NetworkTheory(network, assignment, measured: MeasuredTensors(run))
      return "theory takes models with one input of floats, whose first axis is that of the samples"
    } catch {
      return error.reason
    }
  }

  /// What a user reads of theory's own errors.
  private static func note(_ error: MeanFieldError) -> String {
    error.kind == .overflow
      ? "no prediction: the signal grows beyond what theory can compute" : "no prediction: \(error.message)"
  }

  private func fill(_ summary: inout SignalSummary, _ prediction: MomentPrediction, draws: Int) {
    guard !prediction.secondMoment.isNaN else { return }
    summary.theory = prediction.secondMoment
    guard prediction.meanLog10.isFinite, prediction.varianceLog10.isFinite else { return }
    summary.theoryLog10 = prediction.meanLog10
    summary.theoryStandardError = (prediction.varianceLog10 / Double(draws)).squareRoot()
  }

  /// The measured gradient at the output, as theory's starting point. A loss's gradients are alike within a class and not
  /// between classes: with K classes of equal size and small logits, p - y has cosine 1 with its like and -1/(K - 1) with
  /// others, whose mean square is 1/(K - 1).
  private func cotangent(_ output: SignalSummary, classes: Int, _ backward: BackwardSource) -> ChainCotangent {
    let size = output.log10SecondMoment.map { pow(10, $0) } ?? output.secondMoment
    let cosine = backward == .gaussian ? 0 : min(1, max(-1, output.cosineSimilarity ?? 0))
    return ChainCotangent(
      secondMoment: size.isFinite ? size : 0, cosine: cosine,
      cosineVariance: backward == .gaussian ? 0 : max(0, 1 / Double(max(2, classes) - 1) - cosine * cosine))
  }
}

extension Network {
  /// The same network without its last layer's activation, where that layer is dense.
  fileprivate func withPlainOutput() throws(NetworkTheory.Silence) -> Network {
    guard let last = nodes.last, last.layer.theory == .linear,
      let dense = last.layer.replacing(activation: .identity)
    else {
      throw NetworkTheory.Silence("theory does not cover the sigmoid that the loss applies behind this output layer")
    }
    return Network(name: name, input: input, nodes: nodes.dropLast() + [last.with(layer: dense)])
  }
}

extension InitializerRun {
  /// Removes theory's prediction for the output's activation, since theory was asked without that activation.
  fileprivate mutating func forgetOutputActivation() {
    guard !layers.isEmpty else { return }
    layers[layers.count - 1].activation.theory = nil
    layers[layers.count - 1].activation.theoryLog10 = nil
    layers[layers.count - 1].activation.theoryStandardError = nil
  }
}
