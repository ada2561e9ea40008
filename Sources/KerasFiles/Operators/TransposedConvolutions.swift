import NetworkGraph
import OperatorKernels

extension KerasOperators {
  /// `Conv1DTranspose`, `Conv2DTranspose` and `Conv3DTranspose`.
  static func transposedConvolution(_ g: inout KerasGraphBuilder, _ layer: KerasLayer) throws(KerasStop) -> [KerasSignal] {
    let filters = try size(layer, "filters"), window = try window(layer)
    try refuseArguments(layer)
    if let groups = try layer.fields.integer("groups"), groups != 1 { throw .problem("it has \(groups) groups") }
    let extra = try layer.fields.extents("output_padding", rank: window.rank)
    let input = try g.input(of: layer), inputs = try channels(input, layer)
    // Keras stores taps x outputs x inputs, and takes the fans from there: those of the convolution that it transposes, as
    // `kerasFans` does for a shape with strides. Other initializers count the taps that reach an output.
    let stored = window.size + [filters, inputs]
    try checkSize(stored, "kernel")
    let initializer = try kernel(&g, layer, stored: stored)
    let fans = (in: Double(window.taps * filters), out: Double(window.taps * inputs))
    var weights = WeightShape(outputs: filters, inputs: inputs, taps: window.size)
    weights.strides = window.strides
    let kernel = try g.parameter(
      layer,
      KerasTensor(
        source: "vars/0", title: "kernel", stored: stored,
        layout: .transposedKernel(taps: window.taps, inputs: inputs, outputs: filters),
        extents: [filters, inputs] + window.size, role: .weight,
        weightShape: weights,
        initializer: initializer.scaling == nil
          ? try initializer.withFans(fans, taps: window.taps * inputs, key: "kernel_initializer")
          : initializer.specification))
    let bias = try bias(&g, layer, count: filters)
    var before: [Int] = [], after: [Int] = [], padding: [Int] = []
    for axis in 0..<window.rank {
      let axis = try axisPadding(
        size: window.size[axis], stride: window.strides[axis], dilation: window.dilation[axis], extra: extra?[axis],
        isSame: window.padding == "same")
      before.append(axis.before)
      after.append(axis.after)
      padding.append(axis.padding)
    }
    // The operator takes inputs x outputs; the parameter has one row for each output.
    let order = [1, 0] + Array(2..<window.rank + 2)
    let turned = try g.emit("Transpose", [kernel.value], ["perm": .integers(order)])[0]
    let value = try g.emit(
      "ConvTranspose", [g.channelsSecond(input, layer), turned, bias?.value],
      [
        "kernel_shape": .integers(window.size), "strides": .integers(window.strides),
        "dilations": .integers(window.dilation), "pads": .integers(before + after), "output_padding": .integers(padding),
      ])[0]
    let result = g.measured(
      try g.signal(value, of: layer, from: [input]), "transposed_convolution", name: layer.name,
      parameters: [kernel.place] + (bias.map { [$0.place] } ?? []), traits: [.contracts, .rowPerUnit, .channelsFirst])
    return [try finish(&g, result, layer)]
  }

  /// What is cut off the whole result on both sides of an axis, or put behind it
  /// (keras/src/backend/common/backend_utils.py, the arguments for JAX, which are those of TensorFlow).
  private static func axisPadding(
    size: Int, stride: Int, dilation: Int, extra: Int?, isSame: Bool
  ) throws(KerasStop) -> (before: Int, after: Int, padding: Int) {
    let reach = (size - 1) * dilation + 1
    if let extra, !(0..<stride).contains(extra) {
      throw .problem("output_padding is \(extra), and must lie below its stride of \(stride)")
    }
    let left: Int, right: Int
    if isSame {
      // All padding of the signal with zeros between its values, of which the left side gets the larger half.
      let all = extra.map { reach + reach % 2 - 2 + $0 } ?? stride + reach - 2
      left = min(all / 2 + all % 2, reach - 1)
      right = all - left
    } else {
      left = reach - 1
      right = reach - 1 + (extra ?? max(reach, stride) - reach)
    }
    let end = reach - 1 - right
    return (reach - 1 - left, max(0, end), max(0, -end))
  }
}
