import NetworkGraph
import Testing

/// Shapes, fans, fields and refusals of the layers of images and sequences.
@Suite struct ImageLayerTests {
  private static let image = Shape.image(channels: 6, height: 9, width: 7)
  private static let sequence = Shape.sequence(steps: 10, features: 4)
  private static let vector = Shape.features(5)

  static let shapes: [(layer: any Layer, inputs: [Shape], output: [Int])] = [
    (Conv2D(8, kernel: 3), [image], [8, 7, 5]),
    (Conv2D(8, kernel: [3, 5]), [image], [8, 7, 3]),
    (Conv2D(8, kernel: 4, padding: .same), [image], [8, 9, 7]),
    (Conv2D(8, kernel: 3, stride: 2, padding: .same), [image], [8, 5, 4]),
    (Conv2D(8, kernel: 3, stride: 2, padding: .amount(1)), [image], [8, 5, 4]),
    (Conv2D(8, kernel: 3, stride: [2, 3], padding: .amount([0, 2]), dilation: [2, 1]), [image], [8, 3, 3]),
    (Conv2D(8, kernel: 9, padding: .amount([0, 1])), [image], [8, 1, 1]),
    (Conv1D(8, kernel: 3), [sequence], [8, 8]),
    (Conv1D(8, kernel: 3, stride: 4, padding: .same), [sequence], [3, 8]),
    (Conv1D(8, kernel: 3, padding: .amount(2), dilation: 4), [sequence], [6, 8]),
    (MaxPool(2), [image], [6, 4, 3]), (MaxPool(2, padding: .same), [image], [6, 5, 4]),
    (MaxPool(3, stride: 2, padding: .amount(1)), [image], [6, 5, 4]), (MaxPool(4), [sequence], [2, 4]),
    (AveragePool([9, 7]), [image], [6, 1, 1]), (AveragePool(3, stride: 1), [sequence], [8, 4]),
    (GlobalAveragePool(), [image], [6]), (GlobalAveragePool(), [sequence], [4]),
    (Flatten(), [image], [378]), (Flatten(), [sequence], [40]), (Flatten(), [vector], [5]),
    (BatchNorm(), [image], [6, 9, 7]), (LayerNorm(), [sequence], [10, 4]), (Dropout(0.5), [image], [6, 9, 7]),
    (Concatenate(), [vector, vector, .features(1)], [11]),
    (Concatenate(), [image, .image(channels: 1, height: 9, width: 7)], [7, 9, 7]),
    (Concatenate(), [sequence, sequence], [10, 8]),
    (Dense(3), [sequence], [10, 3]),
  ]

  @Test(arguments: shapes.indices) func shapeIsInferred(index: Int) throws {
    let (layer, inputs, output) = Self.shapes[index]
    #expect(try layer.outputShape(from: inputs).dimensions == output)
  }

  @Test func fansAreThoseOfTheOperation() throws {
    let plain = Conv2D(8, kernel: [3, 5]).parameters(from: [Self.image])
    #expect(plain.map(\.count) == [8 * 6 * 15, 8])
    #expect(plain[0].name == "weight" && plain[0].shape.fans == Fans(fanIn: 90, fanOut: 120))
    let grouped = Conv2D(8, kernel: 3, groups: 2, hasBias: false).parameters(from: [Self.image])
    #expect(grouped.map(\.count) == [8 * 3 * 9])
    #expect(grouped[0].shape.fans == Fans(fanIn: 27, fanOut: 36))
    let depthwise = Conv2D(6, kernel: 3, groups: 6).parameters(from: [Self.image])
    #expect(depthwise[0].shape.fans == Fans(fanIn: 9, fanOut: 9))
    let sequence = Conv1D(8, kernel: 3, stride: 2).parameters(from: [Self.sequence])
    #expect(sequence.map(\.count) == [8 * 4 * 3, 8])
    #expect(sequence[0].shape == WeightShape(outputs: 8, inputs: 4, taps: [3]))
    // A step's fans, however many steps there are.
    let dense = Dense(3).parameters(from: [Self.sequence])
    #expect(dense[0].shape.fans == Fans(fanIn: 4, fanOut: 3))
    #expect(dense.map(\.count) == [12, 3])
  }

