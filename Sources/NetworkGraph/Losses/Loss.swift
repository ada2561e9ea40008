/// What training minimizes, mean over the batch.
public enum Loss: String, Sendable, CaseIterable, Codable {
  /// Of the softmax of the outputs, with the class. Of a network that ends in a softmax layer the loss takes what enters it.
  case crossEntropy = "cross_entropy"
  /// Of the sigmoid of the output, with a class of 0 or 1. Of a network that ends in a sigmoid the loss takes what enters it.
  case binaryCrossEntropy = "binary_cross_entropy"
  /// Mean over outputs and batch; classes stand as one-hot vectors, of one output as 0 and 1.
  case meanSquaredError = "mean_squared_error"
}
