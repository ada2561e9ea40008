import LayerKernels
import TensorKernels

/// What the tangent kernel is measured on: something that computes outputs of a batch and takes their gradients back.
protocol ProbeTarget: AnyObject {
  /// The number of samples.
  var batch: Int { get }
  /// Parameters and their gradients.
  var parameters: ParameterBlock { get }
  /// The outputs and the gradients with respect to them, (batch, outputs).
  var output: UnsafeMutablePointer<Float> { get }
  var outputGradient: UnsafeMutablePointer<Float> { get }
  func forward(_ mode: KernelMode)
  /// Computes `parameters.gradients` from `outputGradient`. May be called again after one forward pass.
  func backward()
}

extension TrainingGraph: ProbeTarget {}
