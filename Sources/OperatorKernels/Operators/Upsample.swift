import NetworkGraph

extension OperatorEntry {
  /// What `Resize` was called before operator set 10.
  static let upsample = OperatorEntry("Upsample") { attributes throws(SpecificationError) in
    try Resize(attributes, kind: "Upsample")
  }
}