  @Test func normalizationsHaveOneGainAndShiftForWhatTheyDescribe() {
    func tensors(_ layer: any Layer, _ shape: Shape) -> [String] {
      layer.parameters(from: [shape]).map { "\($0.name) \($0.count)" }
    }
    #expect(tensors(BatchNorm(), Self.image) == ["gain 6", "shift 6"])
    #expect(tensors(BatchNorm(), Self.sequence) == ["gain 4", "shift 4"])
    #expect(tensors(BatchNorm(hasGain: false), Self.vector) == ["shift 5"])
    #expect(tensors(LayerNorm(), Self.image) == ["gain 378", "shift 378"])
    #expect(tensors(LayerNorm(), Self.sequence) == ["gain 4", "shift 4"])
    #expect(tensors(LayerNorm(hasShift: false), Self.vector) == ["gain 5"])
    #expect(LayerNorm().parameters(from: [Self.vector]).map(\.role) == [.gain, .shift])
  }

  static let layers: [(layer: any Layer, inputs: [Shape], fields: [String: String])] = [
    (Conv2D(8, kernel: 3), [image], ["channels": "8", "kernel": "3"]),
    (
      Conv2D(
        8, kernel: [3, 5], stride: 2, padding: .amount([1, 0]), dilation: [1, 1], groups: 2, activation: .relu,
        weights: .heNormal, hasBias: false), [image],
      [
        "channels": "8", "kernel": "[3, 5]", "stride": "2", "padding": "[1, 0]", "groups": "2", "activation": "relu",
        "weights": "he_normal", "bias": "none",
      ]
    ),
    (
      Conv1D(8, kernel: 3, padding: .same, dilation: 2, bias: .constant(0.5)), [sequence],
      ["channels": "8", "kernel": "3", "padding": "same", "dilation": "2", "bias": "constant(value=0.5)"]
    ),
    (Conv2D(8, kernel: 3, padding: .amount(0)), [image], ["channels": "8", "kernel": "3"]),
    (MaxPool(2), [image], ["size": "2"]),
    (MaxPool([2, 3], stride: 2, padding: .amount(1)), [image], ["size": "[2, 3]", "stride": "2", "padding": "1"]),
    (AveragePool(3, stride: 1, padding: .same), [image], ["size": "3", "stride": "1", "padding": "same"]),
    (GlobalAveragePool(), [image], [:]), (Flatten(), [image], [:]), (Concatenate(), [vector, vector], [:]),
    (BatchNorm(), [image], [:]),
    (
      BatchNorm(epsilon: 1e-3, momentum: 0.01, activation: .relu, gain: .constant(0.5), hasShift: false), [image],
      ["epsilon": "0.001", "momentum": "0.01", "activation": "relu", "gain": "constant(value=0.5)", "shift": "none"]
    ),
    (LayerNorm(epsilon: 1e-6, hasGain: false), [vector], ["epsilon": "1e-06", "gain": "none"]),
    (Dropout(0.25), [vector], ["rate": "0.25"]),
  ]

  @Test(arguments: layers.indices) func fieldsReadBack(index: Int) throws {
    let (layer, inputs, fields) = Self.layers[index]
    #expect(layer.fields.values == fields)
    let copy = try #require(LayerCatalogue.entry(layer.kind)).layer(from: layer.fields)
    #expect(copy.fields == layer.fields)
    #expect(copy.activation == layer.activation)
    #expect(copy.parameters(from: inputs) == layer.parameters(from: inputs))
    #expect(try copy.outputShape(from: inputs) == layer.outputShape(from: inputs))
  }

