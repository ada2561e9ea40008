import NetworkGraph
import OperatorKernels

extension KerasOperators {
  /// `Embedding`: rows of a table, by ids.
  static func embedding(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    let vocabulary = try layer.fields.required("input_dim"), dimension = try layer.fields.required("output_dim")
    guard vocabulary > 0, dimension > 0 else { throw .problem("input_dim and output_dim are no sizes") }
    if try layer.fields.boolean("mask_zero", default: false) { g.notes.note(.masks, layer.name) }
    let stored = [vocabulary, dimension]
    try checkSize(stored, "table")
    let input = try g.input(of: layer)
    let table = try g.parameter(
      layer,
      KerasTensor(
        source: "vars/0", title: "embeddings", stored: stored, layout: .vector(.same), extents: stored, role: .weight,
        weightShape: WeightShape(outputs: vocabulary, inputs: dimension), use: .table,
        initializer: try kernel(&g, layer, "embeddings_initializer", stored: stored, standard: "uniform").specification))
    var ids = try g.plain(input)
    // Ids that something else computed are cut to whole numbers, as Keras does.
    if g.type(ids).element != .int64 { ids = try g.emit("Cast", [ids], ["to": .integer(7)])[0] }
    let value = try g.emit("Gather", [table.value, ids])[0]
    return [
      g.measured(
        g.signal(value, from: [input]), "embedding", name: layer.name, parameters: [table.place],
        traits: [.readsTokens, .featuresLast], takesActivation: false)
    ]
  }
}
