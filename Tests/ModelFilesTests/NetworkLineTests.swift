import ModelFiles
import Testing

/// Where each layer stands in its file.
@Suite struct NetworkLineTests {
  @Test func everyLayerHasItsLine() throws {
    let source = try NetworkYAML.source(
      """
      # A comment
      name: classifier
      input: 784

      layers:
        - dense: {units: 8, repeat: 3}
        - residual:
            - dense:
                units: 8
                name: inner
            - layer_norm
        - residual: {gain: true, layers: [{dense: 8}]}
        - flatten
        - dense:
            units: 10
            name: head
      """, path: "net.yaml")
    #expect(source.network.nodes.map(\.name).allSatisfy { source.lines[$0] != nil })
    #expect(
      source.lines == [
        "dense_1": 6, "dense_2": 6, "dense_3": 6, "inner": 8, "layer_norm_1": 11, "add_1": 7, "dense_5": 12, "add_2": 12,
        "flatten_1": 13, "head": 14,
      ])
  }
}
