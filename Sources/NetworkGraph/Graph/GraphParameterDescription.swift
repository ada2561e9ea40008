/// Describes a graph's parameters as layers describe theirs.
package enum GraphParameterDescription {
  /// A parameter as a layer's tensor: with the shape that its fans follow from.
  package static func tensor(_ parameter: GraphParameter) -> ParameterTensor {
    let count = max(1, parameter.shape.count), role = parameter.role ?? .weight
    var tensor = ParameterTensor(
      role: role, name: parameter.name, shape: parameter.weightShape ?? WeightShape(outputs: count, inputs: 1), count: count,
      initializer: parameter.declared ?? (parameter.isDrawn ? nil : .file),
      use: parameter.use ?? (role == .gain || role == .shift ? .scale : .linear))
    tensor.fullName = parameter.name
    tensor.fileExtents = parameter.modelShape
    if parameter.declared != nil { tensor = tensor.declared() }
    return tensor
  }
}
