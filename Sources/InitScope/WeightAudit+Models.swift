import GraphImport
import TensorFiles
import WeightAudit

extension WeightAuditConfiguration {
  /// The same audit, which also reads the weights that an ONNX file holds.
  public var readingModels: WeightAuditConfiguration {
    var configuration = self
    configuration.open = { path in
      ModelTensorFile.isModel(path) ? try ModelTensorFile(path: path) : try TensorFiles.open(path: path)
    }
    return configuration
  }
}
