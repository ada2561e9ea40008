import ModelFiles
import NetworkGraph
import Testing

/// What a person reads for each mistake: place, message and remedy, whole.
@Suite struct NetworkYAMLErrorTests {
  private static let known = (LayerCatalogue.entries.map(\.kind) + ["residual"]).joined(separator: ", ")

  /// Mistakes in the document around `layers`.
  static let documents: [(yaml: String, error: String)] = [
    ("", "net.yaml: the file is empty. Give input: and layers:"),
    ("# only a comment\n", "net.yaml: the file is empty. Give input: and layers:"),
    ("- dense: 3", "net.yaml:1:1: a network file is a mapping. Give input: and layers:"),
    ("layers: [dense: 3]", "net.yaml:1:1: the key input is missing. Give the input's size, such as input: 784"),
    ("name: a\ninput: 3", "net.yaml:1:1: the key layers is missing. Give a list of layers, such as - dense: 10"),
    ("input: 3\nlyers: [dense: 3]", "net.yaml:2:1: unknown key 'lyers'. Did you mean 'layers'? Known: name, input, layers"),
    ("input: 3\nxyz: 1\nlayers: [dense: 3]", "net.yaml:2:1: unknown key 'xyz'. Known: name, input, layers"),
    (
      "input: 3\nlayers: {dense: 3}",
      "net.yaml:2:9: layers must be a list. Begin each layer with a dash, such as - dense: 10"
    ),
    ("input: 3\nlayers: 3", "net.yaml:2:9: layers must be a list. Begin each layer with a dash, such as - dense: 10"),
    ("input: 3\nlayers: []", "net.yaml:2:9: the list of layers is empty. Add a layer, such as - dense: 10"),
    (
      "input: 3\nname: [a, b]\nlayers: [dense: 3]",
      "net.yaml:2:7: a single value is expected here. Lists and mappings have no place in it"
    ),
    (
      "input: x\nlayers: [dense: 3]",
      "net.yaml:1:8: input must be a whole number in 1...16777216, got 'x'. Write it in digits, such as input: 20"
    ),
    (
      "input: -3\nlayers: [dense: 3]",
      "net.yaml:1:8: input must be a whole number in 1...16777216, got '-3'. Write it in digits, such as input: 20"
    ),
    (
      "input: [1, 28, 0]\nlayers: [dense: 3]",
      "net.yaml:1:16: input must be a whole number in 1...16777216, got '0'. Write it in digits, such as input: 20"
    ),
    (
      "input: [1, 2, 3, 4]\nlayers: [dense: 3]",
      "net.yaml:1:8: a shape has one, two or three extents, got 4. Give features, [steps, features] or "
        + "[channels, height, width]"
    ),
    (
      "input: [1, 28, 28]\nlayers:\n - dense: 3",
      "net.yaml:3:4: layer 'dense_1': a dense layer takes features or a sequence, got a signal of shape 1 x 28 x 28. "
        + "Put a flatten layer before it"
    ),
  ]

  private static let kinds = (LayerCatalogue.entries.map(\.kind) + ["residual"]).joined(separator: ", ")