  static let badFields: [(kind: String, fields: [String: String], message: String)] = [
    ("conv2d", ["kernel": "3"], "a conv2d layer needs channels. Write conv2d: {channels: 32, kernel: 3, ...}"),
    ("conv1d", ["channels": "3"], "a conv1d layer needs a kernel. Write conv1d: {channels: 32, kernel: 3, ...}"),
    ("conv2d", ["channels": "0", "kernel": "3"], "channels must lie in 1...1048576, got 0"),
    ("conv2d", ["channels": "3", "kernel": "0"], "kernel must lie in 1...1024, got 0"),
    ("conv2d", ["channels": "3", "kernel": "[3, -1]"], "kernel must lie in 1...1024, got -1"),
    (
      "conv2d", ["channels": "3", "kernel": "3x3"],
      "kernel must be one or two whole numbers in 1...1024, got '3x3'. "
        + "Write kernel: 3, or kernel: [3, 5] for height and width"
    ),
    (
      "conv2d", ["channels": "3", "kernel": "[]"],
      "kernel must be one or two whole numbers in 1...1024, got '[]'. "
        + "Write kernel: 3, or kernel: [3, 5] for height and width"
    ),
    (
      "conv2d", ["channels": "3", "kernel": "[3, 3, 3]"],
      "kernel has 3 values. Write kernel: 3, or kernel: [3, 5] for height and width"
    ),
    ("conv2d", ["channels": "3", "kernel": "3", "stride": "0"], "stride must lie in 1...1024, got 0"),
    ("conv2d", ["channels": "3", "kernel": "3", "dilation": "1025"], "dilation must lie in 1...1024, got 1025"),
    ("conv2d", ["channels": "3", "kernel": "3", "padding": "-1"], "padding must lie in 0...1024, got -1"),
    ("conv2d", ["channels": "3", "kernel": "3", "padding": "full"], "padding must be valid, same or a number, got 'full'"),
    ("conv2d", ["channels": "3", "kernel": "3", "padding": ""], "padding must be valid, same or a number, got ''"),
    (
      "conv2d", ["channels": "3", "kernel": "3", "groups": "2"],
      "2 groups do not divide 3 channels. Choose groups that divide the channels on both sides"
    ),
    ("conv2d", ["channels": "3", "kernel": "3", "groups": "0"], "groups must lie in 1...1048576, got 0"),
    (
      "conv2d", ["channels": "3", "kernel": "3", "strides": "2"],
      "a layer of kind conv2d has no field `strides`. "
        + "Did you mean `stride`?"
    ),
    ("max_pool", [:], "a max_pool layer needs a size. Write max_pool: 2, or max_pool: {size: 2, ...}"),
    (
      "average_pool", ["size": "x"],
      "size must be one or two whole numbers in 1...1024, got 'x'. "
        + "Write size: 3, or size: [3, 5] for height and width"
    ),
    ("flatten", ["units": "3"], "a layer of kind flatten has no field `units`. It has none"),
    ("batch_norm", ["epsilon": "0"], "epsilon must be a number in 1e-30...1000, got '0'"),
    ("batch_norm", ["epsilon": "nan"], "epsilon must be a number in 1e-30...1000, got 'nan'"),
    ("batch_norm", ["momentum": "1.5"], "momentum must be a number in 0...1, got '1.5'"),
    (
      "layer_norm", ["momentum": "0.1"],
      "a layer of kind layer_norm has no field `momentum`. "
        + "It has epsilon, activation, gain, shift"
    ),
    ("layer_norm", ["gain": "oen"], "there is no bias initializer `oen`. Did you mean `one`?"),
    ("dropout", [:], "a dropout layer needs a rate. Write dropout: 0.5"),
    ("dropout", ["rate": "1"], "rate must be a number of at least 0 and below 1, got '1'"),
    ("dropout", ["rate": "-0.1"], "rate must be a number of at least 0 and below 1, got '-0.1'"),
    ("dropout", ["rate": "half"], "rate must be a number of at least 0 and below 1, got 'half'"),
  ]

  @Test(arguments: badFields.indices) func badFieldsAreRefused(index: Int) throws {
    let (kind, fields, message) = Self.badFields[index]
    let entry = try #require(LayerCatalogue.entry(kind))
    let error = #expect(throws: SpecificationError.self) { try entry.layer(from: LayerFields(fields)) }
    #expect(error?.description == message)
  }

