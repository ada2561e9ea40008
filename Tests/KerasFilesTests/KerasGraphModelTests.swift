import Foundation
import KerasFiles
import NetworkGraph
import TestSupport
import Testing

/// Keras models as graphs of operators: what is shared, what is refused, and what files may not do.
@Suite struct KerasGraphModelTests {
  private static func read(_ layers: String, input: String = "[null, 6, 8]", options: KerasGraphModel.Options = .init())
    throws -> KerasGraphModel
  {
    try KerasGraphModel(
      configuration: Array(
        #"""
        {"module": "keras", "class_name": "Sequential", "config": {"name": "m", "layers": [
         {"class_name": "InputLayer", "config": {"name": "in", "batch_shape": \#(input)}}, \#(layers)]}}
        """#.utf8), path: "m.json", options: options)
  }

  private static let tensor =
    #"{"class_name": "__keras_tensor__", "config": {"keras_history": ["NAME", CALL, 0]}}"#

  private static func reading(_ name: String, _ call: Int = 0) -> String {
    #"{"args": [\#(tensor.replacing("NAME", with: name).replacing("CALL", with: "\(call)"))], "kwargs": {}}"#
  }

  @Test func aLayerThatIsCalledTwiceHasOneTensor() throws {
    let model = try KerasGraphModel(
      configuration: Array(
        #"""
        {"module": "keras", "class_name": "Functional", "config": {"name": "m", "layers": [
         {"class_name": "InputLayer", "name": "in", "config": {"batch_shape": [null, 4]}, "inbound_nodes": []},
         {"class_name": "Dense", "name": "twin", "config": {"units": 4, "name": "twin"},
          "inbound_nodes": [\#(Self.reading("in")), \#(Self.reading("twin"))]}],
         "input_layers": ["in", 0, 0], "output_layers": ["twin", 1, 0]}}
        """#.utf8), path: "m.json")
    #expect(model.model.graph.parameters.map(\.name) == ["twin/kernel", "twin/bias"])
    #expect(model.model.points.map(\.name) == ["twin", "twin#2"])
    #expect(model.model.points[1].sources == [0])
    #expect(model.model.points.map(\.parameters) == [[0, 1], [0, 1]])
    #expect(model.model.declaresInitializers && !model.model.holdsWeights)
  }

  @Test func fansAreKerass() throws {
    let model = try Self.read(
      #"""
      {"class_name": "Conv2DTranspose", "config": {"name": "up", "filters": 5, "kernel_size": [3, 3], "strides": [2, 2],
       "padding": "same", "kernel_initializer": "he_normal"}}
      """#, input: "[null, 7, 6, 4]")
    let parameter = try #require(model.model.graph.parameters.first)
    // Keras stores 3 x 3 x 5 x 4 and takes 3 x 3 x 5 for the fan-in: 2 / 45.
    let declared = try #require(parameter.declared)
    let shape = try #require(parameter.weightShape)
    let tensor = ParameterTensor(role: .weight, shape: shape, count: 180, initializer: declared)
    let size = try #require(declared.law(for: tensor).rootMeanSquare(shape))
    #expect(abs(size * size - 2.0 / 45) < 1e-9)
    // Of the 9 taps of 4 channels a quarter reaches an output: initializers of our own keep the signal by that.
    #expect(shape.fans == Fans(fanIn: 9, fanOut: 45))
    // The result is twice as large, and the model's own layout: samples x height x width x channels.
    let name = model.model.points.last.map { model.model.graph[$0.activation].name }
    #expect(name?.hasPrefix("up/Transpose") == true)
  }

  @Test func openExtentsAndSamplesAreChosenOrGiven() throws {
    let layers = #"{"class_name": "GRU", "config": {"name": "g", "units": 3}}"#
    #expect(try Self.read(layers, input: "[null, null, 8]").model.batch == 32)
    var options = KerasGraphModel.Options()
    options.shapes = ["in": [5, 9, 8]]
    let given = try Self.read(layers, input: "[null, null, 8]", options: options)
    #expect(given.model.batch == 5 && !given.model.notes.contains { $0.contains("open") })
    options.shapes = ["in": [5, 9]]
    let error = #expect(throws: KerasError.self) { try Self.read(layers, input: "[null, null, 8]", options: options) }
    #expect(error?.description.contains("has 2 axes without that of the samples") == true)
  }

  @Test func everyLayerWithoutACounterpartIsListed() {
    let error = #expect(throws: KerasError.self) {
      try Self.read(
        #"""
        {"class_name": "Lambda", "config": {"name": "f"}}, {"class_name": "Dense", "config": {"name": "d", "units": 3}},
        {"class_name": "ConvLSTM2D", "config": {"name": "c"}},
        {"class_name": "Multiply", "module": "mine", "registered_name": "mine>Multiply", "config": {"name": "m"}}
        """#)
    }
    let text = error?.description ?? ""
    for part in ["3 layers have no counterpart", "f (Lambda)", "c (ConvLSTM2D)", "m (Multiply): it is mine>Multiply"] {
      #expect(text.contains(part), "\(text)")
    }
  }

  /// Numbers that no layer may have: an error of the layer, and no trap.
  @Test(arguments: [
    (#""Dense", "config": {"units": 0}"#, "units must lie in"),
    (#""Dense", "config": {"units": 9223372036854775807}"#, "units must lie in"),
    (#""Conv1D", "config": {"filters": 4, "kernel_size": [0]}"#, "kernel_size is 0"),
    (#""Conv1D", "config": {"filters": 4, "kernel_size": 3, "groups": 0}"#, "0 groups do not divide"),
    (#""Conv1D", "config": {"filters": 4, "kernel_size": 3, "groups": 3}"#, "3 groups do not divide"),
    (#""Conv1D", "config": {"filters": 4, "kernel_size": 9}"#, "does not fit into 6 values"),
    (#""Conv2D", "config": {"filters": 4, "kernel_size": 3}"#, "it takes signals of 3 axes, got 6 x 8"),
    (#""Conv1DTranspose", "config": {"filters": 4, "kernel_size": 3, "strides": 2, "output_padding": 2}"#, "output_padding"),
    (#""Reshape", "config": {"target_shape": [5, 5]}"#, "6 x 8 values do not make 5 x 5"),
    (#""Reshape", "config": {"target_shape": [-1, -1]}"#, "do not make -1 x -1"),
    (#""Reshape", "config": {"target_shape": [0]}"#, "no shape"),
    (#""Permute", "config": {"dims": [1, 1]}"#, "no order"), (#""RepeatVector", "config": {"n": 3}"#, "takes a vector"),
    (#""Cropping1D", "config": {"cropping": [3, 3]}"#, "crops all"),
    (#""ZeroPadding1D", "config": {"padding": -1}"#, "no list of"),
    (#""UpSampling1D", "config": {"size": 0}"#, "size must lie in"),
    (#""BatchNormalization", "config": {"axis": 0}"#, "axis 0"), (#""BatchNormalization", "config": {"axis": 7}"#, "axis 7"),
    (#""LayerNormalization", "config": {"axis": [1]}"#, "do not end with the last"),
    (#""GroupNormalization", "config": {"groups": 3}"#, "3 groups do not divide"),
    (#""GroupNormalization", "config": {"groups": -2}"#, "-2 groups do not divide"),
    (#""UnitNormalization", "config": {"axis": 9}"#, "axis 9"),
    (#""Softmax", "config": {"axis": 9}"#, "axis"), (#""PReLU", "config": {"shared_axes": [5]}"#, "shared_axes"),
    (#""MultiHeadAttention", "config": {"num_heads": 2, "key_dim": 4}"#, "needs a query and a value"),
    (#""Attention", "config": {}"#, "takes sequences"), (#""Dot", "config": {"axes": 1}"#, "takes two signals"),
    (#""Multiply", "config": {}"#, "two or more"), (#""Concatenate", "config": {"axis": 12}"#, "axis 12"),
    (#""LSTM", "config": {"units": -1}"#, "units must lie in"),
    (#""LSTM", "config": {"units": 4, "activation": "gelu"}"#, "gelu"),
    (#""TimeDistributed", "config": {"layer": {"class_name": "Lambda", "config": {}}}"#, "applies Lambda"),
    (#""TimeDistributed", "config": {}"#, "wraps no layer"),
    (#""Bidirectional", "config": {"layer": {"class_name": "Dense", "config": {"units": 2}}}"#, "wraps Dense"),
    (#""EinsumDense", "config": {"equation": "ab,bc->ac", "output_shape": 3}"#, "does not fit"),
    (#""EinsumDense", "config": {"equation": "abc,cd->abd", "output_shape": [null]}"#, "leaves the axis d open"),
    (#""EinsumDense", "config": {"equation": "->", "output_shape": [3]}"#, "its equation"),
    (#""Embedding", "config": {"input_dim": 0, "output_dim": 4}"#, "no sizes"),
    (#""Embedding", "config": {"input_dim": 9223372036854775807, "output_dim": 9}"#, "values"),
    (#""LayerScale", "config": {"init_values": "x"}"#, "no finite number"),
  ])
  func refusesNumbersThatNoLayerHas(_ layer: String, _ reason: String) {
    let text =
      #"{"class_name": \#(layer.replacing(#""config": {"#, with: #""config": {"name": "x", "#, maxReplacements: 1))}"#
      .replacing(", }", with: "}")
    let error = #expect(throws: KerasError.self) { try Self.read(text) }
    #expect(
      error?.description.contains("x (") == true && error?.description.contains(reason) == true,
      "\(error?.description ?? "")")
  }

  /// Calls within calls multiply, and numbers of calls come from the file.
  @Test func modelsThatMultiplyAreRefused() {
    let call = #"{"args": [\#(Self.tensor.replacing("NAME", with: "in").replacing("CALL", with: "9223372036854775807"))]}"#
    var model = #"{"class_name": "Dense", "name": "m", "config": {"units": 2}, "inbound_nodes": [\#(call)]}"#
    for _ in 0..<24 {
      let reading = Self.reading("in")
      model = #"""
        {"class_name": "Functional", "name": "m", "config": {"layers": [
         {"class_name": "InputLayer", "name": "in", "config": {"batch_shape": [null, 2]}, "inbound_nodes": []}, \#(model)],
         "input_layers": [["in", 0, 0]], "output_layers": [["m", 0, 0], ["m", 1, 0]]},
         "inbound_nodes": [\#(reading), \#(reading)]}
        """#
    }
    #expect(throws: KerasError.self) { try KerasGraphModel(configuration: Array(model.utf8), path: "m.json") }
  }
}