  /// Mistakes in one layer, which stands from line 3, column 5.
  static let layers: [(yaml: String, error: String)] = [
    // A kind by itself leaves its fields out: the error is the kind's own.
    ("dense", "3:5: a dense layer needs units. Write dense: 256, or dense: {units: 256, ...}"),
    ("lstm", "3:5: a layer of kind lstm needs units. Write lstm: 32, or lstm: {units: 32, ...}"),
    ("residual", "3:5: a residual block needs layers. Write - residual: {repeat: 4, layers: [dense: 256, dense: 256]}"),
    ("residual:", "3:14: a residual block needs layers. Write - residual: {repeat: 4, layers: [dense: 256, dense: 256]}"),
    ("foo", "3:5: unknown layer kind 'foo'. Known: \(kinds)"),
    ("dens", "3:5: unknown layer kind 'dens'. Did you mean 'dense'? Known: \(kinds)"),
    (
      "relu",
      "3:5: unknown layer kind 'relu': an activation belongs to a layer. "
        + "Write it there, such as - dense: {units: 256, activation: relu}"
    ),
    (
      "LeakyReLU: {slope: 0.2}",
      "3:5: unknown layer kind 'LeakyReLU': an activation belongs to a layer. "
        + "Write it there, such as - dense: {units: 256, activation: leaky_relu}"
    ),
    ("Linear: 10", "3:5: unknown layer kind 'Linear'. It is called 'dense' here. Known: \(kinds)"),
    ("BatchNorm2d", "3:5: unknown layer kind 'BatchNorm2d'. It is called 'batch_norm' here. Known: \(kinds)"),
    (
      "residual: {repeat: 0, layers: [dense: 7]}",
      "3:24: repeat must be a whole number in 1...100000, got '0'. Write it in digits, such as repeat: 20"
    ),
    (
      "residual: {repeats: 2, layers: [dense: 7]}",
      "3:16: unknown key 'repeats'. Did you mean 'repeat'? Known: layers, activation, gain, name, repeat"
    ),
    (
      "residual: {repeat: 2, layers: [dense: {units: 7, name: a}]}",
      "3:43: a layer of a repeated residual block has no name or inputs of its own. Write the block that has it apart"
    ),
    (
      "residual: {name: block, repeat: 3, layers: [dense: 7]}",
      "3:15: a residual block that repeats cannot have a name: its 3 sums would share it. Leave name: out, or write the "
        + "block that has a name apart"
    ),
    (
      "residual: {repeat: 2, layers: [residual: {name: a, layers: [dense: 7]}]}",
      "3:46: a block within a repeated residual block has no name of its own. Leave name: out, or write the "
        + "block that has a name apart"
    ),
    (
      "group_norm: {groups: 4}",
      "3:5: there is no layer kind 'group_norm': group normalization is not available. There are batch_norm, over the "
        + "batch, and layer_norm, over the features of each sample. Known: \(kinds)"
    ),
    (
      "InstanceNorm2d",
      "3:5: there is no layer kind 'InstanceNorm2d': instance normalization is not available. There are batch_norm, over "
        + "the batch, and layer_norm, over the features of each sample. Known: \(kinds)"
    ),
    (
      "ConvTranspose2d: 8",
      "3:5: there is no layer kind 'ConvTranspose2d': a transposed convolution is not available. There are conv1d "
        + "and conv2d. Known: \(kinds)"
    ),
    (
      "residual: {repeat: 100000, layers: [dense: 7]}",
      "3:48: a network has at most 100000 layers. Repeat fewer of them"
    ),
    (
      "{dense: 3, add: 4}",
      "3:5: a layer is one key, its kind, with its fields. Write - dense: {units: 256, activation: relu}"
    ),
    ("dnese: 3", "3:5: unknown layer kind 'dnese'. Did you mean 'dense'? Known: \(kinds)"),
    ("dense:", "3:11: a dense layer needs units. Write dense: 256, or dense: {units: 256, ...}"),
    ("dense: x", "3:12: units must be a whole number in 1...1048576, got 'x'"),
    ("dense: 0", "3:12: units must lie in 1...1048576, got 0"),
    ("dense: -1", "3:12: units must lie in 1...1048576, got -1"),
    ("dense: 1048577", "3:12: units must lie in 1...1048576, got 1048577"),
    ("dense: 1e400", "3:12: units must be a whole number in 1...1048576, got '1e400'"),
    ("dense: [3]", "3:12: a single value is expected here. Lists and mappings have no place in it"),
    ("dense: {units: [3]}", "3:20: a single value is expected here. Lists and mappings have no place in it"),
    (
      "dense: {unit: 3}",
      "3:13: unknown key 'unit'. Did you mean 'units'? Known: units, activation, weights, bias, name, inputs, repeat"
    ),
    ("dense: {units: 3, activation: rleu}", "3:12: there is no activation `rleu`. Did you mean `relu`?"),
    (
      "dense: {units: 3, activation: leaky_relu(slope=x)}",
      "3:12: leaky_relu: slope is `x`, not a finite number. It must be between -1000000 and 1000000."
    ),
    ("dense: {units: 3, weights: he_norml}", "3:12: there is no initializer `he_norml`. Did you mean `he_normal`?"),
    (
      "dense: {units: 3, weights: normal(std=-1)}", "3:12: normal: std is -1, out of range. It must be between 0 and 1e+100."
    ),
    ("dense: {units: 3, bias: zeroes}", "3:12: there is no bias initializer `zeroes`. Did you mean `zeros`?"),
    (
      "dense: {units: 3, repeat: 0}",
      "3:31: repeat must be a whole number in 1...100000, got '0'. Write it in digits, such as repeat: 20"
    ),
    (
      "dense: {units: 3, repeat: 2.5}",
      "3:31: repeat must be a whole number in 1...100000, got '2.5'. Write it in digits, such as repeat: 20"
    ),
    (
      "dense: {units: 3, repeat: 2, name: a}",
      "3:12: a repeated layer has no name or inputs of its own. Write the named layer apart"
    ),
    (
      "dense: {units: 3, inputs: nowhere}",
      "3:5: layer 'dense_1': no earlier layer is named 'nowhere'. A layer's inputs must stand before it"
    ),
    ("dense: {units: 3, inputs: imput}", "3:5: layer 'dense_1': no earlier layer is named 'imput'. Did you mean 'input'?"),
    (
      "dense: {units: 3, inputs: []}",
      "3:5: layer 'dense_1': a dense layer takes one input, got 0. Join several with an add layer"
    ),
    (
      "dense: {units: 3, name: input}",
      "3:5: layer 'input': the name 'input' is taken. Names are unique, and 'input' is the input's"
    ),
    (
      "dense: {units: 3, name: \"\"}",
      "3:5: layer '': a layer's name is empty. Give it one, or none for a name such as dense_1"
    ),
    ("flatten: 3", "3:14: a layer of kind flatten takes fields. Write - flatten: {name: ...}"),
    ("batch_norm: 3", "3:17: a layer of kind batch_norm takes fields. Write - batch_norm: {epsilon: ...}"),
    ("conv2d: {channels: [3], kernel: 3}", "3:24: a single value is expected here. Lists and mappings have no place in it"),
    (
      "conv2d: {channels: 3, kernel: [[3], 3]}",
      "3:36: a single value is expected here. Lists and mappings have no place in it"
    ),
    ("conv2d", "3:5: a conv2d layer needs channels. Write conv2d: {channels: 32, kernel: 3, ...}"),
    ("add: 3", "3:10: a layer of kind add takes fields. Write - add: {inputs: [a, b]}"),
    ("add:", "3:5: layer 'add_1': an add layer takes two or more inputs, got 1. Name them: inputs: [a, b]"),
    ("residual: 3", "3:15: layers must be a list. Begin each layer with a dash, such as - dense: 10"),
    ("residual: []", "3:15: the list of layers is empty. Add a layer, such as - dense: 10"),
    (
      "residual: [dense: 4]",
      "3:15: layer 'add_1': an add layer takes inputs of one shape, got 7 and 4. "
        + "Give the branch's last layer as many units as its input has"
    ),
    ("residual: [dense: 7, dens: 7]", "3:26: unknown layer kind 'dens'. Did you mean 'dense'? Known: \(kinds)"),
  ]