  static let badShapes: [(layer: any Layer, inputs: [Shape], message: String)] = [
    (
      Conv2D(8, kernel: 3), [vector],
      "a conv2d layer takes an image, got a signal of shape 5. Give the network an input of [channels, height, width]"
    ),
    (
      Conv1D(8, kernel: 3), [image],
      "a conv1d layer takes a sequence, got a signal of shape 6 x 9 x 7. Give the network an input of [steps, features]"
    ),
    (Conv2D(8, kernel: 3), [image, image], "a conv2d layer takes one input, got 2. Join several with an add layer"),
    (
      Conv2D(8, kernel: 3, groups: 4), [image],
      "4 groups do not divide the 6 channels that arrive. Choose groups that divide the channels on both sides"
    ),
    (
      Conv2D(8, kernel: 8), [image],
      "a kernel that reaches over 8 values does not fit an extent of 7. Choose a smaller size, or padding: same"
    ),
    (
      Conv2D(8, kernel: 3, padding: .amount([0, 1]), dilation: 5), [image],
      "a kernel that reaches over 11 values does not fit an extent of 9. Choose a smaller size, or padding: same"
    ),
    (
      Conv2D(8, kernel: 3, padding: .amount(1), dilation: 5), [.image(channels: 1, height: 8, width: 8)],
      "a kernel that reaches over 11 values does not fit an extent of 8, 10 with its padding. "
        + "Choose a smaller size, or padding: same"
    ),
    (
      Conv1D(8, kernel: [3, 2]), [sequence],
      "a kernel on a sequence moves along one axis, its size is [3, 2]. Give one number"
    ),
    (
      Conv2D(1 << 20, kernel: 1), [.image(channels: 1, height: 64, width: 64)],
      "a sample of 1048576 x 64 x 64 values is too large. At most 16777216 are allowed"
    ),
    (
      Conv2D(1 << 20, kernel: 1024, padding: .same), [.image(channels: 1 << 24, height: 1, width: 1)],
      "a convolution of 1048576 channels, 16777216 inputs and 1048576 taps has too many weights. "
        + "At most 1099511627776 are allowed"
    ),
    (MaxPool(2), [vector], "a max_pool layer takes an image or a sequence, got a signal of shape 5"),
    (
      MaxPool(11), [sequence],
      "a pool that reaches over 11 values does not fit an extent of 10. Choose a smaller size, or padding: same"
    ),
    (
      AveragePool(2, padding: .amount(2)), [image],
      "padding of 2 leaves a pool of 2 positions without a value. Pad by less than the pool's size"
    ),
    (GlobalAveragePool(), [vector], "a global_average_pool layer takes an image or a sequence, got a signal of shape 5"),
    (Flatten(), [vector, vector], "a flatten layer takes one input, got 2. Join several with a concatenate layer"),
    (Concatenate(), [vector], "a concatenate layer takes two or more inputs, got 1. Name them: inputs: [a, b]"),
    (
      Concatenate(), [sequence, .sequence(steps: 9, features: 4)],
      "a concatenate layer takes inputs that differ along one axis only, got 10 x 4 and 9 x 4. "
        + "Images agree in height and width, sequences in steps; a flatten layer makes features of either"
    ),
    (
      Concatenate(), [image, vector],
      "a concatenate layer takes inputs that differ along one axis only, got 6 x 9 x 7 and 5. "
        + "Images agree in height and width, sequences in steps; a flatten layer makes features of either"
    ),
    (
      Dense(3), [image],
      "a dense layer takes features or a sequence, got a signal of shape 6 x 9 x 7. Put a flatten layer before it"
    ),
  ]

  @Test(arguments: badShapes.indices) func badShapesAreRefused(index: Int) {
    let (layer, inputs, message) = Self.badShapes[index]
    let error = #expect(throws: SpecificationError.self) { try layer.outputShape(from: inputs) }
    #expect(error?.description == message)
  }
}