  @Test(arguments: documents.indices) func aDocument(index: Int) {
    let (yaml, message) = Self.documents[index]
    #expect(refusal { try read(yaml) }?.description == message, "\(yaml)")
  }

  @Test(arguments: layers.indices) func aLayer(index: Int) {
    let (yaml, message) = Self.layers[index]
    let error = refusal { try read("input: 7\nlayers:\n  - \(yaml)\n") }
    #expect(error?.description == "net.yaml:\(message)", "\(yaml)")
  }

  @Test func aLayerThatNothingUsesIsFoundByItsPlace() {
    let error = refusal {
      try read(
        "input: 3\nlayers:\n  - dense: 3\n  - dense: {units: 3, name: idle}\n  - dense: {units: 3, inputs: dense_1}\n")
    }
    #expect(
      error?.description == "net.yaml:4:5: layer 'idle': nothing uses the output of 'idle'. "
        + "Remove it, or make it some layer's input")
  }

  /// Inside braces a comma ends a field: the rest of an unquoted specification arrives as keys of its own.
  @Test(arguments: [
    (
      "dense: {units: 2, weights: variance_scaling(scale=2,mode=fan_in)}",
      "3:57: unknown key 'mode=fan_in)', split from the value of weights by a comma. "
        + "Put the specification in quotes: weights: \"variance_scaling(scale=2,...)\""
    ),
    (
      "dense: {activation: celu(alpha=1,beta=2), units: 2}",
      "3:38: unknown key 'beta=2)', split from the value of activation by a comma. "
        + "Put the specification in quotes: activation: \"celu(alpha=1,...)\""
    ),
  ])
  func aSpecificationSplitByAComma(yaml: String, message: String) {
    let error = refusal { try read("input: 7\nlayers:\n  - \(yaml)\n") }
    #expect(error?.description == "net.yaml:\(message)")
  }

  @Test(arguments: [
    (
      "input: 3\nlayers:\n  - dense: {units: 3\n",
      "4:1: not valid YAML: did not find expected ',' or '}' while parsing a flow mapping. "
        + "Check the indentation, colons, brackets and quotes there"
    ),
    (
      "input: 3\nlayers:\n\t- dense: 3\n",
      "3:1: not valid YAML: found character that cannot start any token while scanning for the next token. "
        + "Check the indentation, colons, brackets and quotes there"
    ),
    (
      "input: 3\nlayers:\n  - dense: \"3\n",
      "4:1: not valid YAML: found unexpected end of stream while scanning a quoted scalar. "
        + "Check the indentation, colons, brackets and quotes there"
    ),
    (
      "input: 3\n  layers:\n",
      "2:9: not valid YAML: mapping values are not allowed in this context. "
        + "Check the indentation, colons, brackets and quotes there"
    ),
  ])
  func brokenSyntax(yaml: String, message: String) {
    #expect(refusal { try read(yaml) }?.description == "net.yaml:\(message)")
  }
}
